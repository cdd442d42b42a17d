"""CEL: what expressions evaluate to, what is wrong with them, and that none of them can be too much work."""

import time
from typing import Any

import pytest

from kubewheel.libs import cel
from kubewheel.libs.cel import types
from kubewheel.libs.cel.types import Type

VARIABLES: dict[str, Type] = {
    "self": types.DYN, "n": types.INT, "s": types.STRING, "l": types.list_of(types.INT),
    "m": types.map_of(types.STRING, types.INT), "o": types.object_of("O", {"x": types.INT, "t": types.STRING}),
    "q.r": types.STRING, "q": types.object_of("Q", {"z": types.INT}), "p": types.optional_of(types.INT),
}
VALUES: dict[str, Any] = {
    "self": {"a": {"b": 1}, "none": None, "items": [{"n": "y", "v": 2}, {"n": "x", "v": 1}]}, "n": 7, "s": "héllo",
    "l": [3, 1, 2], "m": {"k": 1}, "o": {"x": 1}, "q.r": "dotted", "q": {"z": 5}, "p": cel.optional(),
}


def environment() -> cel.Environment:
    made = {"Thing": types.object_of("Thing", {"x": types.INT, "any": types.DYN})}
    return cel.Environment(cel.standard(), VARIABLES, made.get)


def program(text: str) -> cel.Program:
    return cel.Program(text, environment())


