"""Fields against the schema: types, unknown fields, kept forms."""

import copy
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api import fields, schema


def cleaned(obj, gvk=("", "v1", "Pod")):
    changed = copy.deepcopy(obj)
    unknown = fields.clean(changed, schema.load().type_of(*gvk))
    return changed, unknown


def pod(**spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}


def test_clean_objects_stay_as_they_are():
    obj = pod(containers=[{"name": "a", "resources": {"limits": {"cpu": "100m"}}, "ports": [{"containerPort": 80}]}])
    assert cleaned(obj) == (obj, [])


def test_unknown_fields_are_reported_and_dropped():
    obj = pod(foo=1, containers=[{"name": "a"}, {"name": "b", "imagee": "x", "livenessProbe": {"httpGet": {"prt": 1}}}])
    obj["extra"] = {}
    changed, unknown = cleaned(obj)
    assert sorted(unknown) == [
        "extra", "spec.containers[1].imagee", "spec.containers[1].livenessProbe.httpGet.prt", "spec.foo",
    ]
    assert changed == pod(containers=[{"name": "a"}, {"name": "b", "livenessProbe": {"httpGet": {}}}])


def test_nulls_become_what_go_makes_of_them():
    obj = pod(nodeName=None, containers=[None, {"name": "a", "args": ["x", None],
    "resources": {"limits": {"cpu": None}}}])
    obj["metadata"] |= {"creationTimestamp": None, "labels": {"a": None}}
    changed, unknown = cleaned(obj)
    assert unknown == []
    assert changed["metadata"] == {"name": "web", "labels": {"a": ""}}
    assert changed["spec"] == {"containers": [{}, {"name": "a", "args": ["x", ""],
    "resources": {"limits": {"cpu": "0"}}}]}


@pytest.mark.parametrize(("gvk", "part", "expected"), [
    (("", "v1", "Pod"), {"spec": {"overhead": {"cpu": "1000m", "memory": 1024, "x": 0.5}}},
     {"spec": {"overhead": {"cpu": "1", "memory": "1024", "x": "500m"}}}),
    (("", "v1", "Pod"), {"metadata": {"creationTimestamp": "2024-01-01T02:00:00.5+02:00"}},
     {"metadata": {"creationTimestamp": "2024-01-01T00:00:00Z"}}),
    (("coordination.k8s.io", "v1", "Lease"), {"spec": {"renewTime": "2024-01-01T00:00:00Z"}},
     {"spec": {"renewTime": "2024-01-01T00:00:00.000000Z"}}),
    (("", "v1", "Secret"), {"data": {"a": "aGVs\nbG8=", "b": None}}, {"data": {"a": "aGVsbG8=", "b": ""}}),
])
def test_kept_forms(gvk, part, expected):
    assert cleaned(part, gvk) == (expected, [])


@pytest.mark.parametrize(("gvk", "part", "message"), [
    (("apps", "v1", "Deployment"), {"spec": {"replicas": "3"}},
     "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("apps", "v1", "Deployment"), {"spec": {"replicas": 1.5}},
     "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("apps", "v1", "Deployment"), {"spec": {"replicas": 2**31}},
     "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("apps", "v1", "Deployment"), {"spec": {"template": {"spec": {"containers": [{"env": [{"name": "a",
    "value": 1}]}]}}}},
     "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type "
     "string"),
    (("", "v1", "Pod"), {"spec": {"containers": {}}},
     "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"),
    (("", "v1", "Pod"), {"metadata": "x"},
     "json: cannot unmarshal string into Go struct field Pod.metadata of type v1.ObjectMeta"),
    (("", "v1", "Pod"), {"metadata": {"labels": {"a": 1}}},
     "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"),
    (("", "v1", "Pod"), {"metadata": {"labels": []}},
     "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string"),
    (("", "v1", "Pod"), {"spec": {"hostNetwork": "yes"}},
     "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"),
    (("", "v1", "Pod"), {"spec": {"containers": [{"command": [True]}]}},
     "json: cannot unmarshal bool into Go struct field Container.spec.containers.command of type string"),
    (("", "v1", "Service"), {"spec": {"ports": [{"targetPort": True}]}},
     "json: cannot unmarshal bool into Go value of type int32"),
    (("", "v1", "Pod"), {"spec": {"overhead": {"cpu": "1x"}}},
     "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    (("", "v1", "Secret"), {"data": {"a": "hello"}}, "illegal base64 data at input byte 4 of data.a"),
    (("", "v1", "Secret"), {"data": {"a": "he!lo"}}, "illegal base64 data at input byte 2 of data.a"),
    (("", "v1", "Secret"), {"data": {"a": 5}},
     "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"),
    (("", "v1", "Pod"), {"metadata": {"creationTimestamp": "yesterday"}},
     'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'),
    (("", "v1", "Pod"), {"metadata": {"creationTimestamp": "2024-02-31T00:00:00Z"}},
     'parsing time "2024-02-31T00:00:00Z": day out of range'),
    (("", "v1", "Pod"), {"metadata": {"creationTimestamp": 5}},
     "json: cannot unmarshal number into Go value of type string"),
])
def test_wrong_types(gvk, part, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cleaned(part, gvk)


def test_fields_that_take_anything():
    rule = {"spec": {"versions": [{"schema": {"openAPIV3Schema": {
        "properties": {"a": {"items": {"type": "string"}, "default": {"any": [1, None]}}}, "additionalProperties": True,
    }}}]}}
    assert cleaned(rule, ("apiextensions.k8s.io", "v1", "CustomResourceDefinition")) == (rule, [])


def test_metadata_of_kinds_without_a_schema():
    obj = {"kind": "Widget", "metadata": {"name": "a", "color": 1, "labels": None}, "spec": {"x": None}}
    assert fields.clean_metadata(obj) == ["metadata.color"]
    assert obj == {"kind": "Widget", "metadata": {"name": "a"}, "spec": {"x": None}}
    with pytest.raises(ValueError, match=r"Go struct field \.metadata of type v1\.ObjectMeta"):
        fields.clean_metadata({"metadata": []})


def test_unknown_fields_by_kind():
    assert fields.unknown_fields(("", "v1", "Pod"), pod(a=1)) == ["spec.a"]
    widget = {"a": 1, "metadata": {"name": "a", "b": 1}}
    assert fields.unknown_fields(("example.com", "v1", "Widget"), widget) == ["metadata.b"]
    assert widget == {"a": 1, "metadata": {"name": "a"}}


def test_a_clean_pod_takes_little_time():
    obj = pod(containers=[{"name": "a", "env": [{"name": "x", "value": "y"}] * 10, "args": ["a"] * 10}] * 3)
    definition = schema.load().type_of("", "v1", "Pod")
    fields.clean(obj, definition)
    best = min(_timed(obj, definition) for _ in range(20))
    assert best < 0.0005


def _timed(obj, definition):
    begin = time.process_time()
    fields.clean(obj, definition)
    return time.process_time() - begin


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["metadata", "spec", "containers", "name", "env", "labels", "resources", "limits", "ports",
        "x"]),
        inner, max_size=4,
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status", "kind", "other"]), JSON))
def test_what_is_cleaned_is_clean(obj):
    definition = schema.load().type_of("", "v1", "Pod")
    try:
        fields.clean(obj, definition)
    except ValueError:
        return
    again = copy.deepcopy(obj)
    assert fields.clean(again, definition) == []
    assert again == obj
