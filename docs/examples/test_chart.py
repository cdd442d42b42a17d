"""A chart: what `helm template` prints (here: a directory) is accepted, comes up, and survives an update.

    helm template shop ./chart > rendered.yaml   # then: load=("rendered.yaml",)
"""

import pytest

pytestmark = pytest.mark.kubewheel(nodes=2, load=("chart",))


def test_everything_comes_up(kubewheel):
    assert kubewheel.get("Deployment", "web", "shop")["status"]["availableReplicas"] == 2
    endpoints = kubewheel.one("EndpointSlice", "shop", labels="kubernetes.io/service-name=web")["endpoints"]
    assert len(endpoints) == 2
    assert all(each["conditions"]["ready"] for each in endpoints)


def test_update_keeps_serving(kubewheel):
    kubewheel.kubectl("-n", "shop", "set", "image", "deployment/web", "web=shop/web:2")
    for _ in range(10):
        kubewheel.clock.advance(5)
        assert kubewheel.get("Deployment", "web", "shop")["status"].get("availableReplicas", 0) >= 1
    images = {pod["spec"]["containers"][0]["image"] for pod in kubewheel.list("Pod", "shop")}
    assert images == {"shop/web:2"}


def test_a_missing_image_stops_the_update(kubewheel):
    with kubewheel.no_image("shop/web:3"):
        kubewheel.kubectl("-n", "shop", "set", "image", "deployment/web", "web=shop/web:3")
        kubewheel.clock.advance(minutes=11)
        deployment = kubewheel.get("Deployment", "web", "shop")
        reasons = {each["type"]: each["reason"] for each in deployment["status"]["conditions"]}
        assert reasons["Progressing"] == "ProgressDeadlineExceeded"
        assert deployment["status"]["availableReplicas"] == 2  # The old pods go on serving.
