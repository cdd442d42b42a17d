"""A client that tries again on 409, survives 410, and does not do twice what it could not see the answer of."""

import threading

import leader
import pytest
from kubernetes import client
from urllib3.exceptions import ProtocolError

LEASE = {
    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "leader"},
    "spec": {"holderIdentity": "nobody"},
}
pytestmark = pytest.mark.kubewheel(nodes=0)  # Kinds are all that is needed here.


def config_map(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_tries_again_on_conflicts(kubewheel):
    kubewheel.apply(LEASE)
    fault = kubewheel.fail(verb="update", resource="leases", times=3, status=409)
    leader.take_lease(kubewheel.kubernetes, "leader", "me")
    assert fault.hits == 3
    assert kubewheel.get("Lease", "leader")["spec"]["holderIdentity"] == "me"


def test_gives_up_in_the_end(kubewheel):
    kubewheel.apply(LEASE)
    fault = kubewheel.fail(verb="update", resource="leases", times=None, status=409)
    with pytest.raises(client.ApiException, match="Operation cannot be fulfilled"):
        leader.take_lease(kubewheel.kubernetes, "leader", "me")
    assert fault.hits == 5


def test_survives_a_watch_that_is_too_old(kubewheel):
    kubewheel.apply(config_map("first"))
    seen, api = [], kubewheel.kubernetes
    follower = threading.Thread(target=lambda: seen.extend(leader.follow(api, until="third")))
    follower.start()
    kubewheel.wait_watched("configmaps")
    kubewheel.apply(config_map("second"))
    assert kubewheel.expire_watches("configmaps") == 1
    kubewheel.wait_watched("configmaps")
    kubewheel.apply(config_map("third"))
    follower.join(10)
    assert seen[0] == ("KNOWN", "first")
    assert seen[-3:] == [("KNOWN", "first"), ("KNOWN", "second"), ("ADDED", "third")]  # Listed anew.


def test_an_answer_is_lost(kubewheel):
    kubewheel.fail(verb="create", resource="configmaps", drop="after")
    core = client.CoreV1Api(kubewheel.kubernetes)
    with pytest.raises(ProtocolError):
        core.create_namespaced_config_map("default", config_map("a"))
    with pytest.raises(client.ApiException) as error:  # The first one did its work.
        core.create_namespaced_config_map("default", config_map("a"))
    assert error.value.status == 409
