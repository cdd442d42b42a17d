"""Bodies of requests."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api import decode
from kubewheel.api.decode import Expected, Validation
from kubewheel.api.errors import StatusError

POD = Expected("", "v1", "Pod")
DEPLOYMENT = Expected("apps", "v1", "Deployment")
WIDGET = Expected("example.com", "v1", "Widget", is_custom=True)
BODY = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}'


def refused(body, expected=POD, **options):
    with pytest.raises(StatusError) as caught:
        decode.read(body, expected, **options)
    assert caught.value.code == 400
    return caught.value.message


def test_objects_are_read():
    assert decode.read(BODY, POD) == (json.loads(BODY), [])


def test_missing_kind_and_version_are_filled_in():
    obj, _ = decode.read(b'{"metadata":{"name":"a"}}', DEPLOYMENT)
    assert (obj["apiVersion"], obj["kind"]) == ("apps/v1", "Deployment")


def test_decoded_bodies_are_copied():
    body = {"metadata": {"name": "a", "labels": None}}
    obj, _ = decode.read(body, POD)
    obj["metadata"]["name"] = "b"
    assert body == {"metadata": {"name": "a", "labels": None}}


def test_decoded_bodies_must_be_json():
    deep = {}
    for _ in range(300):
        deep = {"a": deep}
    for body in ({"metadata": {"name": {1, 2}}}, deep, {"spec": {"a": deep["a"]}}):
        assert refused(body).startswith("the object is no JSON")


@pytest.mark.parametrize(("body", "message"), [
    (b"hello", "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse "
     "error: "
     "invalid character 'h' looking for beginning of value (68656c6c6f)"),
    (b"", "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: "
     "unexpected end of JSON input (<empty>)"),
    (b'{"kind": "Pod", "apiVersion": "v1"', "the object provided is unrecognized (must be of type Pod): couldn't get "
     'version/kind; json parse error: unexpected end of JSON input ({"kind": "Pod", "apiVersion":  ...)'),
    (b'{"kind": 5}', "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse "
     'error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})'),
    (b'{"kind": "Deployment", "apiVersion": "apps/v1"}', 'Deployment in version "v1" cannot be handled as a Pod: '
     "converting (v1.Deployment) to (core.Pod): unknown conversion"),
    (b'{"kind": "Widget", "apiVersion": "v1"}',
    'Widget in version "v1" cannot be handled as a Pod: no kind "Widget" is '
     'registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'),
    (b'{"kind": "Pod", "apiVersion": "v2"}',
     "the API version in the data (v2) does not match the expected API version (v1)"),
    (b'{"spec": {"nodeName": 5}}',
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go '
     "struct field PodSpec.spec.nodeName of type string"),
    (b'{"spec": {"foo": 5, "bar": {}}}', 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: '
     'unknown field "spec.foo", unknown field "spec.bar"'),
    (b'{"spec": {"nodeName": "a", "nodeName": "b"}}', 'Pod in version "v1" cannot be handled as a Pod: strict decoding '
     'error: duplicate field "spec.nodeName"'),
])
def test_refused(body, message):
    assert refused(body) == message


def test_lists_are_refused():
    assert "json: cannot unmarshal array into Go value of type struct { APIVersion string" in refused(b"[]")
    assert "(5b5d)" in refused(b"[]")


def test_the_client_chooses_how_strict_to_be():
    body = b'{"spec": {"foo": 5, "nodeName": "a", "nodeName": "b"}}'
    obj, warnings = decode.read(body, POD, validation=Validation.WARN)
    assert warnings == ['unknown field "spec.foo"', 'duplicate field "spec.nodeName"']
    assert obj["spec"] == {"nodeName": "b"}
    assert decode.read(body, POD, validation=Validation.IGNORE) == (obj, [])


@pytest.mark.parametrize(("body", "expected"), [
    (b'{"metadata":{"annotations":{"x\\\\":"a","y":"\\":"}}}', []),
    (b'{"metadata":{"annotations":{"x\\\\":"a","x\\\\":"b"}}}', ['duplicate field "metadata.annotations.x\\"']),
    (b'{"metadata" :{"name"\n:"a", "name" : "b"}}', ['duplicate field "metadata.name"']),
    (b'{"spec":{"containers":[{"name":"a","name":"b"}]}}', ['duplicate field "spec.containers[0].name"']),
    (b'{"metadata":{"annotations":{"a":"{\\"b\\":1,\\"b\\":2}"}}}', []),
])
def test_duplicates(body, expected):
    assert decode.read(body, POD, validation=Validation.WARN)[1] == expected


def test_other_versions_of_the_kind():
    both = Expected("autoscaling", "v1", "HorizontalPodAutoscaler", other_versions=("autoscaling/v2",))
    obj, _ = decode.read(
        b'{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","spec":{"metrics":[{"type":"Pods"}]}}', both,
    )
    assert obj["spec"]["metrics"]


@pytest.mark.parametrize("version", ["v1", "apps/v1", "meta.k8s.io/v1"])
def test_options_come_in_any_version(version):
    body = f'{{"kind":"DeleteOptions","apiVersion":"{version}","gracePeriodSeconds":5}}'.encode()
    assert decode.read(body, decode.DELETE_OPTIONS)[0]["gracePeriodSeconds"] == 5
    assert "DeleteOptions.gracePeriodSeconds of type int64" in refused(
        b'{"gracePeriodSeconds":"5"}', decode.DELETE_OPTIONS,
    )


def test_custom_objects():
    obj, warnings = decode.read(
        b'{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","labels":null},"spec":{"any":null}}',
        WIDGET,
    )
    assert warnings == []
    assert obj["metadata"] == {"name": "a"}
    assert obj["spec"] == {"any": None}
    assert "Object 'Kind' is missing" in refused(b'{"apiVersion":"example.com/v1"}', WIDGET)
    assert "does not match the expected API version" in refused(b'{"apiVersion":"v1","kind":"Widget"}', WIDGET)
    assert "cannot be handled as a Widget" in refused(b'{"apiVersion":"v1","kind":"Gadget"}', WIDGET)
    assert "of type v1.ObjectMeta" in refused(b'{"kind":"Widget","metadata":3}', WIDGET)


def test_depth_is_limited():
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    assert "exceeded max depth" in refused(deep)
    annotations = b'{"kind":"Widget","spec":' + b"[" * 230 + b"]" * 230 + b"}"
    assert "exceeded max depth" in refused(annotations, WIDGET)
    fine = b'{"kind":"Widget","spec":' + b"[" * 150 + b"]" * 150 + b',"list":[' + b"{}," * 300 + b"{}]}"
    assert decode.read(fine, WIDGET)[0]["spec"]


def test_broken_text_is_mended_as_go_mends_it():
    obj, _ = decode.read(b'{"metadata":{"name":"a","annotations":{"x":"\xff","y":"\\ud800"}}}', POD)
    assert obj["metadata"]["annotations"]["x"] == "\ufffd"
    assert orjson.dumps(obj)


@pytest.mark.parametrize("content_type", ["application/xml", "application/vnd.kubernetes.protobuf", "text/plain"])
def test_other_media_types_are_refused(content_type):
    with pytest.raises(StatusError) as caught:
        decode.read(BODY, POD, content_type=content_type)
    assert caught.value.code == 415


@pytest.mark.parametrize("content_type", ["", "application/json", "application/json; charset=utf-8",
"Application/JSON"])
def test_json_by_any_name(content_type):
    assert decode.read(BODY, POD, content_type=content_type)[0]["kind"] == "Pod"


def test_yaml():
    text = b"""
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels: {on: "yes", 1: x, 1.5: y}
  creationTimestamp: 2024-01-01T00:00:00Z
  annotations: &some {time: "12:30:45"}
