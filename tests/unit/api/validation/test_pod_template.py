"""Templates of pods."""

from kubewheel.api.defaults.pod_template import default_pod_template
from kubewheel.api.validation.pod_template import validate_pod_template_spec


def completed(**change):
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}, **change}
    default_pod_template(template)
    return template


def test_good():
    assert validate_pod_template_spec(completed(), "spec.template") == []


def test_metadata():
    template = completed(metadata={"labels": {"a": "b c"}, "annotations": {"a b": ""}})
    assert [fault.field for fault in validate_pod_template_spec(template, "spec.template")] == [
        "spec.template.labels", "spec.template.annotations",
    ]


def test_nothing_at_all():
    template = {}
    default_pod_template(template)
    assert [str(fault) for fault in validate_pod_template_spec(template, "spec.template")] == [
        "spec.template.spec.containers: Required value"
    ]


def test_no_debugging_in_templates():
    template = completed(spec={
        "containers": [{"name": "a", "image": "b"}], "ephemeralContainers": [{"name": "c", "image": "d"}],
    })
    assert [str(fault) for fault in validate_pod_template_spec(template, "t")] == [
        "t.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template"
    ]


def test_blanks_around_images_pass_in_templates():
    assert validate_pod_template_spec(completed(spec={"containers": [{"name": "a", "image": " b"}]}), "t") == []
