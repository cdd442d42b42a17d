"""What holds for all expressions: reading what was written, failing in known ways only, and ending soon."""

import asyncio
import contextlib
import gc
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubewheel.libs import cel
from kubewheel.libs.cel import estimates, parser, types
from kubewheel.libs.cel.nodes import Call, Constant, Macro, MakeList, MakeMap, Name, Node, Select
from kubewheel.libs.cel.sizes import TOP, Path, Size
from kubewheel.libs.patience import Lengthy, unhurried
from tests.unit.libs.cel.test_program import shared

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BINARY = ("||", "&&", "<", "<=", ">", ">=", "==", "!=", "in", "+", "-", "*", "/", "%")
FUNCTIONS = {sign: {"in": "@in"}.get(sign, f"_{sign}_") for sign in BINARY}
NAMES = ("self", "a", "b", "l", "m")
METHODS = ("size", "trim", "sum", "reverse", "hasValue", "sort", "flatten", "join", "first", "distinct", "max")
LOOPS = ("all", "exists", "exists_one", "map", "filter", "sortBy")

names = st.sampled_from(NAMES).map(lambda name: Name(0, name))
constants = st.one_of(
    st.integers(0, 2**63 - 1), st.booleans(), st.none(), st.text(max_size=6),
    st.floats(0, 1e6, allow_nan=False).map(abs), st.binary(max_size=4),
).map(lambda value: Constant(0, value))


