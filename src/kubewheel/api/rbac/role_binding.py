"""RoleBinding: gives a role's rights in one namespace to subjects."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import NAME, Kind
from kubewheel.api.rbac import policy
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(binding: Object) -> Faults:
    """Return the faults of a RoleBinding."""
    return policy.validate_binding(binding, kinds=policy.ROLE_KINDS, namespaced=True)


def row(binding: Object, now: float) -> list[Any]:
    """Return the cells of a RoleBinding."""
    reference = binding.get("roleRef") or {}
    role = f"{reference.get('kind') or ''}/{reference.get('name') or ''}"
    return [cells.name(binding), role, cells.age(binding, now), *policy.subject_cells(binding.get("subjects"))]


KIND = Kind(
    policy.GROUP, "RoleBinding", default=policy.default_binding, validate=validate,
    validate_update=policy.validate_binding_update, validate_name=names.path_segment,
    columns=(NAME, *policy.BINDING_COLUMNS), row=row,
)
