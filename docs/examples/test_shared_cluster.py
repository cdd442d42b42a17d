"""One cluster for the whole run, a namespace for each test: for large suites that do not step time."""

import pytest


@pytest.mark.parametrize("number", range(3))
def test_own_namespace(kubewheel_session, kubewheel_namespace, number):
    kubewheel_session.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"number": str(number)}},
        namespace=kubewheel_namespace,
    )
    assert kubewheel_session.one("ConfigMap", kubewheel_namespace, fields="metadata.name=settings")["data"] == {
        "number": str(number)
    }
