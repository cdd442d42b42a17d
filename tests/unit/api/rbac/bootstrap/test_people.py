"""Roles for people."""

from kubewheel.api.rbac.bootstrap import people


def test_reading_roles_only_read():
    assert {verb for rule in people.CONTRIBUTIONS["view"] for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_nobody_edits_quotas():
    edited = {
        resource for rule in people.CONTRIBUTIONS["edit"] if "update" in rule["verbs"] for resource in rule["resources"]
    }
    assert not edited & {"resourcequotas", "limitranges", "endpoints", "endpointslices", "roles"}
