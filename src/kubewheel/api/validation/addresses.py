"""IP addresses and networks as fields hold them."""

import ipaddress
from collections.abc import Sequence

from kubewheel.api.validation.faults import Faults, invalid

INVALID_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
INVALID_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _plain(part: str) -> str:
    """Return a decimal part of an IPv4 address without leading zeros, which old objects have."""
    return str(int(part)) if part.isascii() and part.isdigit() else part


def parse_ip(value: str) -> Address | None:
    """Return the address that `value` names, None if it names none."""
    if "%" in value:
        return None
    if ":" not in value:
        value = ".".join(_plain(part) for part in value.split("."))
    try:
        found = ipaddress.ip_address(value)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _has_leading_zeros(value: str) -> bool:
    return ":" not in value and any(part != _plain(part) for part in value.split("."))


def _is_mapped(value: str) -> bool:
    return ":" in value and not is_ipv6(value)


def _has_host_bits(address: str, bits: str) -> bool:
    found = parse_ip(address)
    return found is not None and int(found) & ((1 << found.max_prefixlen - int(bits)) - 1) != 0


def is_ipv6(value: str) -> bool:
    """Return whether `value` is an IPv6 address."""
    found = parse_ip(value)
    return found is not None and found.version == 6


def validate_ip(value: str, path: str) -> Faults:
    """Check an IP address, which has one notation only: others read the same text as another address."""
    if parse_ip(value) is None:
        return [invalid(path, value, INVALID_IP)]
    rules = (
        (_has_leading_zeros(value), "must not have leading 0s"),
        (_is_mapped(value), "must not be an IPv4-mapped IPv6 address"),
    )
    return [invalid(path, value, detail) for broken, detail in rules if broken]


def is_cidr(value: str) -> bool:
    """Return whether `value` is a network in CIDR notation."""
    address, slash, bits = value.partition("/")
    found = parse_ip(address)
    return bool(slash) and found is not None and bits.isdigit() and int(bits) <= found.max_prefixlen


def validate_cidr(value: str, path: str) -> Faults:
    """Check a network in CIDR notation, which has one notation only."""
    if not is_cidr(value):
        return [invalid(path, value, INVALID_CIDR)]
    address, _, bits = value.partition("/")
    rules = (
        (_has_leading_zeros(address) or bits != _plain(bits), "must not have leading 0s in IP or prefix length"),
        (_is_mapped(address), "must not have an IPv4-mapped IPv6 address"),
        (_has_host_bits(address, bits), "must not have bits set beyond the prefix length"),
    )
    return [invalid(path, value, detail) for broken, detail in rules if broken]


def validate_not_special(value: str, path: str) -> Faults:
    """Check that traffic to an address can leave the node."""
    found = parse_ip(value)
    if found is None:
        return [invalid(path, value, "must be a valid IP address")]
    rules = (
        (found.is_unspecified, f"may not be unspecified ({value})"),
        (found.is_loopback, "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        (
            found.is_link_local and not found.is_multicast,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        ),
        (_is_link_local_multicast(found), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    )
    return [invalid(path, value, detail) for broken, detail in rules if broken]


def _is_link_local_multicast(address: Address) -> bool:
    if address.version == 4:
        return address in ipaddress.ip_network("224.0.0.0/24")
    return address.is_multicast and address.packed[1] & 0x0F == 2


def is_dual_stack(values: Sequence[str]) -> bool:
    """Return whether valid addresses or networks of both families are among `values`."""
    versions = {6 if ":" in value else 4 for value in values}
    return versions == {4, 6}
