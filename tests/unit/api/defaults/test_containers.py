"""Defaults of containers."""

from kubewheel.api.defaults.containers import default_container

LEAST = {
    "name": "a", "image": "nginx", "imagePullPolicy": "Always", "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File", "resources": {},
}


def test_least():
    container = {"name": "a", "image": "nginx"}
    default_container(container)
    assert container == LEAST


def test_parts():
    container = {
        "name": "a", "image": "nginx",
        "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
        "env": [
            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
        "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 5},
        "readinessProbe": {"grpc": {"port": 80}},
        "lifecycle": {"preStop": {"httpGet": {"port": 80}}, "stopSignal": "SIGUSR1"},
        "resources": {"limits": {"cpu": "0.5"}},
    }
    default_container(container)
    times = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    http = {"port": 80, "path": "/", "scheme": "HTTP"}
    assert container == {
        **LEAST,
        "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
        "env": [
            {"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
            {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}},
        ],
        "livenessProbe": {**times, "httpGet": http, "periodSeconds": 5},
        "readinessProbe": {**times, "grpc": {"port": 80, "service": ""}},
        "lifecycle": {"preStop": {"httpGet": http}, "stopSignal": "SIGUSR1"},
        "resources": {"limits": {"cpu": "500m"}},
    }
