"""A cluster of workers that follows its load, as Dask's or Airflow's workers do: by an autoscaler, in cluster time."""

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: workers}
spec:
  replicas: 1
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: worker, resources: {requests: {cpu: 500m}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: workers}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: workers}
  minReplicas: 1
  maxReplicas: 10
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
"""


def load(kubewheel, cpu: str) -> None:
    """Let each worker use so much of a CPU from now on."""
    for pod in kubewheel.list("Pod", labels="app=worker"):
        kubewheel.client.patch(
            "Pod", pod["metadata"]["name"], {"metadata": {"annotations": {"simulated.kubewheel.dev/cpu": cpu}}},
            "default",
        )


def workers(kubewheel) -> int:
    return kubewheel.get("Deployment", "workers")["spec"]["replicas"]


def test_workers_follow_their_load(kubewheel):
    kubewheel.apply(DEPLOYMENT)
    kubewheel.clock.advance(minutes=1)
    assert workers(kubewheel) == 1
    load(kubewheel, "1200m")
    kubewheel.clock.advance(seconds=30)
    assert workers(kubewheel) == 3  # 240 % of its request, where 80 % were wanted.
    load(kubewheel, "10m")
    kubewheel.clock.advance(minutes=4)
    assert workers(kubewheel) == 3  # A quiet moment is no reason to stop them: the window is five minutes.
    kubewheel.clock.advance(minutes=2)
    assert workers(kubewheel) == 1
