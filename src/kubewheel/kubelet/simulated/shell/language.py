"""The shell's language: words, quotes, variables, lists, pipelines, redirections."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kubewheel.kubelet.simulated.shell.actions import NOT_FOUND, Exit, Output, Program, Read, Unknown, World
from kubewheel.kubelet.simulated.shell.commands import COMMANDS

SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh"))
_TOKEN = re.compile(
    r"""
    [^\S\n]+ | \\\n
    | (?P<operator> && | \|\| | >&2 | 1>&2 | 2>&1 | 2> | > | ; | \| | & | \n )
    | (?P<word> (?: '[^']*' | "(?:\\.|[^"\\])*" | \\. | [^\s;&|<>'"\\] )+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(
    r"""'(?P<single>[^']*)' | "(?P<double>(?:\\.|[^"\\])*)" | \\(?P<escaped>.) | (?P<plain>[^'"\\]+)""",
    re.VERBOSE | re.DOTALL,
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+|\?))")
_SUBSTITUTION = re.compile(r"\$\(|`")
_GROUPING = re.compile(r"[()<]")
_SINGLE, _DOUBLE = re.compile(r"'[^']*'"), re.compile(r'"(?:\\.|[^"\\])*"')
_KEYWORDS = frozenset(("if", "while", "for", "until", "case", "function", "{", "trap", "exec", "set"))


def tokenize(script: str) -> list[tuple[str, str]]:
    """Return (kind, text) of each word and operator; raise Unknown for what is not understood."""
    tokens = []
    position = 0
    while position < len(script):
        match = _TOKEN.match(script, position)
        if match is None:
            raise Unknown(script[position:])
        position = match.end()
        if match.lastgroup:
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
    return tokens


def expand(word: str, environment: Mapping[str, str]) -> str:
    """Return `word` without quotes and with its variables replaced."""

    def variables(text: str) -> str:
        return _VARIABLE.sub(lambda found: environment.get(found.group(1) or found.group(2), ""), text)

    parts = []
    for piece in _PIECE.finditer(word):
        if piece.group("single") is not None:
            parts.append(piece.group("single"))
        elif piece.group("double") is not None:
            parts.append(variables(re.sub(r'\\(["\\$`])', r"\1", piece.group("double"))))
        elif piece.group("escaped") is not None:
            parts.append(piece.group("escaped"))
        else:
            parts.append(variables(piece.group("plain")))
    return "".join(parts)


def run(command: Sequence[str], world: World) -> Program:
    """Play a command as exec gives it: a program and its arguments."""
    try:
        return (yield from _simple(list(command), world))
    except Exit as exit_:
        return exit_.code


def _script(script: str, world: World) -> Program:
    active = _SINGLE.sub("", script)
    if _SUBSTITUTION.search(active) or _GROUPING.search(_DOUBLE.sub("", active)):
        if world.strict:
            raise Unknown(script)
        yield Output(b"sh: syntax not simulated\n", 2)
        return 2
    code = 0
    connector = ";"
    environment = dict(world.environment)
    for next_connector, pipeline in _lists(tokenize(script)):
        if connector == ";" or (connector == "&&") == (code == 0):
            environment["?"] = str(code)
            code = yield from _pipeline(pipeline, replace(world, environment=environment), environment)
        connector = next_connector
    return code


def _lists(tokens: Sequence[tuple[str, str]]) -> list[tuple[str, list[list[str]]]]:
    """Return the pipelines, each with the connector that follows it; a pipeline is a list of commands' raw words."""
    found: list[tuple[str, list[list[str]]]] = []
    pipeline: list[list[str]] = [[]]
    for kind, text in [*tokens, ("operator", ";")]:
        if kind == "word":
            pipeline[-1].append(text)
        elif text == "|":
            pipeline.append([])
        elif text in (">&2", "1>&2", "2>&1", "2>", ">"):
            pipeline[-1].append("\0" + text)
        elif text == "&":
            raise Unknown("background")
        elif pipeline != [[]]:
            found.append((";" if text == "\n" else text, pipeline))
            pipeline = [[]]
    return found


