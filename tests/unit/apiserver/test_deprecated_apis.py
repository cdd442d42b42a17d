"""Which retired versions were asked for."""

from kubewheel.api import retired
from kubewheel.api.registry import Registry
from kubewheel.apiserver import deprecated_apis


def test_only_retired_versions_are_shown():
    registry = Registry.builtin()
    registry.extend(retired.resources([*registry]))
    asked = [
        ("", "v1", "pods", ""), ("batch", "v1beta1", "cronjobs", "status"), ("batch", "v1beta1", "nonsense", ""),
        ("batch", "v1beta1", "cronjobs", "status"), ("", "", "", ""),
    ]
    assert [line for line in deprecated_apis.lines(asked, registry) if not line.startswith("#")] == [
        'apiserver_requested_deprecated_apis{group="batch",removed_release="1.25",resource="cronjobs",'
        'subresource="status",version="v1beta1"} 1'
    ]
