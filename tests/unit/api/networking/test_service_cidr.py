"""ServiceCIDR."""

import pytest

from kubewheel.api.networking.service_cidr import KIND


def created(*cidrs):
    return {"metadata": {"name": "s"}, "spec": {"cidrs": list(cidrs)}}


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created("10.96.0.0/16"), [], id="one"),
    pytest.param(created("10.96.0.0/16", "fd00::/112"), [], id="dual"),
    pytest.param(created(), ["spec.cidrs: Required value: at least one CIDR required"], id="none"),
    pytest.param(
        created("10.0.0.0/16", "11.0.0.0/16"),
        [
            'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/16","11.0.0.0/16"]}: may specify no more than one IP for '
            'each '
            "IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        ],
        id="one-family",
    ),
    pytest.param(
        created("x"),
        ['spec.cidrs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
        id="text",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


@pytest.mark.parametrize(("new", "allowed"), [
    pytest.param(created("10.0.0.0/16"), True, id="same"),
    pytest.param(created("10.0.0.0/16", "fd00::/112"), True, id="second-family"),
    pytest.param(created("11.0.0.0/16"), False, id="other"),
])
def test_update(new, allowed):
    assert (KIND.validate_update(new, created("10.0.0.0/16")) == []) is allowed


def test_row():
    assert list(KIND.row(created("10.0.0.0/16", "fd00::/112"), 0)) == ["s", "10.0.0.0/16,fd00::/112", "<unknown>"]
