"""Addresses of networks and URLs."""

import ipaddress
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.library.times import KEPT
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import Opaque

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class Ip(Opaque):
    """An address."""

    kind = "net.IP"

    def __init__(self, address: Address) -> None:
        self.address = address

    def key(self) -> Any:
        return self.address


class Cidr(Opaque):
    """An address and how many of its bits name the network."""

    kind = "net.CIDR"

    def __init__(self, interface: Interface) -> None:
        self.interface = interface

    def key(self) -> Any:
        return self.interface


class Url(Opaque):
    """A URL."""

    kind = "kubernetes.URL"

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = urlsplit(text)

    def key(self) -> Any:
        return self.text


@lru_cache(maxsize=KEPT)
def _ip(text: str) -> Ip:
    if "%" in text:
        raise Failure(f'IP address "{text}" with zone value is not allowed')
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise Failure(f'IP address "{text}" parse error during conversion from string: ParseAddr("{text}"): unable to '
                      "parse IP") from None
    if getattr(found, "ipv4_mapped", None):
        raise Failure(f'IPv4-mapped IPv6 address "{text}" is not allowed')
    return Ip(found)


@lru_cache(maxsize=KEPT)
def _cidr(text: str) -> Cidr:
    try:
        address, slash, bits = text.partition("/")
        if not slash or not bits.isdigit() or (len(bits) > 1 and bits[0] == "0"):
            raise ValueError
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise Failure(f'network address parse error during conversion from string: netip.ParsePrefix("{text}"): '
                      "invalid prefix") from None
    if "%" in address:
        raise Failure(f'CIDR "{text}" with zone value is not allowed')
    if getattr(found.ip, "ipv4_mapped", None):
        raise Failure(f'IPv4-mapped IPv6 address "{text}" is not allowed')
    return Cidr(found)


@lru_cache(maxsize=KEPT)
def parse_url(text: str) -> Url:
    try:
        made = Url(text)
        made.parts.port  # noqa: B018  # Raises when it is none.
        if not text.startswith("/") and not (made.parts.scheme and (made.parts.netloc or made.parts.path[:1] == "/")):
            raise ValueError
    except ValueError:
        raise Failure(f'URL parse error during conversion from string: parse "{text}": invalid URI for request'
                      ) from None
    return made


def _can(make: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            make(text)
        except Failure:
            return False
        return True

    return check


def _holds_ip(outer: Cidr, inner: Ip | str) -> bool:
    address = (_ip(inner) if isinstance(inner, str) else inner).address
    return address in outer.interface.network


def _holds_cidr(outer: Cidr, inner: Cidr | str) -> bool:
    network, other = outer.interface.network, (_cidr(inner) if isinstance(inner, str) else inner).interface.network
    return network.version == other.version and bool(other.subnet_of(network))  # type: ignore[arg-type]


def _is_global(value: Ip) -> bool:
    found = value.address
    broadcast = str(found) == "255.255.255.255"
    return not (found.is_multicast or found.is_loopback or found.is_unspecified or found.is_link_local or broadcast)


def _link_local_multicast(value: Ip) -> bool:
    found = value.address
    if found.version == 4:
        return int(found) >> 8 == 0xE00000
    return int(found) >> 112 & 0xFF0F == 0xFF02


def _host(value: Url) -> str:
    return value.parts.netloc.rpartition("@")[2]


def _hostname(value: Url) -> str:
    host = _host(value)
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _port(value: Url) -> str:
    return str(value.parts.port) if value.parts.port is not None else ""


def _test(name: str, read: Callable[[Ip], bool]) -> Row:
    return name, "net.IP.() bool", read


FUNCTIONS: Sequence[Row] = (
    ("ip", "(string) net.IP", _ip, traversal()), ("ip", "net.CIDR.() net.IP", lambda value: Ip(value.interface.ip)),
    ("isIP", "(string) bool", _can(_ip), traversal()),
    ("ip.isCanonical", "(string) bool", lambda text: str(_ip(text).address) == text, traversal(0.2)),
    ("family", "net.IP.() int", lambda value: value.address.version),
    _test("isUnspecified", lambda value: value.address.is_unspecified),
    _test("isLoopback", lambda value: value.address.is_loopback),
    _test("isLinkLocalMulticast", _link_local_multicast),
    _test("isLinkLocalUnicast", lambda value: value.address.is_link_local), _test("isGlobalUnicast", _is_global),
    ("cidr", "(string) net.CIDR", _cidr, traversal()), ("isCIDR", "(string) bool", _can(_cidr), traversal()),
    ("containsIP", "net.CIDR.(net.IP) bool; net.CIDR.(string) bool", _holds_ip),
    ("containsCIDR", "net.CIDR.(net.CIDR) bool; net.CIDR.(string) bool", _holds_cidr),
    ("masked", "net.CIDR.() net.CIDR", lambda value: Cidr(ipaddress.ip_interface(str(value.interface.network)))),
    ("prefixLength", "net.CIDR.() int", lambda value: value.interface.network.prefixlen),
    ("string", "(net.IP) string", lambda value: str(value.address)),
    ("string", "(net.CIDR) string", lambda value: str(value.interface)),
    ("url", "(string) kubernetes.URL", parse_url, traversal()),
    ("isURL", "(string) bool", _can(parse_url), traversal()),
    ("getScheme", "kubernetes.URL.() string", lambda value: value.parts.scheme),
    ("getHost", "kubernetes.URL.() string", _host), ("getHostname", "kubernetes.URL.() string", _hostname),
    ("getPort", "kubernetes.URL.() string", _port),
    ("getEscapedPath", "kubernetes.URL.() string", lambda value: quote(value.parts.path, safe="/%:@!$&'()*+,;=~-._")),
    ("getQuery", "kubernetes.URL.() map(string, list(string))",
     lambda value: parse_qs(value.parts.query, keep_blank_values=True)),
)
