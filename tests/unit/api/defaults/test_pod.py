"""Defaults of pods."""

import pytest

from kubewheel.api.defaults.pod import default_pod


def completed(**spec):
    pod = {"spec": {"containers": [{"name": "a", "image": "b"}], **spec}}
    default_pod(pod)
    return pod["spec"]


def needing(side, **amounts):
    return {"name": "a", "image": "b", "resources": {side: amounts}}


def test_links_to_services():
    assert completed()["enableServiceLinks"] is True
    assert completed(enableServiceLinks=False)["enableServiceLinks"] is False


def test_requests_follow_limits():
    spec = completed(containers=[needing("limits", cpu="1")], initContainers=[needing("limits", memory="1Gi")])
    assert spec["containers"][0]["resources"]["requests"] == {"cpu": "1"}
    assert spec["initContainers"][0]["resources"]["requests"] == {"memory": "1Gi"}


def test_ports_of_the_host():
    ports = [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}]
    spec = completed(hostNetwork=True, containers=[{"name": "a", "image": "b", "ports": ports}])
    assert [port["hostPort"] for port in spec["containers"][0]["ports"]] == [80, 81]


@pytest.mark.parametrize(("own", "container", "expected"), [
    pytest.param({}, needing("requests", cpu="1"), {}, id="nothing"),
    pytest.param(
        {"limits": {"cpu": "2"}}, needing("requests", cpu="1"),
        {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}, id="requests-of-containers",
    ),
    pytest.param(
        {"limits": {"cpu": "2"}}, {"name": "a", "image": "b"},
        {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}, id="requests-of-limits",
    ),
    pytest.param(
        {"requests": {"cpu": "2"}}, needing("limits", cpu="3"),
        {"requests": {"cpu": "2"}, "limits": {"cpu": "3"}}, id="limits-of-containers",
    ),
    pytest.param(
        {"requests": {"cpu": "2"}}, {"name": "a", "image": "b"}, {"requests": {"cpu": "2"}}, id="no-limits-anywhere",
    ),
])
def test_pod_level(own, container, expected):
    assert completed(resources=own, containers=[container])["resources"] == expected


def test_empty():
    pod = {}
    default_pod(pod)
    assert pod["spec"]["restartPolicy"] == "Always"
