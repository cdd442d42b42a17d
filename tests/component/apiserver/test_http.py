"""What holds for every answer: headers, methods that a path takes, layout for people."""

import orjson
import pytest

from tests.component.apiserver.conftest import CONFIG_MAPS, Cluster, config_map, content

CURL = {"user-agent": "curl/8.5.0"}


async def test_answers_are_not_cached_and_have_a_name(cluster: Cluster) -> None:
    first, second = await cluster.ask("GET", CONFIG_MAPS), await cluster.ask("GET", CONFIG_MAPS)
    assert first.headers["Cache-Control"] == "no-cache, private"
    assert len(first.headers["Audit-Id"]) == 36
    assert first.headers["Audit-Id"] != second.headers["Audit-Id"]


async def test_clients_may_name_their_requests(cluster: Cluster) -> None:
    named = await cluster.ask("GET", CONFIG_MAPS, token="nobody", headers={"audit-id": "mine"})
    assert (named.status, named.headers["Audit-Id"]) == (401, "mine")
    odd = await cluster.ask("GET", CONFIG_MAPS, headers={"audit-id": "a\r\nb"})
    assert "\r" not in odd.headers["Audit-Id"]


@pytest.mark.parametrize(("path", "query", "is_laid_out"), [
    (CONFIG_MAPS, {}, True), (CONFIG_MAPS, {"pretty": "false"}, False), (f"{CONFIG_MAPS}/none", {}, True),
    ("/apis", {}, True), ("/apis/apps/v1", {"pretty": "0"}, False), ("/openapi/v3", {}, False),
    ("/version", {"pretty": "false"}, True), ("/", {}, True),
])
async def test_people_get_lines(cluster: Cluster, path: str, query: dict[str, str], is_laid_out: bool) -> None:
    """Tools for the command line say who they are, and get what can be read."""
    response = await cluster.ask("GET", path, headers=CURL, **query)
    text = response.encoded or response.body
    assert text is not None
    assert (b'\n  "' in text) is is_laid_out
    assert orjson.loads(text)


async def test_forms_of_watches(cluster: Cluster) -> None:
    for accept, status in (("application/yaml", 406), ("text/html", 406), ("application/yaml, application/json", 200)):
        response = await cluster.ask("GET", CONFIG_MAPS, headers={"accept": accept}, watch="1")
        assert response.status == status, accept
        if status == 406:
            assert b"media types are accepted: application/json;stream=watch" in (response.encoded or b"")


async def test_programs_get_one_line(cluster: Cluster) -> None:
    response = await cluster.ask("GET", "/apis")
    assert response.body is not None
    assert b"\n" not in response.body
    asked = await cluster.ask("GET", "/apis", pretty="true")
    assert content(asked) == content(response)
    assert asked.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("POST", f"{CONFIG_MAPS}/named", 405), ("POST", "/api/v1/namespaces/default", 405),
    ("PUT", CONFIG_MAPS, 405), ("PATCH", CONFIG_MAPS, 405), ("PATCH", "/api/v1/nodes", 405),
    ("POST", "/api/v1/configmaps", 405), ("DELETE", "/api/v1/configmaps", 405),
    ("DELETE", "/api/v1/configmaps?fieldSelector=metadata.name=cm", 405), ("PUT", "/api/v1/configmaps", 405),
    ("GET", "/api/v1/configmaps/cm", 404), ("DELETE", "/api/v1/configmaps/cm", 404),
    ("GET", f"{CONFIG_MAPS}/cm/status", 404), ("GET", "/api/v1/namespaces/default/status/more", 404),
    ("DELETE", "/api/v1/namespaces", 405), ("DELETE", "/api/v1/services", 405),
])
async def test_paths_take_their_methods(cluster: Cluster, method: str, path: str, status: int) -> None:
    """Above all, no request deletes the objects of all namespaces."""
    await cluster.create(CONFIG_MAPS, config_map())
    response = await cluster.ask(method, path, config_map("named") if method != "DELETE" else None)
    assert response.status == status, content(response)
    assert content(response)["reason"] == {404: "NotFound", 405: "MethodNotAllowed"}[status]
    assert (await cluster.get(f"{CONFIG_MAPS}/cm"))["metadata"]["name"] == "cm"


async def test_waiting_is_a_matter_of_header_and_body(cluster: Cluster) -> None:
    response = await cluster.ask("GET", CONFIG_MAPS, resourceVersion="99999999")
    status = content(response)
    assert (response.status, response.headers["Retry-After"]) == (504, "1")
    assert status["message"].startswith("Timeout: Too large resource version: 99999999, current: ")
    assert status["details"]["causes"] == [
        {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    ]


@pytest.mark.parametrize(("path", "warning"), [
    ("/api/v1/endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
    ("/api/v1/namespaces/default/endpoints/none",
     "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
    ("/api/v1/componentstatuses", "v1 ComponentStatus is deprecated in v1.19+"), ("/api/v1/services", None),
])
async def test_old_kinds_say_so(cluster: Cluster, path: str, warning: str | None) -> None:
    response = await cluster.ask("GET", path)
    assert response.headers.get("Warning") == (f'299 - "{warning}"' if warning else None)
    metrics = (await cluster.ask("GET", "/metrics")).body or b""
    assert (b"apiserver_requested_deprecated_apis{" in metrics) is bool(warning and response.status == 200)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"a", {}', "*"])
@pytest.mark.parametrize("path", ["/apis", "/openapi/v3/apis/apps/v1"])
async def test_what_the_client_has_is_not_sent_again(cluster: Cluster, path: str, form: str) -> None:
    etag = (await cluster.ask("GET", path)).headers["ETag"]
    again = await cluster.ask("GET", path, headers={"if-none-match": form.format(etag)})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert (await cluster.ask("GET", path, headers={"if-none-match": '"other"'})).status == 200


async def test_documents_by_hash(cluster: Cluster) -> None:
    """The index names each version of a document; only under its own name is one kept for ever."""
    address = (await cluster.get("/openapi/v3"))["paths"]["apis/apps/v1"]["serverRelativeURL"]
    kept = await cluster.ask("GET", address)
    assert (kept.status, kept.headers["Cache-Control"]) == (200, "public, immutable")
    moved = await cluster.ask("GET", "/openapi/v3/apis/apps/v1", hash="OLD")
    assert (moved.status, moved.headers["Location"]) == (301, address)
    unnamed = await cluster.ask("GET", "/openapi/v3/apis/apps/v1")
    assert unnamed.headers["Cache-Control"] == "no-cache, private"
