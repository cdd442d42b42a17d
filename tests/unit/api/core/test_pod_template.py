"""PodTemplate."""

from kubewheel.api.core.pod_template import KIND


def test_template():
    obj = {"metadata": {"name": "t"}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]},
    }}
    KIND.default(obj)
    assert obj["template"]["spec"]["restartPolicy"] == "Always"
    assert KIND.validate(obj) == KIND.warnings(obj) == []
    assert KIND.row(obj, 0) == ("t", "c", "i", "a=b")


def test_empty():
    obj = {"metadata": {"name": "t"}}
    KIND.default(obj)
    assert [str(fault) for fault in KIND.validate(obj)] == ["template.spec.containers: Required value"]
