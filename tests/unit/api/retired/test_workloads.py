"""What the retired forms of workloads share."""

from kubewheel.api.retired import workloads


def test_selector_and_labels_come_from_the_template():
    workload = {"spec": {"template": {"metadata": {"labels": {"app": "web"}}}}}
    workloads.select_by_template(workload)
    assert workload["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert workload["metadata"] == {"labels": {"app": "web"}}


def test_own_selector_and_labels_stay():
    workload = {"metadata": {"labels": {"a": "b"}}, "spec": {
        "selector": {"matchLabels": {"x": "y"}}, "template": {"metadata": {"labels": {"app": "web"}}},
    }}
    workloads.select_by_template(workload)
    assert workload["spec"]["selector"] == {"matchLabels": {"x": "y"}}
    assert workload["metadata"] == {"labels": {"a": "b"}}


def test_no_labels_make_no_selector():
    workload = {"spec": {"template": {}}}
    workloads.select_by_template(workload)
    assert "selector" not in workload["spec"]


def test_recreate_needs_no_numbers():
    deployment = {"spec": {"strategy": {"type": "Recreate"}}}
    workloads.default_rollout(deployment, pods=1, history=2, seconds=3)
    assert deployment["spec"] == {
        "strategy": {"type": "Recreate"}, "revisionHistoryLimit": 2, "progressDeadlineSeconds": 3,
    }


def test_rollback_is_an_annotation():
    deployment = {"metadata": {"name": "web"}, "spec": {"rollbackTo": {"revision": 3}}}
    workloads.keep_rollback(deployment)
    assert deployment == {"metadata": {"name": "web", "annotations": {workloads.ROLLBACK: "3"}}, "spec": {}}
    workloads.show_rollback(deployment)
    assert deployment == {"metadata": {"name": "web"}, "spec": {"rollbackTo": {"revision": 3}}}


def test_nonsense_in_an_annotation_shows_nothing():
    daemon_set = {"metadata": {"annotations": {workloads.TEMPLATE_GENERATION: "x", "a": "b"}}, "spec": {}}
    workloads.show_template_generation(daemon_set)
    assert daemon_set == {"metadata": {"annotations": {"a": "b"}}, "spec": {}}
