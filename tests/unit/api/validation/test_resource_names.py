"""Names of resources."""

import pytest

from kubewheel.api import quantity
from kubewheel.api.validation import resource_names


@pytest.mark.parametrize(("name", "details"), [
    pytest.param("cpu", [], id="native"),
    pytest.param("hugepages-2Mi", [], id="huge-pages"),
    pytest.param("example.com/gpu", [], id="extended"),
    pytest.param(
        "gpu",
        ["must be a standard resource type or fully qualified", "must be a standard resource for containers"],
        id="unknown",
    ),
    pytest.param("pods", ["must be a standard resource for containers"], id="not-for-containers"),
    pytest.param("requests.example.com/gpu", ["doesn't follow extended resource name standard"], id="prefix"),
])
def test_names_for_containers(name, details):
    assert [fault.detail for fault in resource_names.validate_container_name(name, "p")] == details


@pytest.mark.parametrize(("name", "details"), [
    ("pods", []), ("requests.cpu", []), ("count/deployments.apps", []), ("requests.hugepages-2Mi", []),
    ("storage", ["must be a standard resource for quota"]),
])
def test_names_for_quotas(name, details):
    assert [fault.detail for fault in resource_names.validate_quota_name(name, "p")] == details


def test_properties():
    assert resource_names.is_counted("pods")
    assert resource_names.is_counted("example.com/gpu")
    assert not resource_names.is_counted("cpu")
    assert resource_names.may_overcommit("cpu")
    assert not resource_names.may_overcommit("hugepages-2Mi")
    assert not resource_names.may_overcommit("example.com/gpu")
    assert resource_names.is_pod_level("memory")
    assert not resource_names.is_pod_level("ephemeral-storage")


@pytest.mark.parametrize(("name", "amount", "fits"), [
    ("hugepages-2Mi", "4Mi", True), ("hugepages-2Mi", "3Mi", False), ("hugepages-x", "3Mi", False),
    ("hugepages-0", "3Mi", False),
])
def test_page_multiples(name, amount, fits):
    assert resource_names.is_page_multiple(name, quantity.parse(amount)) is fits
