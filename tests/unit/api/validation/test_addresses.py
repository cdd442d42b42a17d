"""IP addresses and networks."""

import pytest

from kubewheel.api.validation import addresses


@pytest.mark.parametrize(("value", "is_valid"), [
    ("10.0.0.1", True), ("010.0.0.01", False), ("::1", True), ("::ffff:10.0.0.1", False), ("fe80::1%eth0", False),
    ("10.0.0", False), ("10.0.0.256", False), ("", False), ("example.com", False),
])
def test_ip(value, is_valid):
    assert (addresses.validate_ip(value, "p") == []) is is_valid


def test_ip_message():
    [fault] = addresses.validate_ip("x", "p")
    assert str(fault) == 'p: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'


@pytest.mark.parametrize(("check", "value", "detail"), [
    (addresses.validate_ip, "10.0.0.01", "must not have leading 0s"),
    (addresses.validate_ip, "::ffff:10.0.0.1", "must not be an IPv4-mapped IPv6 address"),
    (addresses.validate_cidr, "10.00.0.0/24", "must not have leading 0s in IP or prefix length"),
    (addresses.validate_cidr, "10.0.0.0/024", "must not have leading 0s in IP or prefix length"),
    (addresses.validate_cidr, "::ffff:10.0.0.0/24", "must not have an IPv4-mapped IPv6 address"),
    (addresses.validate_cidr, "10.0.0.1/24", "must not have bits set beyond the prefix length"),
    (addresses.validate_cidr, "fd00::1/64", "must not have bits set beyond the prefix length"),
])
def test_one_notation(check, value, detail):
    assert [fault.detail for fault in check(value, "p")] == [detail]


@pytest.mark.parametrize(("value", "is_valid"), [
    ("10.0.0.0/24", True), ("10.0.0.1/24", False), ("::/0", True), ("10.0.0.0/33", False), ("10.0.0.0", False),
    ("10.0.0.0/", False),
])
def test_cidr(value, is_valid):
    assert (addresses.validate_cidr(value, "p") == []) is is_valid


@pytest.mark.parametrize(("value", "detail"), [
    ("10.0.0.1", ""), ("0.0.0.0", "may not be unspecified (0.0.0.0)"),
    ("127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("169.254.0.1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
    ("224.0.0.5", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    ("ff02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    ("x", "must be a valid IP address"),
])
def test_special_addresses(value, detail):
    assert [fault.detail for fault in addresses.validate_not_special(value, "p")] == ([detail] if detail else [])


def test_families():
    assert addresses.is_dual_stack(["10.0.0.1", "::1"])
    assert not addresses.is_dual_stack(["10.0.0.1", "10.0.0.2"])
    assert addresses.is_ipv6("::1")
    assert not addresses.is_ipv6("::ffff:10.0.0.1")
    assert not addresses.is_ipv6("x")
