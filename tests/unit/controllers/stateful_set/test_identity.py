"""What a member looks like."""

from typing import Any

from kubewheel.controllers import history
from kubewheel.controllers.stateful_set import identity

SET: Any = {
    "apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "default", "uid": "u"},
    "spec": {
        "replicas": 2, "serviceName": "peers", "selector": {"matchLabels": {"app": "db"}}, "ordinals": {"start": 1},
        "volumeClaimTemplates": [{"metadata": {"name": "data", "labels": {"a": "b"}}, "spec": {"x": 1}}],
        "template": {"metadata": {"labels": {"app": "db"}}, "spec": {
            "containers": [], "volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]}},
    },
}


def named(name: str) -> Any:
    return {"metadata": {"name": name}}


def test_names() -> None:
    assert identity.ordinal_of(named("db-x-12")) == 12
    assert identity.ordinal_of(named("db")) is None
    assert identity.is_member(SET, named("db-7"))
    assert not identity.is_member(SET, named("db-07"))
    assert not identity.is_member(SET, named("other-7"))
    assert list(identity.wanted_ordinals(SET)) == [1, 2]


def test_pod() -> None:
    revision = history.new_revision(SET, 1, "hash", 0)
    pod = identity.new_pod(SET, revision, 2)
    assert pod["metadata"]["labels"] == {
        "app": "db", identity.POD_NAME: "db-2", identity.POD_INDEX: "2",
        history.POD_LABEL: revision["metadata"]["name"],
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-2", "peers")
    assert pod["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-2"}}, {"name": "tmp", "emptyDir": {}},
    ]
    assert identity.revision_of(pod) == revision["metadata"]["name"]


def test_claims() -> None:
    [claim] = identity.claims_of(SET, 2)
    assert claim["metadata"]["name"] == "data-db-2"
    assert claim["metadata"]["labels"] == {"a": "b", "app": "db"}
    assert claim["spec"] == {"x": 1}