def inner(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Return what can be made of smaller parts."""
    return st.one_of(
        st.builds(lambda sign, left, right: Call(0, FUNCTIONS[sign], [left, right]), st.sampled_from(BINARY), nodes,
                  nodes),
        st.builds(lambda part: Call(0, "!_", [part]), nodes),
        st.builds(lambda *parts: Call(0, "_?_:_", [*parts]), nodes, nodes, nodes),
        st.builds(lambda part, field: Select(0, part, field), nodes, st.sampled_from("xyz")),
        st.builds(lambda part, field: Select(0, part, field, tests=True), nodes, st.sampled_from("xyz")),
        st.builds(lambda left, right: Call(0, "_[_]", [left, right]), nodes, nodes),
        st.builds(lambda parts: MakeList(0, [(part, False) for part in parts]), st.lists(nodes, max_size=3)),
        st.builds(lambda pairs: MakeMap(0, [(*pair, False) for pair in pairs]), st.lists(st.tuples(nodes, nodes),
                                                                                        max_size=2)),
        st.builds(lambda part, name: Call(0, name, [part], True), nodes, st.sampled_from(METHODS)),
        st.builds(lambda kind, target, name, part: Macro(0, kind, target, (name,), [part]), st.sampled_from(LOOPS),
                  nodes, st.sampled_from(NAMES), nodes),
    )


trees = st.recursive(st.one_of(names, constants), inner, max_leaves=14)


def written(node: Node) -> str:
    """Return the text of a tree, with parentheses around everything."""
    match node:
        case Constant(_, value):
            return _constant(value)
        case Name(_, name):
            return name
        case Select(_, operand, field, _, tests):
            return f"has(({written(operand)}).{field})" if tests else f"({written(operand)}).{field}"
        case MakeList(_, elements):
            return f"[{', '.join(written(each) for each, _ in elements)}]"
        case MakeMap(_, entries):
            return f"{{{', '.join(f'{written(key)}: {written(value)}' for key, value, _ in entries)}}}"
        case Macro(_, kind, target, (name,), (part,)):
            return f"({written(target)}).{kind}({name}, {written(part)})"
        case Call():
            return _call(node)
    raise AssertionError(node)


def _constant(value: Any) -> str:
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    if isinstance(value, bytes):
        return 'b"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'
    if isinstance(value, float):
        return f"{value:.17e}"
    return {True: "true", False: "false", None: "null"}[value] if type(value) is not int else str(value)


def _call(node: Call) -> str:
    parts = [f"({written(each)})" for each in node.arguments]
    if node.is_method:
        return f"{parts[0]}.{node.function}({', '.join(parts[1:])})"
    if node.function == "!_":
        return f"!{parts[0]}"
    if node.function == "_?_:_":
        return f"{parts[0]} ? {parts[1]} : {parts[2]}"
    if node.function == "_[_]":
        return f"{parts[0]}[{parts[1]}]"
    sign = next(sign for sign, function in FUNCTIONS.items() if function == node.function)
    return f"{parts[0]} {sign} {parts[1]}"


def shape(part: Any) -> Any:
    """Return a tree without its places."""
    if isinstance(part, list | tuple):
        return tuple(map(shape, part))
    if hasattr(part, "place"):
        return type(part).__name__, *(
            shape(getattr(part, name)) for name in part.__slots__ if name != "place"
        )
    return type(part).__name__, part


@QUICK
@given(trees)
def test_what_is_written_is_read(tree: Node) -> None:
    assert shape(parser.parse(written(tree))) == shape(tree)


@QUICK
@given(st.text(alphabet="ab1.\"'()[]{}?:,+-*/%!=<>&| \nr\\x_in0u", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = parser.parse(text)
    except cel.Invalid:
        return
    assert shape(parser.parse(f"({text}\n)")) == shape(node)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2**63, 2**63 - 1), st.floats(), st.text(max_size=5)),
    lambda parts: st.one_of(st.lists(parts, max_size=4), st.dictionaries(st.sampled_from("xyzk"), parts, max_size=3)),
    max_leaves=12,
)
ANYTHING = cel.Environment(cel.standard(), dict.fromkeys(NAMES, types.DYN))


@QUICK
@given(trees, st.fixed_dictionaries({name: values for name in NAMES}))
def test_evaluations_fail_in_known_ways_only(tree: Node, variables: dict[str, Any]) -> None:
    for is_checked in (False, True):
        try:
            program = cel.Program(written(tree), ANYTHING, checked=is_checked)
        except cel.Invalid:
            continue
        budget = cel.Budget(10**9)
        with contextlib.suppress(cel.Failure):
            program.evaluate(variables, budget)
        assert budget.left >= 10**9 - 2_000_000


def bounded(path: Path) -> Size | None:
    return Size(0, 5) if path else None


@QUICK
@given(trees)
def test_every_valid_expression_has_an_estimate(tree: Node) -> None:
    try:
        found = estimates.examine(written(tree), ANYTHING, bounded)
    except cel.Invalid:
        return
    assert 0 <= found.cost <= TOP


TYPED = cel.Environment(cel.standard(), {
    "l": types.list_of(types.INT), "t": types.list_of(types.STRING), "m": types.map_of(types.STRING, types.INT),
    "s": types.STRING, "n": types.INT,
})
CONDITIONS = ("x > n", "x == n", "x in l", "l.exists(y, y == x)", "l.all(y, y + x > 0)", "x > 0 && x < 5 || x == n")
RULES = (
    *(f"l.{loop}(x, {condition})" for loop in ("all", "exists", "exists_one") for condition in CONDITIONS),
    *(f"l.filter(x, {condition}).size() > 0" for condition in CONDITIONS), "l.map(x, x + n).size() > 0",
    "l.map(x, x > 0, x * 2).sum() > n", "t.all(x, x.contains(s))", "t.all(x, x.startsWith(s) || x.endsWith(s))",
    "t.exists(x, x.matches('^a+$'))", "t.join(s) != ''", "m.all(k, m[k] > n)", "has(m.k) ? m.k > n : s == ''",
    "t.all(x, x == s)", "t.isSorted() && l.isSorted()", "s + s != s", "t.map(x, x.upperAscii()).size() > 0",
    "cel.bind(y, l.filter(x, x > n), y.size() > 0 && y.size() < 5)", "t.all(x, x.replace('a', s) != s)",
)


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_evaluation_costs_more_than_its_estimate(rule: str, data: st.DataObject) -> None:
    text = st.text(alphabet="ab", max_size=20)
    variables = {
        "l": data.draw(st.lists(st.integers(-3, 9), max_size=20)), "t": data.draw(st.lists(text, max_size=20)),
        "m": data.draw(st.dictionaries(text, st.integers(-3, 9), max_size=20)), "s": data.draw(text),
        "n": data.draw(st.integers(-3, 9)),
    }
    estimated = estimates.examine(rule, TYPED, lambda path: Size(0, 20) if path[-1] not in ("n",) else None).cost
    budget = cel.Budget(10**9)
    with contextlib.suppress(cel.Failure):
        cel.Program(rule, TYPED).evaluate(variables, budget)
    assert 10**9 - budget.left <= estimated


LONG = {"l": list(range(20_000)), "t": ["a" * 50] * 10_000, "s": "a" * 500_000}
HEAVY = (
    "l.all(x, l.all(y, x + y >= 0))", "l.map(x, l.map(y, [x, y])).size() > 0", "l.all(x, string(x) != 'a')",
    "l.all(x, l == l)", "t.all(x, t == t)", "l.all(x, [dyn([x]), dyn({'a': x})] == [dyn([x]), dyn({'a': x})])",
    "t.all(x, x.matches('(a+)+$'))",
    "l.sortBy(x, -x).sortBy(x, x).size() > 0", "s.findAll('a').size() > 0", "s.split('').size() > 0",
    "l.all(x, duration(string(x) + 's') >= duration('0s'))",
    "l.all(x, ip('10.0.' + string(x % 255) + '.1').family() == 4)",
    "t.all(x, '%s %s'.format([x, t]) != '')", "l.transformList(i, x, l.transformMap(j, y, y)).size() > 0",
    "cel.bind(d, l.map(x, l), d == d)", shared("a") + shared("b", "a30 == b30") + "))" * 30 + "))",
    shared("a", "'%s'.format([a30])") + ")" * 31, shared("a", "a30.flatten(31)") + ")" * 31,
)


@pytest.mark.parametrize("text", HEAVY)
async def test_nothing_keeps_others_waiting(text: str) -> None:
    program = cel.Program(text, cel.Environment(cel.standard(), dict.fromkeys(LONG, types.DYN)))
    gc.disable()  # A look at the heap of all tests is none of the evaluation's time.
    try:
        begun = time.thread_time()
        with contextlib.suppress(Lengthy, cel.Failure):
            program.evaluate(LONG)
        spent = time.thread_time() - begun
    finally:
        gc.enable()
    assert spent < 0.4


async def test_lengthy_work_goes_on_elsewhere() -> None:
    program = cel.Program("l.all(x, l.all(y, x + y >= 0))", cel.Environment(cel.standard(), {"l": types.DYN}))
    beats, few = 0, {"l": list(range(220))}

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        beating = group.create_task(beat(), name="beat")
        with pytest.raises(Lengthy):
            program.evaluate(few)
        assert await unhurried(lambda: program.evaluate(few)) is True
        beating.cancel()
    assert beats > 2
