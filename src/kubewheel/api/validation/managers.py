"""Names of foreign controllers: a domain and a path, such as `example.com/manager`."""

import re

from kubewheel.api import names

_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
_matches_path = re.compile(_PATH).fullmatch


def domain_prefixed_path(value: str) -> list[str]:
    """Return upstream's messages on a value that is no domain with a path."""
    domain, slash, path = value.partition("/")
    if not slash or not domain or not path:
        return ['must be a domain-prefixed path (such as "acme.io/foo")']
    faults = names.dns_subdomain(domain)
    if not _matches_path(path):
        faults.append(names.not_matching("Invalid path", _PATH))
    return faults
