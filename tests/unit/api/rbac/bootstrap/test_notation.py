"""The short notation for rules."""

from kubewheel.api.rbac.bootstrap import notation


def test_rule():
    assert notation.rule("list get", "core apps", "pods", "b a") == {
        "apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "list"], "resourceNames": ["a", "b"],
    }
    assert notation.urls("get", "/b /a") == {"nonResourceURLs": ["/a", "/b"], "verbs": ["get"]}
