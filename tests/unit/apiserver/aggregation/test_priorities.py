"""Where this server's own groups stand."""

import pytest

from kubewheel.apiserver.aggregation import priorities


@pytest.mark.parametrize(("group", "version", "expected"), [
    ("", "v1", (18000, 1)), ("apps", "v1", (17800, 15)), ("autoscaling", "v2", (17500, 30)),
    ("batch", "v1beta1", (17400, 9)), ("flowcontrol.apiserver.k8s.io", "v1", (16100, 21)),
    ("resource.k8s.io", "v1alpha3", (15900, 1)), ("settings.k8s.io", "v1alpha1", (15700, 1)),
])
def test_priorities(group: str, version: str, expected: tuple[int, int]) -> None:
    assert priorities.of_own(group, version) == expected