@pytest.mark.parametrize(("text", "value"), [
    ("1 + 2 * 3 - 4 / 2 % 3", 5), ("-7 / 2", -3), ("-7 % 3", -1), ("7u + 1u", 8), ("1.5 + 1.5", 3.0), ("0x1F", 31),
    ("-9223372036854775808", -(2**63)), ("!true || !!true", True), ("n > 5 ? 'big' : 'small'", "big"),
    ("1 == 1.0 || true", None), ("1 < 1.5 && 2u > 1", True), ("'a' + \"b\" + r'\\n' + '''c'''", "ab\\nc"),
    (r"'\x41\u00e9\101\n'", "AéA\n"), (r"b'\xff' + b'a'", b"\xffa"), ("size(s) + s.size()", 10), ("[1, 2][1]", 2),
    ("{'a': 1}['a']", 1), ("{'a': 1}.a", 1), ("1 in l && !(9 in l)", True), ("'k' in m", True), ("has(self.a.b)", True),
    ("has(self.a.c) || has(self.none.x)", False), ("true || self.zz == 1", True), ("self.zz == 1 || true", True),
    ("self.zz == 1 && false", False), ("l.all(x, x > 0)", True), ("l.exists(x, x > 2)", True),
    ("l.exists_one(x, x > 2)", True), ("l.existsOne(i, x, x > i)", True), ("l.map(x, x * 2)", [6, 2, 4]),
    ("l.map(x, x > 1, x * 2)", [6, 4]), ("l.filter(x, x > 1)", [3, 2]), ("m.map(k, k)", ["k"]),
    ("[1, 'x' == s ? 1 : 0].exists(x, 1 / x == 1)", True), ("l.transformList(i, x, i + x)", [3, 2, 4]),
    ("l.transformList(i, x, i > 0, x)", [1, 2]), ("m.transformMap(k, v, v + 1)", {"k": 2}),
    ("m.transformMapEntry(k, v, {k + k: v})", {"kk": 1}), ("self.items.sortBy(i, i.n).map(i, i.v)", [1, 2]),
    ("cel.bind(x, n + 1, x * x)", 64), ("[?self.?zz, ?self.?a.b]", [1]),
    ("{?'a': self.?zz, ?'b': self.?a.b}", {"b": 1}),
    ("self.?a.?b.orValue(0)", 1), ("self.?none.x.hasValue()", False), ("p.or(optional.of(4)).value()", 4),
    ("l[?9].orValue(0)", 0), ("optional.ofNonZeroValue('').hasValue()", False),
    ("optional.of(2).optFlatMap(v, optional.of(v + 1)).value()", 3), ("self.?a.optMap(a, a.b).value()", 1),
    ("q.r", "dotted"), ("q.z", 5), ("type(1) == int && type('') == string && type(l) == list", True),
    ("type(timestamp('2020-01-02T03:04:05Z')) == google.protobuf.Timestamp", True),
    ("timestamp('2020-01-02T03:04:05Z').getMonth()", 0), ("timestamp('2020-01-02T23:00:00Z').getDate('+02:00')", 3),
    ("string(timestamp('2020-01-02T03:04:05.120Z') + duration('1h'))", "2020-01-02T04:04:05.12Z"),
    ("duration('1h30m').getMinutes()", 90), ("string(duration('1.5s'))", "1.5s"), ("int('42') + int(2.9)", 44),
    ("uint(3) == 3u", True), ("double('1.5')", 1.5), ("string(1.0) + string(true) + string(b'x')", "1truex"),
    ("s.charAt(1) + s.substring(2, 4)", "éll"), ("s.indexOf('l') + s.lastIndexOf('l')", 5), ("' a '.trim()", "a"),
    ("'a-b-c'.replace('-', '+', 1)", "a+b-c"), ("'a,b,c'.split(',', 2)", ["a", "b,c"]), ("['a', 'b'].join('/')", "a/b"),
    ("'%s|%d|%.2f|%x|%b|%%'.format(['a', 5, 1.5, 255, 5])", "a|5|1.50|ff|101|%"),
    ("'%s'.format([[dyn(1), null, {'a': true}]])", "[1, null, {a: true}]"), ("strings.quote('a\"b')", '"a\\"b"'),
    ("'foo123'.matches('^[a-z]+[0-9]+$')", True), ("'a1b22'.findAll('[0-9]+', 1)", ["1"]), ("'ab'.find('z')", ""),
    ("l.isSorted()", False), ("l.min() + l.max() + l.sum()", 10), ("l.sort()", [1, 2, 3]),
    ("[1, 1, 2].distinct()", [1, 2]),
    ("[[1], [2]].flatten()", [1, 2]), ("l.slice(1, 3)", [1, 2]), ("lists.range(3)", [0, 1, 2]),
    ("l.first().value()", 3),
    ("sets.equivalent([1, 2], [2, 1, 1])", True), ("sets.intersects([1], [2])", False), ("math.abs(-3)", 3),
    ("math.round(2.5) + math.ceil(0.1)", 4.0), ("math.least([3, 2])", 2), ("base64.encode(b'hi')", "aGk="),
    ("string(base64.decode('aGk'))", "hi"), ("jsonpatch.escapeKey('a/b~c')", "a~1b~0c"),
    ("ip('10.0.0.1').isGlobalUnicast()", True), ("ip.isCanonical('::0001')", False), ("isIP('1.2.3')", False),
    ("string(cidr('10.1.2.3/8').masked())", "10.0.0.0/8"), ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", True),
    ("cidr('10.0.0.0/8').ip() == ip('10.0.0.0')", True), ("isCIDR('10.0.0.0/40')", False),
    ("url('https://u@h:8080/a b?x=1&x=2').getHost()", "h:8080"), ("url('/p?x=1&x=2').getQuery()", {"x": ["1", "2"]}),
    ("url('https://[::1]:80/').getHostname()", "::1"), ("Thing{x: 1, any: 'z'}", {"x": 1, "any": "z"}),
    ("Thing{?x: p}", {}), ("{1: 'a'}[1]", "a"), ("self.none == null", True),
    ("[1, 2] == [1, 2] && {'a': 1} == {'a': 1}", True),
    ("1 // a comment\n + 1", 2), ("self.items[0].`n`", "y"),
])
def test_values(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(cel.Invalid, match="found no matching overload for '_==_'"):
            program(text)
        return
    made = program(text).evaluate(VALUES)
    assert made == value
    assert isinstance(made, bool) is isinstance(value, bool)


@pytest.mark.parametrize(("text", "message"), [
    ("1 +", "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'['"),
    ("a b", "ERROR: <input>:1:3: Syntax error: extraneous input 'b' expecting <EOF>\n | a b\n | ..^"),
    ("s ==\n  n",
     "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(string, int)'\n | s ==\n | ..^"),
    ("1 #", "ERROR: <input>:1:3: Syntax error: token recognition error at: '#'"),
    ("zz", "ERROR: <input>:1:1: undeclared reference to 'zz' (in container '')"),
    ("zz(1)", "ERROR: <input>:1:3: undeclared reference to 'zz' (in container '')"),
    ("o.y", "ERROR: <input>:1:2: undefined field 'y'\n | o.y\n | .^"),
    ("n.y", "type 'int' does not support field selection"),
    ("n + s", "found no matching overload for '_+_' applied to '(int, string)'"),
    ("!n", "found no matching overload for '!_' applied to '(int)'"),
    ("s.charAt(s)", "found no matching overload for 'charAt' applied to 'string.(string)'"),
    ("n && true", "found no matching overload for '_&&_' applied to '(int, bool)'"),
    ("s in l", "found no matching overload for '@in' applied to '(string, list(int))'"),
    ("n ? 1 : 2", "found no matching overload for '_?_:_' applied to '(int, int, int)'"),
    ("l['a']", "found no matching overload for '_[_]' applied to '(list(int), string)'"),
    ("l.all(x, x)", "found no matching overload for '_&&_' applied to '(bool, int)'"),
    ("n.all(x, true)", "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"),
    ("l.all(x.y, true)", "argument is not an identifier"), ("has(n)", "invalid argument to has() macro"),
    ("[1, 'a']", "expected type 'int' but found 'string'"),
    ("{'a': 1, 'b': ''}", "expected type 'int' but found 'string'"),
    ("Thing{y: 1}", "undefined field 'y'"), ("Other{}", "undeclared reference to 'Other'"),
    ("Thing{x: 'a'}", "expected type of field 'x' is 'int' but provided type is 'string'"),
    ("s.matches('(')", "ERROR: <input>:1:11: invalid matches argument"),
    ("duration('1x')", "invalid duration argument"),
    ("timestamp('now')", "invalid timestamp argument"), ("9223372036854775808", "invalid int literal"),
    ("for", "reserved identifier: for"),
    ("'a", "token recognition error"),
    ("(" * 300 + "1" + ")" * 300, "recursion limit exceeded"), ("'" + "a" * 100_001 + "'", "exceeds limit"),
])
def test_invalid(text: str, message: str) -> None:
    with pytest.raises(cel.Invalid) as caught:
        program(text)
    assert message in str(caught.value)


def test_all_faults_are_told() -> None:
    with pytest.raises(cel.Invalid) as caught:
        program("zz + yy")
    assert [line for line in str(caught.value).split("\n") if "ERROR" in line] == [
        "ERROR: <input>:1:1: undeclared reference to 'zz' (in container '')",
        "ERROR: <input>:1:6: undeclared reference to 'yy' (in container '')",
    ]


@pytest.mark.parametrize(("text", "message"), [
    ("self.zz", "no such key: zz"), ("self.none.x", "no such key: x"), ("l[9]", "index out of bounds: 9"),
    ("1 / 0", "division by zero"), ("1 % 0", "modulus by zero"), ("9223372036854775807 + 1", "integer overflow"),
    ("1u - 2u", "unsigned integer overflow"), ("self.a + 1", "no such overload"),
    ("self.a && true", "no such overload"),
    ("p.value()", "optional.none() dereference"), ("int('x')", "strconv.ParseInt"),
    ("duration(dyn('1x'))", "invalid duration"),
    ("timestamp(dyn('now'))", "cannot parse"), ("'a'.matches(dyn('('))", "error parsing regexp"),
    ("{'a': 1, 'a': 2}", "duplicate key"),
    ("'%d'.format([])", "index 0 out of range"), ("ip('x')", "parse error"),
    ("s.substring(3, 1)", "invalid substring range"),
])
def test_failures(text: str, message: str) -> None:
    with pytest.raises(cel.Failure) as caught:
        program(text).evaluate(VALUES)
    assert message in str(caught.value)


def shared(name: str, body: str = "") -> str:
    """Return the beginning of an expression in which a list has 2^30 parts, all but 30 of them the same."""
    doubled = "".join(f"cel.bind({name}{i}, [dyn({name}{i - 1}), dyn({name}{i - 1})], " for i in range(1, 31))
    return f"cel.bind({name}0, [1], {doubled}{body}"


BIG = {**VALUES, "l": list(range(1000)), "s": "a" * 1000}


@pytest.mark.parametrize("text", [
    pytest.param("l.all(x, l.all(y, l.all(z, s.size() > 0 && s == s)))", id="nested-loops"),
    pytest.param("cel.bind(a, s + s, " * 30 + "1" + ")" * 30, id="never-used"),
    pytest.param("".join(f"cel.bind(a{i}, a{i - 1} + a{i - 1}, " if i else "cel.bind(a0, s, " for i in range(40))
                 + "a39.size()" + ")" * 40, id="doubled-text"),
    pytest.param("l.map(x, s.replace('a', s)).size()", id="replacements"),
    pytest.param("l.map(x, s).map(y, l.map(x, s).join(s)).size()", id="joined"),
    pytest.param("lists.range(999999999).size()", id="range"),
    pytest.param("l.all(x, l.all(y, s.matches('(a+)+$') && s.find('(a|aa)+b') == ''))", id="patterns"),
    pytest.param(shared("a") + shared("b", "a30 == b30") + "))" * 30 + "))", id="shared-parts-compared"),
    pytest.param(shared("a", "'%s'.format([a30])") + ")" * 31, id="shared-parts-shown"),
    pytest.param(shared("a", "a30.flatten(31)") + ")" * 31, id="shared-parts-flattened"),
    pytest.param("l.sortBy(x, l.sortBy(y, -y)[0]).size()", id="sorting"),
])
def test_work_is_limited(text: str) -> None:
    begun = time.process_time()
    made = program(text)
    if "never" not in text and "bind(a, " in text:
        assert made.evaluate(BIG) == 1
        return
    with pytest.raises(cel.Failure, match=r"cost limit exceeded|exceeds maximum"):
        made.evaluate(BIG)
    assert time.process_time() - begun < 3


def test_budget_of_several() -> None:
    budget = cel.Budget(80)
    made = program("l.map(x, x).size()")
    assert made.evaluate(VALUES, budget) == 3
    with pytest.raises(cel.OutOfBudget, match="running out of cost budget"):
        made.evaluate(VALUES, budget)


def test_names() -> None:
    made = program("l.all(x, x > q.z) && o.x == 1")
    assert made.variables == {"l", "q", "o"}
    assert ("q", "z") in made.chains
    assert made.type == types.BOOL
