"""Expressions: what Kubernetes adds to CEL, and what the evaluating package has to be helped with."""

from typing import Any

import pytest

from kubewheel.api import expressions

SELF = {"a": {"b": 3}, "l": [3, 1], "m": {"k": 1}, "s": "a,b", "q": "1Gi"}


@pytest.mark.parametrize(("text", "value"), [
    ("self.?a.b.orValue(1)", 3), ("self.a.?zz.orValue('d')", "d"), ("self.?zz.b.hasValue()", False),
    ("self.m[?'k'].orValue(5)", 1), ("cel.bind(x, self.a.b, x + 1)", 4),
    ("self.m.all(k, v, v > 0 && k == 'k')", True), ("self.l.transformList(i, v, v + i)", [3, 2]),
    ("self.m.transformMap(k, v, v + 1)", {"k": 2}), ("self.s.split(',')", ["a", "b"]), ("self.l.sum()", 4),
    ("self.l.isSorted()", False), ("self.l.indexOf(1)", 1), ("'%s is %d'.format(['x', 5])", "x is 5"),
    ("quantity(self.q).isGreaterThan(quantity('500Mi'))", True), ("quantity('1') == quantity('1000m')", True),
    ("'a1b22'.findAll('[0-9]+')", ["1", "22"]), ("math.greatest(1, 2)", 2), ("ip('::1').family()", 6),
    ("cidr('10.0.0.0/8').containsIP('10.1.1.1')", True), ("url('https://a:80/x').getHostname()", "a"),
    ("semver('1.2.3').isLessThan(semver('1.10.0'))", True), ("isQuantity('x')", False), ("'aB'.lowerAscii()", "ab"),
    ("format.dns1123Label().validate('a_').hasValue()", True), ("optional.of(1).optMap(v, v + 1).value()", 2),
    ("sets.contains([1, 2], [2])", True), ("'x' in self.m", False),
])
def test_evaluate(text: str, value: Any) -> None:
    assert expressions.compile(text).evaluate({"self": SELF}) == value


@pytest.mark.parametrize(("text", "message"), [
    ("1 +", "Syntax error"), ("frob(1)", "undeclared reference to 'frob'"), ("(1", "missing .* at '<EOF>'"),
])
def test_invalid(text: str, message: str) -> None:
    with pytest.raises(expressions.Invalid, match=message):
        expressions.compile(text)


@pytest.mark.parametrize(("text", "message"), [
    ("self.zz", "no such key: zz"), ("1 / 0", "division by zero"), ("quantity('x') == quantity('1')", "quantities"),
])
def test_failure(text: str, message: str) -> None:
    with pytest.raises(expressions.Failure, match=message):
        expressions.compile(text).evaluate({"self": SELF})


def test_names() -> None:
    made = expressions.compile("self.l.all(x, x > other.a.b)")
    assert made.variables == {"self", "other"}
    assert ("other", "a", "b") in made.chains
