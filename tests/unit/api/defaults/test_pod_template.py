"""Defaults of templates of pods."""

from kubewheel.api.defaults.pod_template import default_pod_template


def test_template():
    template = {"spec": {"containers": [{"name": "a", "image": "b:1"}], "serviceAccount": "robot"}}
    default_pod_template(template)
    assert template == {"metadata": {}, "spec": {
        "containers": [{
            "name": "a", "image": "b:1", "imagePullPolicy": "IfNotPresent", "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        }],
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
        "securityContext": {}, "terminationGracePeriodSeconds": 30,
        "serviceAccount": "robot", "serviceAccountName": "robot",
    }}


def test_what_is_given_stays():
    spec = {
        "dnsPolicy": "Default", "restartPolicy": "Never", "schedulerName": "mine", "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsUser": 5}, "overhead": {"cpu": "0.25"},
    }
    template = {"metadata": {"labels": {"a": "b"}}, "spec": dict(spec)}
    default_pod_template(template)
    assert template["spec"] == {**spec, "overhead": {"cpu": "250m"}}