def _pipeline(pipeline: list[list[str]], world: World, environment: dict[str, str]) -> Program:
    given: bytes | None = None
    for raw in pipeline[:-1]:
        captured: list[bytes] = []
        yield from _fed(_command(raw, world, environment), given, captured)
        given = b"".join(captured)
    return (yield from _fed(_command(pipeline[-1], world, environment), given, None))


def _fed(program: Program, given: bytes | None, captured: list[bytes] | None) -> Program:
    """Play `program` with `given` as its stdin (None: the outer one), its stdout into `captured` (None: outside)."""
    answer = b""
    while True:
        try:
            action = program.send(answer) if answer else next(program)
        except StopIteration as stop:
            return int(stop.value or 0)
        answer = b""
        if isinstance(action, Read) and given is not None:
            answer, given = given, b""
        elif isinstance(action, Output) and action.channel == 1 and captured is not None:
            captured.append(action.data)
        else:
            answer = yield action


def _command(raw: list[str], world: World, environment: dict[str, str]) -> Program:
    """Play one simple command with its redirections."""
    words: list[str] = []
    moved: dict[int, int] = {}
    skip: str = ""
    for word in raw:
        if skip:
            if expand(word, environment) != "/dev/null" and world.strict:
                raise Unknown(word)
            moved[2 if skip == "2>" else 1] = 0
            skip = ""
        elif word.startswith("\0"):
            operator = word[1:]
            if operator in ("2>", ">"):
                skip = operator
            else:
                moved |= {2: 1} if operator == "2>&1" else {1: 2}
        else:
            words.append(word)
    while words and re.fullmatch(r"\w+=.*", words[0], re.DOTALL):
        name, _, value = words.pop(0).partition("=")
        environment[name] = expand(value, environment)
    if not words:
        return 0
    program = _simple([expand(word, environment) for word in words], world)
    return (yield from _redirected(program, moved))


def _redirected(program: Program, moved: Mapping[int, int]) -> Program:
    answer = b""
    while True:
        try:
            action = program.send(answer) if answer else next(program)
        except StopIteration as stop:
            return int(stop.value or 0)
        answer = b""
        if isinstance(action, Output) and action.channel in moved:
            if moved[action.channel]:
                yield Output(action.data, moved[action.channel])
        else:
            answer = yield action


def _simple(words: list[str], world: World) -> Program:
    if not words:
        return 0
    name = words[0].rpartition("/")[2]
    if name in SHELLS:
        return (yield from _shell(words[1:], world))
    command = COMMANDS.get(name)
    if command is not None:
        return (yield from command(words[1:], world))
    if world.strict or name in _KEYWORDS:
        raise Unknown(name)
    yield Output(f"sh: {words[0]}: not found\n".encode(), 2)
    return NOT_FOUND


def _shell(arguments: list[str], world: World) -> Program:
    for index, argument in enumerate(arguments):
        if argument.startswith("-") and argument.endswith("c") and index + 1 < len(arguments):
            return (yield from _caught(_script(arguments[index + 1], world)))
    if world.strict:
        raise Unknown("interactive shell")
    return (yield from _interactive(world))


def _caught(program: Program) -> Program:
    try:
        return (yield from program)
    except Exit as exit_:
        return exit_.code


def _interactive(world: World) -> Program:
    """Run the lines of stdin as they come."""
    pending, code = b"", 0
    while data := (yield Read()):
        *lines, pending = (pending + data.replace(b"\r", b"\n")).split(b"\n")
        for line in lines:
            try:
                code = yield from _script(line.decode("utf-8", "replace"), world)
            except Exit as exit_:
                return exit_.code
            except Unknown:
                code = 2
                yield Output(b"sh: syntax not simulated\n", 2)
    if pending.strip():
        code = yield from _caught(_script(pending.decode("utf-8", "replace"), world))
    return code
