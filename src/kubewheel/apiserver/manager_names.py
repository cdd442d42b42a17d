"""Names of managers: who changes fields, when the request does not say."""

from functools import lru_cache

from kubewheel.apiserver.options import MAX_MANAGER

OWN = "kubewheel"


@lru_cache(maxsize=256)
def of_user_agent(user_agent: str) -> str:
    """Return what stands before the first slash; for our own components, the name of upstream's counterpart."""
    name, _, rest = user_agent.partition("/")
    if name == OWN and rest:
        return _component(rest)
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable.encode()[:MAX_MANAGER].decode(errors="ignore")


def _component(user: str) -> str:
    """Return the component that acts as a user: system:node:n1 is a kubelet."""
    parts = user.split(":")
    if parts[:2] == ["system", "node"]:
        return "kubelet"
    if parts[:2] == ["system", "serviceaccount"]:
        return "kube-controller-manager"
    return parts[1] if parts[0] == "system" and len(parts) == 2 else OWN
