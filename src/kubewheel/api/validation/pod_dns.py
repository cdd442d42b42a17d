"""How a pod resolves names: DNS policy and configuration, entries of its hosts file."""

import re
from collections.abc import Sequence

from kubewheel.api import names
from kubewheel.api.validation import addresses
from kubewheel.api.validation.faults import Faults, choice, each, invalid, required
from kubewheel.libs.wire import Object

POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
NAMESERVERS, SEARCHES, SEARCH_CHARACTERS = 3, 32, 2048

_LABEL = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_LABELS = rf"_?{_LABEL}(\._?{_LABEL})*"
_matches_search = re.compile(_LABELS).fullmatch
_SEARCH_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start and end with an alphanumeric character"
)


def _search_faults(search: str) -> list[str]:
    if search == ".":
        return []
    search = search.removesuffix(".")
    if len(search) > names.SUBDOMAIN_LENGTH:
        return [names.too_long(names.SUBDOMAIN_LENGTH)]
    return [] if _matches_search(search) else [names.not_matching(_SEARCH_TEXT, _LABELS, "example.com")]


def _validate_searches(searches: Sequence[str], path: str) -> Faults:
    faults: Faults = []
    if len(searches) > SEARCHES:
        faults.append(invalid(path, list(searches), f"must not have more than {SEARCHES} search paths"))
    if len(" ".join(searches)) > SEARCH_CHARACTERS:
        detail = f"must not have more than {SEARCH_CHARACTERS} characters (including spaces) in the search list"
        faults.append(invalid(path, list(searches), detail))
    for index, search in enumerate(searches):
        faults += each(f"{path}[{index}]", search.removesuffix("."), _search_faults(search))
    return faults


def validate_dns(spec: Object, path: str) -> Faults:
    """Check DNS policy and configuration of a pod."""
    policy, config = spec.get("dnsPolicy") or "", spec.get("dnsConfig")
    faults = choice(f"{path}.dnsPolicy", policy, POLICIES)
    here = f"{path}.dnsConfig"
    if config is None:
        detail = "must provide `dnsConfig` when `dnsPolicy` is None"
        return [*faults, required(here, detail)] if policy == "None" else faults
    servers = config.get("nameservers") or []
    if policy == "None" and not servers:
        detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
        return [*faults, required(f"{here}.nameservers", detail)]
    if len(servers) > NAMESERVERS:
        detail = f"must not have more than {NAMESERVERS} nameservers"
        faults.append(invalid(f"{here}.nameservers", list(servers), detail))
    for index, server in enumerate(servers):
        faults += addresses.validate_ip(server, f"{here}.nameservers[{index}]")
    faults += _validate_searches(config.get("searches") or [], f"{here}.searches")
    for index, option in enumerate(config.get("options") or []):
        if not option.get("name"):
            faults.append(required(f"{here}.options[{index}]", "must not be empty"))
    return faults


def validate_host_aliases(aliases: Sequence[Object], path: str) -> Faults:
    """Check entries of a pod's hosts file."""
    faults: Faults = []
    for index, alias in enumerate(aliases):
        faults += addresses.validate_ip(alias.get("ip") or "", f"{path}[{index}].ip")
        for place, name in enumerate(alias.get("hostnames") or []):
            faults += each(f"{path}[{index}].hostnames[{place}]", name, names.dns_subdomain(name))
    return faults
