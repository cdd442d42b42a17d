"""RoleBinding."""

from kubewheel.api.rbac.role_binding import KIND


def created(kind="Role"):
    made = {
        "metadata": {"name": "b"}, "roleRef": {"kind": kind, "name": "r"},
        "subjects": [{"kind": "User", "name": "ann"}],
    }
    KIND.default(made)
    return made


def test_validate():
    assert KIND.validate(created()) == []
    assert [fault.field for fault in KIND.validate(created("Role"))] == []


def test_row():
    assert list(KIND.row(created(), 0)) == ["b", "Role/r", "<unknown>", "ann", "", ""]
    assert [column.name for column in KIND.columns if column.wide] == ["Users", "Groups", "ServiceAccounts"]
