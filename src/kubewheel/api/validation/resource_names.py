"""Names of resources: which are Kubernetes' own, which are counted, which may be promised more than once."""

from kubewheel.api import names, quantity
from kubewheel.api.validation.faults import Faults, each, invalid

HUGE_PAGES = "hugepages-"
CONTAINER_RESOURCES = frozenset(("cpu", "memory", "ephemeral-storage"))
_COUNTED = (
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
)
_COMPUTE = (
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
    "requests.storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
)
COUNTED = frozenset(_COUNTED)
QUOTA_RESOURCES = frozenset((*_COMPUTE, *_COUNTED))
STANDARD = frozenset((*_COMPUTE, *_COUNTED, "storage"))
_HUGE_PAGE_PREFIXES = (HUGE_PAGES, f"requests.{HUGE_PAGES}")


def is_huge_page(name: str) -> bool:
    """Return whether `name` is of huge pages."""
    return name.startswith(HUGE_PAGES)


def is_native(name: str) -> bool:
    """Return whether `name` is one of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Return whether `name` is of a device that somebody else provides."""
    if is_native(name) or name.startswith("requests."):
        return False
    return not names.qualified_name(f"requests.{name}")


def is_counted(name: str) -> bool:
    """Return whether amounts of `name` are whole numbers."""
    return name in COUNTED or is_extended(name)


def may_overcommit(name: str) -> bool:
    """Return whether more of `name` may be promised than there is."""
    return is_native(name) and not is_huge_page(name)


def is_quota_resource(name: str) -> bool:
    """Return whether a quota may limit the unqualified `name`."""
    return name in QUOTA_RESOURCES or name.startswith(_HUGE_PAGE_PREFIXES)


def is_pod_level(name: str) -> bool:
    """Return whether a pod as a whole may ask for `name`."""
    return name in ("cpu", "memory") or is_huge_page(name)


def is_page_multiple(name: str, amount: quantity.Quantity) -> bool:
    """Return whether `amount` is a whole number of huge pages of the size in `name`."""
    try:
        page = quantity.parse(name.removeprefix(HUGE_PAGES))
    except ValueError:
        return False
    return page.nanos > 0 and page.nanos % quantity.NANO == 0 and amount.value % page.value == 0


def validate_name(name: str, path: str) -> Faults:
    """Check the name of a resource of any sort."""
    faults = each(path, name, names.qualified_name(name))
    known = "/" in name or name in STANDARD or name.startswith(_HUGE_PAGE_PREFIXES)
    if not faults and not known:
        return [invalid(path, name, "must be a standard resource type or fully qualified")]
    return faults


def validate_container_name(name: str, path: str) -> Faults:
    """Check the name of a resource that a container may ask for."""
    faults = validate_name(name, path)
    if "/" not in name:
        if name not in CONTAINER_RESOURCES and not is_huge_page(name):
            faults.append(invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        faults.append(invalid(path, name, "doesn't follow extended resource name standard"))
    return faults


def validate_quota_name(name: str, path: str) -> Faults:
    """Check the name of a resource that a quota may limit."""
    faults = validate_name(name, path)
    if "/" not in name and not is_quota_resource(name):
        faults.append(invalid(path, name, "must be a standard resource for quota"))
    return faults
