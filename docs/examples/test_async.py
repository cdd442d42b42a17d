"""An asynchronous test: the same cluster, its verbs awaited."""

import pytest


@pytest.mark.kubewheel(nodes=2)
async def test_a_node_is_lost(kubewheel):
    await kubewheel.apply({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web"}]},
            },
        },
    })
    await kubewheel.settle()
    kubewheel.lose_node("node-0")
    await kubewheel.clock.advance(minutes=7)  # 40 s until it is noticed, 5 min until its pods are given up.
    pods = await kubewheel.list("Pod", fields="spec.nodeName=node-1")
    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
