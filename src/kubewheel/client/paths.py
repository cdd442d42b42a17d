"""Paths of the API: where a collection, an object, a subresource is served."""

from kubewheel.api.resources import Resource, split_group_version


def kind_of(api_version: str, kind: str) -> str:
    """Return the name by which the client knows a kind: "Pod", "Deployment.apps"."""
    group = split_group_version(api_version)[0]
    return f"{kind}.{group}" if group else kind


def collection(resource: Resource, namespace: str, version: str = "") -> str:
    """Return the path of a collection: of one namespace, or of all when `namespace` is empty."""
    version = version or resource.version
    root = f"/apis/{resource.group}/{version}" if resource.group else f"/api/{version}"
    if resource.namespaced and namespace:
        return f"{root}/namespaces/{namespace}/{resource.plural}"
    return f"{root}/{resource.plural}"


def single(resource: Resource, namespace: str, name: str, subresource: str = "", version: str = "") -> str:
    """Return the path of one object or of one of its subresources."""
    path = f"{collection(resource, namespace, version)}/{name}"
    return f"{path}/{subresource}" if subresource else path
