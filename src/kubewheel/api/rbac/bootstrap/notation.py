"""A short notation for rules: words separated by spaces; `core` is the group without a name."""

from typing import Any

Rule = dict[str, Any]
Rules = tuple[Rule, ...]

READ = "get list watch"
WRITE = "create delete deletecollection patch update"
READ_WRITE = "create delete deletecollection get list patch update watch"
READ_UPDATE = "get list patch update watch"

AUTHENTICATION = "authentication.k8s.io"
AUTHORIZATION = "authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"
COORDINATION = "coordination.k8s.io"
DISCOVERY = "discovery.k8s.io"
NETWORKING = "networking.k8s.io"
RBAC = "rbac.authorization.k8s.io"
RESOURCE = "resource.k8s.io"
STORAGE = "storage.k8s.io"


def rule(verbs: str, groups: str, resources: str, names: str = "") -> Rule:
    """Return a rule about resources, optionally about those of some names only."""
    made: Rule = {
        "apiGroups": sorted("" if group == "core" else group for group in groups.split()),
        "resources": sorted(resources.split()), "verbs": sorted(verbs.split()),
    }
    if names:
        made["resourceNames"] = sorted(names.split())
    return made


def urls(verbs: str, paths: str) -> Rule:
    """Return a rule about paths that name no resource."""
    return {"nonResourceURLs": sorted(paths.split()), "verbs": sorted(verbs.split())}


EVENTS = rule("create patch update", "core events.k8s.io", "events")
REVIEW_TOKENS = rule("create", AUTHENTICATION, "tokenreviews")
REVIEW_ACCESS = rule("create", AUTHORIZATION, "subjectaccessreviews")
