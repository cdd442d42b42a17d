"""Pods as a Job marks them."""

from kubewheel.controllers.job import terms

from .build import job


def test_pod_of_an_index() -> None:
    owner = job(completionMode="Indexed", completions=3)
    owner["spec"]["template"]["spec"]["containers"] = [
        {"name": "a"}, {"name": "b", "env": [{"name": "JOB_COMPLETION_INDEX", "value": "mine"}]},
    ]
    found = terms.indexed_pod(owner, terms.new_pod(owner), 2, (1, 3))
    assert found["metadata"]["generateName"] == "work-2-"
    assert found["metadata"]["annotations"] == {
        terms.INDEX: "2", terms.FAILURE_COUNT: "1", terms.IGNORED_COUNT: "3",
    }
    assert found["metadata"]["labels"] == {"app": "work", terms.INDEX: "2"}
    assert found["metadata"]["finalizers"] == [terms.FINALIZER]
    assert found["spec"]["hostname"] == "work-2"
    first, second = found["spec"]["containers"]
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{terms.INDEX}']"}}
    assert first["env"] == [{"name": "JOB_COMPLETION_INDEX", "valueFrom": source}]
    assert second["env"] == [{"name": "JOB_COMPLETION_INDEX", "value": "mine"}]


def test_long_names_keep_their_index() -> None:
    owner = job()
    owner["metadata"]["name"] = "x" * 63
    prefix = terms.indexed_pod(owner, terms.new_pod(owner), 12)["metadata"]["generateName"]
    assert prefix == "x" * 54 + "-12-"


def test_indexes_of_pods() -> None:
    owner = job(completionMode="Indexed", completions=3)
    pod = terms.indexed_pod(owner, terms.new_pod(owner), 3)
    assert terms.index_of(pod) == 3
    assert terms.valid_index_of(owner, pod) is None
    assert terms.index_of({"metadata": {"annotations": {terms.INDEX: "-1"}}}) is None
    assert terms.failures_of(pod) == terms.all_failures_of(pod) == 0
