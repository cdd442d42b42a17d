"""Names of managers."""

import pytest

from kubewheel.apiserver.manager_names import of_user_agent


@pytest.mark.parametrize(("user_agent", "name"), [
    ("kubectl/v1.37.1 (linux/amd64) kubernetes/abc", "kubectl"),
    ("curl", "curl"),
    ("", ""),
    ("a\x00b/1", "ab"),
    ("x" * 200, "x" * 128),
    ("kubewheel/system:node:n1", "kubelet"),
    ("kubewheel/system:kube-scheduler", "kube-scheduler"),
    ("kubewheel/system:serviceaccount:kube-system:job-controller", "kube-controller-manager"),
    ("kubewheel/admin", "kubewheel"),
])
def test_of_user_agent(user_agent, name):
    assert of_user_agent(user_agent) == name
