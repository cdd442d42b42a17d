"""What a method and a path ask for."""

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.request_info import RequestInfo, resolve
from kubewheel.libs.wire import Request


@pytest.mark.parametrize(("method", "path", "query", "expected"), [
    pytest.param("GET", "/api/v1/pods", {}, ("list", "", "v1", "", "pods", "", ""), id="list-all"),
    pytest.param("GET", "/api/v1/namespaces/n/pods", {}, ("list", "", "v1", "n", "pods", "", ""), id="list"),
    pytest.param("GET", "/api/v1/namespaces/n/pods/p", {}, ("get", "", "v1", "n", "pods", "", "p"), id="get"),
    pytest.param("HEAD", "/api/v1/namespaces/n/pods/p", {}, ("get", "", "v1", "n", "pods", "", "p"), id="head"),
    pytest.param("POST", "/apis/apps/v1/namespaces/n/deployments", {},
                 ("create", "apps", "v1", "n", "deployments", "", ""), id="create"),
    pytest.param("PUT", "/api/v1/namespaces/n/pods/p/status", {}, ("update", "", "v1", "n", "pods", "status", "p"),
                 id="status"),
    pytest.param("PATCH", "/api/v1/nodes/n", {}, ("patch", "", "v1", "", "nodes", "", "n"), id="patch"),
    pytest.param("DELETE", "/api/v1/namespaces/n/pods", {}, ("deletecollection", "", "v1", "n", "pods", "", ""),
                 id="deletecollection"),
    pytest.param("GET", "/api/v1/pods", {"watch": ["true"]}, ("watch", "", "v1", "", "pods", "", ""), id="watch"),
    pytest.param("GET", "/api/v1/pods", {"watch": ["0"]}, ("list", "", "v1", "", "pods", "", ""), id="no-watch"),
    pytest.param("GET", "/api/v1/watch/namespaces/n/pods", {}, ("watch", "", "v1", "n", "pods", "", ""),
                 id="old-watch"),
    pytest.param("GET", "/api/v1/namespaces", {}, ("list", "", "v1", "", "namespaces", "", ""), id="namespaces"),
    pytest.param("GET", "/api/v1/namespaces/n", {}, ("get", "", "v1", "n", "namespaces", "", "n"), id="namespace"),
    pytest.param("PUT", "/api/v1/namespaces/n/finalize", {},
                 ("update", "", "v1", "n", "namespaces", "finalize", "n"), id="finalize"),
    pytest.param("GET", "/api/v1/pods", {"fieldSelector": ["metadata.name=p"]},
                 ("list", "", "v1", "", "pods", "", "p"), id="selected-name"),
])
def test_resources(method: str, path: str, query: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    info = resolve(Request(method, path, query))
    assert info.is_resource
    found = (info.verb, info.group, info.version, info.namespace, info.resource, info.subresource, info.name)
    assert found == expected


@pytest.mark.parametrize("path", ["/", "/version", "/api", "/api/v1", "/apis/apps/v1", "/healthz/ping"])
def test_other_paths(path: str) -> None:
    assert resolve(Request("GET", path)) == RequestInfo(path=path, verb="get")


def test_proxy_keeps_the_rest_of_the_path() -> None:
    info = resolve(Request("GET", "/api/v1/namespaces/n/services/https:web:/proxy/a/b"))
    assert (info.name, info.subresource, info.rest) == ("https:web:", "proxy", ("a", "b"))
    assert info.is_long_running


def test_old_watch_of_nothing() -> None:
    with pytest.raises(StatusError, match="unable to determine kind and namespace from url"):
        resolve(Request("GET", "/api/v1/watch"))
