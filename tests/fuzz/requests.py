"""Requests to every resource, good and bad; the same ones for the same seed."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource, Subresource
from kubewheel.libs.wire import Request
from tests.fuzz.samples import SAMPLES, THING
from tests.fuzz.values import ODD, WORDS, Values, odd, spoil

NAMES = ("a", "b", "default", "kubernetes", "x" * 300, "a/b", "A", "..", "é", "%00", "a b", "system:admin", "0", "*",
    "\x00")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "FOO", "get")
PATCHES = ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
TYPES = (
    "application/json", "application/yaml", "text/plain", "application/vnd.kubernetes.protobuf", "", "x", "a/b/c;;;=",
    "application/json; charset=utf-8", "application/cbor", "multipart/form-data",
    *(f"application/{each}" for each in PATCHES),
)
ACCEPTS = (
    "application/json", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io", "*/*", "text/html", "",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", "application/vnd.kubernetes.protobuf", ";;;",
    "a;q=x",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "application/json;as=Table;v=v9;g=x",
    "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io,application/json",
)
QUERIES: Mapping[str, Sequence[str]] = {
    "limit": ("-1", "0", "1", "x", "99999999999999999999", "1.5", "1_0", "٣"), "continue": ("garbage", "", "e30",
    "eyJ2IjoiIn0", "=", "é", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYS9iIn0",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5OTk5OTksInN0YXJ0IjoiYS9iIn0"),
    "resourceVersion": ("abc", "-1", "0", "1", "99999999999999999999999", "", "1.0", "٣", "²", "1_0"),
    "resourceVersionMatch": ("Exact", "NotOlderThan", "x", ""), "timeoutSeconds": ("x", "-1", "0", "1", "9" * 30,
    "1e3"),
    "labelSelector": ("a=b", "a in (b", "!!", "a,,b", "=", "a notin ()", "x" * 400, "a>b", "a>1", "é=1", "a in (b,c),d",
    "(", "a==b==c", "\x00"),
    "fieldSelector": ("metadata.name=a", "spec.x=1", "metadata.name", "=", "a=b,c", "metadata.name!=a",
    "metadata.namespace=\\", "status.phase=Running", "\\,=", "spec.nodeName=a"),
    "watch": ("true", "1", "x", "false"), "allowWatchBookmarks": ("true", "x"), "sendInitialEvents": ("true", "false",
    "x"),
    "dryRun": ("All", "x", "All,All", ""), "fieldManager": ("m", "x" * 129, "\n", "é"), "force": ("true", "x", ""),
    "fieldValidation": ("Strict", "Warn", "Ignore", "x"), "gracePeriodSeconds": ("0", "-1", "x", "9" * 25),
    "propagationPolicy": ("Foreground", "Orphan", "Background", "x"), "orphanDependents": ("true", "x"),
    "pretty": ("true", "x"), "includeObject": ("None", "Metadata", "Object", "x"), "container": ("x", ""),
    "tailLines": ("-1", "x", "5"), "sinceSeconds": ("0", "x"), "sinceTime": ("x",), "limitBytes": ("0", "x", "5"),
    "follow": ("true", "x"), "command": ("a", ""), "stdin": ("x", "true"), "path": ("..", "/x"), "ports": ("x", "0",
    "80", "99999"),
    "timeout": ("x", "1s", "-1s", "0", "9999999h", "1ns"), "unknown": ("1",), "verbose": ("1",), "exclude": ("etcd",
    "x"), "hash": ("x",),
}
PATHS = (
    "/", "/api", "/apis", "/version", "/healthz", "/livez/ping", "/readyz/x", "/metrics", "/openapi/v2", "/openapi/v3",
    "/openapi/v3/apis/apps/v1", "/openapi/v3/..", "/apis/apps", "/apis/apps/v9", "/apis//v1", "/api/v1/watch",
    "/api/v1/proxy",
    "/api/v1/watch/pods", "/api/v1/namespaces//pods", "/api/v1/namespaces/default",
    "/api/v1/namespaces/default/finalize",
    "/api/v1/watch/namespaces/default/pods/a", "//api//v1", "/api/v1/namespaces/default/pods/a/exec/b/c", "/logs",
    "/debug/pprof",
    "/.well-known/openid-configuration", "/openid/v1/jwks", "/swagger.json",
    "/api/v1/namespaces/default/pods/a/unknown", "*", "",
    "/api/v1/nodes/a/proxy/x", "/api/v1/namespaces/default/services/https:a:80/proxy/%2e%2e/x", "/é", "/api/v1/\x00",
    "/" + "a/" * 500,
    "/api/v1/namespaces/default/serviceaccounts/default/token", "/apis/metrics.k8s.io/v1beta1/nodes", "/flagz",
    "/statusz", "/configz",
)
HEADERS: tuple[tuple[str, str], ...] = (
    ("impersonate-user", "bob"), ("impersonate-user", ""), ("impersonate-group", "x"), ("impersonate-uid", "1"),
    ("impersonate-extra-%zz", "x"), ("x-remote-user", "root"), ("authorization", "Basic eDp5"), ("authorization",
    "Bearer"),
    ("authorization", "Bearer a.b.c"), ("authorization", "x" * 5000), ("if-none-match", '"x"'), ("if-match", "*"),
    ("accept-encoding", "gzip;q=x, br"),
    ("content-encoding", "gzip"), ("x-http-method-override", "DELETE"), ("upgrade", "websocket"), ("connection",
    "upgrade"),
    ("sec-websocket-protocol", "x"), ("sec-websocket-key", "x"), ("user-agent", "\xff" * 40), ("user-agent", ""),
    ("audit-id", "x" * 300),
    ("content-length", "-5"), ("transfer-encoding", "chunked, identity"), ("expect", "100-continue"), ("host", "a b"),
    ("traceparent", "x"),
)


class Requests:
    """An endless supply of requests."""

    def __init__(self, registry: Registry, seed: int) -> None:
        self._chance = random.Random(seed)
        self._resources = [
            each for group in registry.groups() for version in registry.versions(group)
            for each in registry.resources(group, version)
        ]
        self._samples: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for sample in SAMPLES:
            self._samples.setdefault((sample["apiVersion"], sample["kind"]), []).append(sample)

    def __iter__(self) -> Iterator[Request]:
        while True:
            yield self._request()

    def first(self) -> Iterator[Request]:
        """Yield requests that make one good object of each kind of which there is a sample."""
        for resource in self._resources:
            for sample in self._samples.get((resource.api_version, resource.kind), ()):
                yield Request("POST", self._path(resource, ""), {}, _headers(), orjson.dumps(sample))

    def last(self) -> Iterator[Request]:
        """Yield requests that read everything in all forms: what was accepted must be shown, too."""
        for resource in self._resources:
            if "list" in resource.verbs:
                path = self._path(resource, "").replace("/namespaces/default", "", 1)
                for accept in (accept for accept in ACCEPTS if "as=PartialObjectMetadata;" not in accept):
                    yield Request("GET", path, {"limit": ["100"]}, {**_headers(), "accept": accept})

    def add(self, resource: Resource) -> None:
        """Ask for a resource that came later, often."""
        self._resources += [resource] * 8

    def _path(self, resource: Resource, name: str, subresource: str = "") -> str:
        root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
        middle = ""
        if resource.namespaced:
            middle = "/namespaces/default" if self._chance.random() < 0.97 else f"/namespaces/{self._name()}"
        tail = f"/{name}" if name else ""
        return f"{root}{middle}/{resource.plural}{tail}{'/' + subresource if subresource else ''}"

    def _name(self) -> str:
        return "a" if self._chance.random() < 0.6 else self._chance.choice(NAMES)

    def _request(self) -> Request:
        chance = self._chance
        headers, query = _headers(), {}
        for _ in range(chance.choice((0, 0, 0, 1, 2, 3))):
            name = chance.choice([*QUERIES])
            query[name] = [chance.choice(QUERIES[name]) for _ in range(chance.choice((1, 1, 2)))]
        if chance.random() < 0.1:
            headers["accept"] = chance.choice(ACCEPTS)
        if chance.random() < 0.05:
            name, value = chance.choice(HEADERS)
            headers[name] = value
        if chance.random() < 0.04:
            return Request(chance.choice(METHODS), chance.choice(PATHS), query, headers, self._body_bytes())
        made = self._for_resource(chance.choice(self._resources), query, headers)
        if made.method in ("GET", "HEAD") and chance.random() < 0.3:
            made.query = {**made.query, "watch": ["true"]}
        if chance.random() < 0.02:
            made.method = chance.choice(METHODS)
        if chance.random() < 0.03:
            headers["content-type"] = chance.choice(TYPES)
        return made

    def _for_resource(self, resource: Resource, query: dict[str, list[str]], headers: dict[str, str]) -> Request:
        chance = self._chance
        if resource.subresources and chance.random() < 0.25:
            return self._for_subresource(resource, chance.choice(resource.subresources), query, headers)
        action, name = chance.random(), self._name()
        if action < 0.35:
            return Request("POST", self._path(resource, ""), query, headers, self._encode(self._object(resource, name)))
        if action < 0.5:
            body = self._encode(self._object(resource, name))
            return Request("PUT", self._path(resource, name), query, headers, body)
        if action < 0.75:
            return self._patch(self._path(resource, name), resource, query, headers)
        if action < 0.85:
            return Request("GET", self._path(resource, name if chance.random() < 0.5 else ""), query, headers)
        if action < 0.9:
            one = name if chance.random() < 0.9 else ""
            options = self._body_bytes() if chance.random() < 0.3 else None
            return Request("DELETE", self._path(resource, one), query, headers, options)
        return Request(chance.choice(("GET", "GET", "PATCH", "HEAD")), self._path(resource, name), query, headers,
            b"{}")

    def _for_subresource(
        self, resource: Resource, below: Subresource, query: dict[str, list[str]], headers: dict[str, str],
    ) -> Request:
        chance, path = self._chance, self._path(resource, self._name(), below.name)
        method = chance.choice(("GET", "PUT", "POST", "PATCH", "PATCH"))
        if method == "PATCH":
            return self._patch(path, resource, query, headers)
        made = self._object(resource, "a")
        if below.kind != resource.kind:
            made = Values(chance, 0.03).kind(below.group, below.version, below.kind, "a")
        return Request(method, path, query, headers, None if method == "GET" else self._encode(made))

    def _object(self, resource: Resource, name: str) -> Any:
        chance = self._chance
        known = self._samples.get((resource.api_version, resource.kind))
        if known is None and resource.group == THING["apiVersion"].partition("/")[0]:  # type: ignore[attr-defined]
            known = [THING]
        if known is not None and chance.random() < 0.7:
            made = spoil(chance,
                chance.choice(known)) if chance.random() < 0.9 else orjson.loads(orjson.dumps(known[0]))
            if isinstance(made, dict) and isinstance(made.get("metadata"), dict) and chance.random() < 0.5:
                made["metadata"].setdefault("name", name)
            return made
        return Values(chance, chance.choice((0.0, 0.01, 0.05, 0.2))).kind(
            resource.group, resource.version, resource.kind, name,
        )

    def _patch(
        self, path: str, resource: Resource, query: dict[str, list[str]], headers: dict[str, str],
    ) -> Request:
        chance = self._chance
        kind = chance.choice(PATCHES)
        headers["content-type"] = f"application/{kind}"
        whole = self._object(resource, "a")
        body: Any = whole
        if kind == "json-patch+json":
            body = [self._operation(whole) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        elif kind == "apply-patch+yaml":
            query.setdefault("fieldManager", ["m"])
        elif isinstance(whole, dict) and chance.random() < 0.7:
            kept = [name for name in whole if chance.random() < 0.5 and name not in ("apiVersion", "kind")]
            body = {name: whole[name] for name in kept}
            if kind.startswith("strategic") and chance.random() < 0.3:
                _direct(chance, body)
        return Request("PATCH", path, query, headers, self._encode(body))

    def _operation(self, whole: Any) -> Any:
        chance = self._chance
        if chance.random() < 0.05:
            return odd(chance)
        pointer = chance.choice((
            "/metadata/labels", "/metadata/labels/a", "/spec", "/spec/replicas", "/data/a", "/spec/containers/0/image",
            "/spec/containers/-", "/metadata/name", "/metadata/finalizers/-", "/status", "", "/", "/a~1b", "/a~2", "x",
            "/metadata/annotations/~0~1", "/spec/template/spec/containers/0", "/spec/containers/99", "/kind",
            "/metadata",
        ))
        made: dict[str, Any] = {
            "op": chance.choice(("add", "remove", "replace", "move", "copy", "test", "x")), "path": pointer,
        }
        if chance.random() < 0.8:
            made["value"] = chance.choice((*ODD, *WORDS, whole))
        if made["op"] in ("move", "copy") and chance.random() < 0.9:
            made["from"] = chance.choice(("/metadata/labels", "/spec", "", "/x", "/metadata/name"))
        return made

    def _encode(self, value: Any) -> bytes:
        """Return a value as JSON, sometimes damaged."""
        chance = self._chance
        data = json.dumps(value, ensure_ascii=chance.random() < 0.5, allow_nan=True).encode("utf-8", "surrogatepass")
        if chance.random() > 0.04:
            return data
        return damage(chance, data)

    def _body_bytes(self) -> bytes | None:
        chance = self._chance
        return chance.choice((
            None, b"", b"{}", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b'{"a":NaN}', b'{"a":1e999}',
                b"[" * 5000,
            b'{"a":' * 300 + b"1" + b"}" * 300, b"k8s\x00", b"k8s\x00\x0a\x01", b"a: b", b"a: &x [*x]",
            b"!!python/object:os.system x",
            b'{"gracePeriodSeconds":"x"}', b'{"propagationPolicy":5}',
            b'{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"x"}}',
            b'{"kind":5}', b'{"apiVersion":"a/b/c"}', b'{"dryRun":["x"]}', b'{"dryRun":5}', b'{"preconditions":[]}',
        ))


def _headers() -> dict[str, str]:
    return {"authorization": "Bearer admin", "content-type": "application/json"}


def _direct(chance: random.Random, body: dict[str, Any]) -> None:
    """Put a directive of strategic merge patches somewhere."""
    holder: Any = body
    while isinstance(holder, dict) and holder and chance.random() < 0.6:
        inner = chance.choice([*holder.values()])
        holder = inner[0] if isinstance(inner, list) and inner else inner
    if isinstance(holder, dict):
        holder |= chance.choice((
            {"$patch": "delete"}, {"$patch": "replace"}, {"$patch": "merge"}, {"$patch": "x"}, {"$patch": 5},
            {"$retainKeys": ["a"]}, {"$retainKeys": "x"}, {"$setElementOrder/containers": [{"name": "c"}]},
            {"$setElementOrder/x": 5}, {"$deleteFromPrimitiveList/finalizers": ["a"]},
            {"$deleteFromPrimitiveList/a": None},
            {"$setElementOrder/containers": [{"x": 1}, 5]}, {"$x": 1},
        ))


def damage(chance: random.Random, data: bytes) -> bytes:
    """Return bytes that were an object once."""
    place = chance.randrange(len(data) + 1)
    return chance.choice((
        data[:place], data + b"}", data[:place] + b"\xff\xc0" + data[place:], b"\xef\xbb\xbf" + data, data * 2,
        data.replace(b'"name"', b'"name":"q","name"', 1), data.replace(b"1", b"NaN", 1), data.replace(b"1", b"1" * 400,
            1),
        b"k8s\x00" + data, data.replace(b'"', b"'"), b" " * 5000 + data, data.replace(b"{", b'{"a":' + b"[" * 400, 1),
        data.replace(b'"a"', b'"\\ud800"', 1), data.replace(b":", b" :\n"),
    ))