spec:
  containers:
  - {name: a, args: ["1"]}
"""
    obj, warnings = decode.read(text, POD, content_type="application/yaml")
    assert warnings == []
    assert obj["metadata"]["labels"] == {"true": "yes", "1": "x", "1.5": "y"}
    assert obj["metadata"]["creationTimestamp"] == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(("text", "message"), [
    (b"a: [1", "did not find expected ',' or ']'"),
    (b"a: &x [*x]", "yaml: document contains excessive aliasing"),
    (b"a: .inf", "json: unsupported value: .inf"),
    (b"? [a]\n: b", "yaml: invalid map key"),
    (b"- a", "json: cannot unmarshal array into Go value of type struct"),
    (b"\x00", "yaml: "),
    (b"a: !!python/object:os.system x", "yaml: "),
])
def test_yaml_that_cannot_be_read(text, message):
    assert message in refused(text, content_type="application/yaml")


def test_yaml_bombs_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert "excessive aliasing" in refused("\n".join(lines).encode(), content_type="application/yaml")


def test_yaml_duplicates():
    message = refused(b"metadata:\n  name: a\n  name: b\n", content_type="application/yaml")
    assert message.endswith('strict decoding error: duplicate field "metadata.name"')


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\utrefalsn0123456789. -', max_size=40).map(str.encode))
def test_nothing_but_status_errors(body):
    for content_type in ("application/json", "application/yaml"):
        for expected in (POD, WIDGET):
            try:
                obj, _ = decode.read(body, expected, content_type=content_type)
            except StatusError:
                continue
            assert orjson.dumps(obj)
