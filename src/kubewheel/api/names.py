"""Rules for names, label keys and values; every function returns upstream's messages, none when all is well."""

import re
from collections.abc import Callable

_DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_SUBDOMAIN = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_WILDCARD = rf"\*\.{_DNS_SUBDOMAIN}"
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_KEY})?"
_C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_ENV = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_HEADER = "[-A-Za-z0-9]+"
_PERCENT = "[0-9]+%"

_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character"
)
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character"
)
_DNS_1035_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character"
)
_WILDCARD_TEXT = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
_KEY_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character"
)
_C_TEXT = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric "
    "characters or '_'"
)
_CONFIG_TEXT = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
_ENV_TEXT = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not "
    "start with a digit"
)
_RELAXED_ENV_TEXT = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_HEADER_TEXT = "a valid HTTP header must consist of alphanumeric characters or '-'"
_PERCENT_TEXT = "a valid percent string must be a numeric string followed by an ending '%'"

_matches_label = re.compile(_DNS_LABEL).fullmatch
_matches_subdomain = re.compile(_DNS_SUBDOMAIN).fullmatch
_matches_1035 = re.compile(_DNS_1035).fullmatch
_matches_wildcard = re.compile(_WILDCARD).fullmatch
_matches_key = re.compile(_KEY).fullmatch
_matches_value = re.compile(_VALUE).fullmatch
_matches_c = re.compile(_C_IDENTIFIER).fullmatch
_matches_config = re.compile(_CONFIG_KEY).fullmatch
_matches_env = re.compile(_ENV).fullmatch
_matches_header = re.compile(_HEADER).fullmatch
_matches_percent = re.compile(_PERCENT).fullmatch
_matches_port = re.compile("[-a-z0-9]+").fullmatch
_has_letter = re.compile("[a-z]").search

LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # Neither vowels nor digits that look like letters: no words by chance.
SUFFIX_LENGTH = 5


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def too_long(limit: int) -> str:
    """Return the message for a text of more than `limit` bytes."""
    return f"must be no more than {limit} bytes"


def not_matching(text: str, pattern: str, *examples: str) -> str:
    """Return the message for a value that `pattern` does not match."""
    if not examples:
        return f"{text} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {shown}regex used for validation is '{pattern}')"


def in_range(value: int, low: int, high: int) -> list[str]:
    """Check low <= value <= high."""
    return [] if low <= value <= high else [f"must be between {low} and {high}, inclusive"]


def port_number(value: int) -> list[str]:
    """Check a port number (not 0)."""
    return in_range(value, 1, 65535)


def user_id(value: int) -> list[str]:
    """Check a Unix user or group id."""
    return in_range(value, 0, 0xFFFFFFFF)


def dns_label(value: str) -> list[str]:
    """Check a label of RFC 1123: the name of a Namespace or of a container."""
    faults = [too_long(LABEL_LENGTH)] if _size(value) > LABEL_LENGTH else []
    if not _matches_label(value):
        if _matches_subdomain(value):
            faults.append("must not contain dots")
        else:
            faults.append(not_matching(_LABEL_TEXT, _DNS_LABEL, "my-name", "123-abc"))
    return faults


def dns_subdomain(value: str) -> list[str]:
    """Check a subdomain of RFC 1123: the name of most objects."""
    faults = [too_long(SUBDOMAIN_LENGTH)] if _size(value) > SUBDOMAIN_LENGTH else []
    if not _matches_subdomain(value):
        faults.append(not_matching(_SUBDOMAIN_TEXT, _DNS_SUBDOMAIN, "example.com"))
    return faults


def dns_1035_label(value: str) -> list[str]:
    """Check a label of RFC 1035: the name of a Service."""
    faults = [too_long(LABEL_LENGTH)] if _size(value) > LABEL_LENGTH else []
    if not _matches_1035(value):
        faults.append(not_matching(_DNS_1035_TEXT, _DNS_1035, "my-name", "abc-123"))
    return faults


def wildcard_subdomain(value: str) -> list[str]:
    """Check `*.` and a subdomain: the host of an Ingress rule."""
    faults = [too_long(SUBDOMAIN_LENGTH)] if _size(value) > SUBDOMAIN_LENGTH else []
    if not _matches_wildcard(value):
        faults.append(not_matching(_WILDCARD_TEXT, _WILDCARD, "*.example.com"))
    return faults


