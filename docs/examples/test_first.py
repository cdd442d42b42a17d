"""The shortest test: a deployment runs."""


def test_deployment_runs(kubewheel):
    kubewheel.apply("""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: nginx}]}
    """)
    kubewheel.settle()
    assert kubewheel.get("Deployment", "web")["status"]["readyReplicas"] == 3
    assert "3/3" in kubewheel.kubectl("get", "deployments")
