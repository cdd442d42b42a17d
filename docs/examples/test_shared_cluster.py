"""One cluster for the whole run, a namespace for each test; and one for the tests of a class, which go on in it."""

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


@pytest.mark.kubewheel(nodes=2, scope="class", load=("chart",))
class TestOneRelease:
    def test_it_is_up(self, kubewheel):
        assert kubewheel.get("Deployment", "web", "shop")["status"]["availableReplicas"] == 2

    def test_it_has_endpoints(self, kubewheel):
        assert len(kubewheel.one("EndpointSlice", "shop")["endpoints"]) == 2