def qualified_name(value: str) -> list[str]:
    """Check a label key: an optional prefix and a name."""
    parts = value.split("/")
    if len(parts) > 2:
        text = not_matching(_KEY_TEXT, _KEY, "MyName", "my.name", "123-abc")
        return [f"a valid label key {text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    faults = []
    if len(parts) == 2:
        if not parts[0]:
            faults.append("prefix part must be non-empty")
        faults += [f"prefix part {fault}" for fault in dns_subdomain(parts[0]) if parts[0]]
    name = parts[-1]
    if not name:
        faults.append("name part must be non-empty")
    elif _size(name) > LABEL_LENGTH:
        faults.append(f"name part {too_long(LABEL_LENGTH)}")
    if not _matches_key(name):
        faults.append(f"name part {not_matching(_KEY_TEXT, _KEY, 'MyName', 'my.name', '123-abc')}")
    return faults


def label_value(value: str) -> list[str]:
    """Check the value of a label."""
    faults = [too_long(LABEL_LENGTH)] if _size(value) > LABEL_LENGTH else []
    if not _matches_value(value):
        faults.append(not_matching(_VALUE_TEXT, _VALUE, "MyValue", "my_value", "12345"))
    return faults


def _no_parent(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def config_map_key(value: str) -> list[str]:
    """Check a key of a ConfigMap or Secret."""
    faults = [too_long(SUBDOMAIN_LENGTH)] if _size(value) > SUBDOMAIN_LENGTH else []
    if not _matches_config(value):
        faults.append(not_matching(_CONFIG_TEXT, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    return faults + _no_parent(value)


def env_var_name(value: str) -> list[str]:
    """Check the name of an environment variable by the rule of pods: printable ASCII but `=`."""
    faults = [] if value else ["environment variable name must be non-empty"]
    if any(not " " <= letter <= "~" or letter == "=" for letter in value):
        faults.append(_RELAXED_ENV_TEXT)
    return faults


def strict_env_var_name(value: str) -> list[str]:
    """Check the name of an environment variable by the narrow rule that shells can live with."""
    faults = []
    if not _matches_env(value):
        faults.append(not_matching(_ENV_TEXT, _ENV, "my.env-name", "MY_ENV.NAME", "MyEnvName1"))
    return faults + _no_parent(value)


def c_identifier(value: str) -> list[str]:
    """Check an identifier of C."""
    if _matches_c(value):
        return []
    return [not_matching(_C_TEXT, _C_IDENTIFIER, "my_name", "MY_NAME", "MyName")]


def http_header(value: str) -> list[str]:
    """Check the name of an HTTP header."""
    return [] if _matches_header(value) else [not_matching(_HEADER_TEXT, _HEADER, "X-Header-Name")]


def percent(value: str) -> list[str]:
    """Check a percentage such as `25%`."""
    return [] if _matches_percent(value) else [not_matching(_PERCENT_TEXT, _PERCENT, "1%", "93%")]


def port_name(value: str) -> list[str]:
    """Check the name of a port."""
    rules: tuple[tuple[bool, str], ...] = (
        (_size(value) <= 15, too_long(15)),
        (_matches_port(value) is not None, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (_has_letter(value) is not None, "must contain at least one letter (a-z)"),
        ("--" not in value, "must not contain consecutive hyphens"),
        (not value.startswith("-") and not value.endswith("-"), "must not begin or end with a hyphen"),
    )
    return [message for holds, message in rules if not holds]


def path_segment(value: str) -> list[str]:
    """Check a name that only has to fit into a path: those of RBAC objects."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{letter}'" for letter in "/%" if letter in value]


def as_prefix(value: str) -> str:
    """Return a name that is valid if names made from the generateName `value` are: a trailing dash does no harm."""
    return value[:-2] + "a" if len(value) > 1 and value.endswith("-") else value


def generate(base: str, choose: Callable[[str], str]) -> str:
    """Return `base` and a random suffix, in at most 63 characters; `choose` picks one letter of a text."""
    suffix = "".join(choose(NAME_ALPHABET) for _ in range(SUFFIX_LENGTH))
    return base[: LABEL_LENGTH - SUFFIX_LENGTH] + suffix
