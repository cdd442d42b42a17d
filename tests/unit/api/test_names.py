"""Rules for names."""

import random

import pytest

from kubewheel.api import names


@pytest.mark.parametrize(("check", "value"), [
    (names.dns_label, "my-name"), (names.dns_label, "1"), (names.dns_subdomain, "a.b-c.d"),
    (names.dns_1035_label, "web"), (names.qualified_name, "app"), (names.qualified_name, "example.com/My_name.x"),
    (names.label_value, ""), (names.label_value, "A_b.c-1"), (names.config_map_key, ".bashrc"),
    (names.env_var_name, "a b-c.1"), (names.strict_env_var_name, "_A.b"), (names.c_identifier, "_a1"),
    (names.http_header, "X-Y"), (names.percent, "25%"), (names.port_name, "http-1"),
    (names.path_segment, "system:node"),
    (names.wildcard_subdomain, "*.example.com"),
])
def test_good(check, value):
    assert check(value) == []


@pytest.mark.parametrize(("check", "value", "message"), [
    (names.dns_label, "My", "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
     "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
     "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"),
    (names.dns_label, "a.b", "must not contain dots"),
    (names.dns_label, "a" * 64, "must be no more than 63 bytes"),
    (names.dns_subdomain, "a_b", "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "
     "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation "
     "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"),
    (names.dns_1035_label, "1a", "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
     "with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used "
     "for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"),
    (names.qualified_name, "/a", "prefix part must be non-empty"),
    (names.qualified_name, "a/", "name part must be non-empty"),
    (names.qualified_name, "a" * 64, "name part must be no more than 63 bytes"),
    (names.label_value, "a b", "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
     "or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
     "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"),
    (names.config_map_key, "..", "must not be '..'"),
    (names.config_map_key, "..a", "must not start with '..'"),
    (names.env_var_name, "", "environment variable name must be non-empty"),
    (names.port_name, "80", "must contain at least one letter (a-z)"),
    (names.path_segment, "a/b", "may not contain '/'"),
    (names.path_segment, "..", "may not be '..'"),
    (names.dns_label, "a\n", None),
    (names.label_value, "\u00e4" * 40, "must be no more than 63 bytes"),
])
def test_bad(check, value, message):
    found = check(value)
    assert found
    if message:
        assert message in found


def test_ranges():
    assert names.port_number(1) == names.port_number(65535) == []
    assert names.port_number(0) == ["must be between 1 and 65535, inclusive"]
    assert names.user_id(-1) == ["must be between 0 and 4294967295, inclusive"]


def test_generate_fits_and_is_valid():
    choose = random.Random(1).choice
    assert len(names.generate("web-", choose)) == 9
    long = names.generate("a" * 100, choose)
    assert len(long) == 63
    assert names.dns_label(long) == []


def test_as_prefix():
    assert names.as_prefix("web-") == "wea"
    assert names.as_prefix("web") == "web"
    assert names.as_prefix("-") == "-"
