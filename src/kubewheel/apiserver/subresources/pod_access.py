"""What logs and streams of a pod have in common: the pod, its container, its node, and the messages when one lacks."""

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.verbs import get
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
FIELDS = ("initContainers", "containers", "ephemeralContainers")


def pod_of(exchange: Exchange, backend: Backend, resource: Resource) -> Object:
    """Return the pod that the URL names."""
    return get.find(backend, resource, exchange.info.namespace, exchange.info.name).object


def container_of(pod: Object, wanted: str) -> str:
    """Return the name of the container that is meant; raise 400 if that is none or not clear."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    if wanted:
        if any(each["name"] == wanted for field in FIELDS for each in spec.get(field) or ()):
            return wanted
        raise errors.bad_request(f"container {wanted} is not valid for pod {name}")
    containers = [each["name"] for each in spec.get("containers") or ()]
    if len(containers) == 1:
        return str(containers[0])
    chosen = (pod["metadata"].get("annotations") or {}).get(DEFAULT_CONTAINER)
    if chosen in containers:
        return str(chosen)
    if not containers:
        raise errors.bad_request(f"a container name must be specified for pod {name}")
    message = f"a container name must be specified for pod {name}, choose one of: [{' '.join(containers)}]"
    initial = [each["name"] for each in spec.get("initContainers") or ()]
    if initial:
        message += f" or one of the init containers: [{' '.join(initial)}]"
    raise errors.bad_request(message)


def node_name_of(pod: Object) -> str:
    """Return the node that the pod is on, or an empty name."""
    return str(pod["spec"].get("nodeName") or "")


def node_of(backend: Backend, pod: Object) -> Object:
    """Return the node that the pod is on; raise 400 or 404 if there is none."""
    name = node_name_of(pod)
    if not name:
        raise errors.bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    return node(backend, name)


def node(backend: Backend, name: str) -> Object:
    """Return the node called `name`; raise 404."""
    entry = backend.store.get(Key("nodes", "", name))
    if entry is None:
        raise errors.not_found("", "nodes", name)
    return entry.object


SUBRESOURCES = ()
