"""The commands that the shell knows."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from kubewheel.kubelet.simulated.shell.actions import Exit, Output, Program, Read, Sleep, World


def _echo(arguments: list[str], _: World) -> Program:
    newline = True
    while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
        newline = newline and "n" not in arguments.pop(0)
    yield Output((" ".join(arguments) + ("\n" if newline else "")).encode())
    return 0


def _printf(arguments: list[str], _: World) -> Program:
    if not arguments:
        return 2
    text = arguments[0].replace("\\n", "\n").replace("\\t", "\t")
    values = iter(arguments[1:])
    yield Output(re.sub(r"%[sd]", lambda _: next(values, ""), text).encode())
    return 0


def _cat(arguments: list[str], world: World) -> Program:
    code = 0
    for name in [each for each in arguments if each != "-"]:
        if name in ("/etc/hostname", "/proc/sys/kernel/hostname"):
            yield Output(world.hostname.encode() + b"\n")
        else:
            yield Output(f"cat: can't open '{name}': No such file or directory\n".encode(), 2)
            code = 1
    if not arguments or "-" in arguments:
        while data := (yield Read()):
            yield Output(data)
    return code


def _wc(arguments: list[str], _: World) -> Program:
    data = b""
    while piece := (yield Read()):
        data += piece
    counts = {"-l": data.count(b"\n"), "-w": len(data.split()), "-c": len(data)}
    shown = [str(counts[flag]) for flag in arguments if flag in counts] or [str(each) for each in counts.values()]
    yield Output((" ".join(shown) + "\n").encode())
    return 0


def _hostname(_: list[str], world: World) -> Program:
    yield Output(world.hostname.encode() + b"\n")
    return 0


def _env(arguments: list[str], world: World) -> Program:
    known = {name: value for name, value in world.environment.items() if name != "?"}
    if arguments:
        found = [known[name] for name in arguments if name in known]
        yield Output("".join(f"{value}\n" for value in found).encode())
        return 0 if len(found) == len(arguments) else 1
    yield Output("".join(f"{name}={value}\n" for name, value in known.items()).encode())
    return 0


def _sleep(arguments: list[str], _: World) -> Program:
    seconds = 0.0
    for text in arguments:
        match = re.fullmatch(r"(\d+(?:\.\d+)?|infinity|inf)([smhd]?)", text)
        if match is None:
            yield Output(f"sleep: invalid number '{text}'\n".encode(), 2)
            return 1
        seconds += float(match.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match.group(2)]
    yield Sleep(seconds)
    return 0


def _seq(arguments: list[str], _: World) -> Program:
    try:
        numbers = [int(each) for each in arguments]
    except ValueError:
        return 1
    first, last = (1, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[-1])
    if len(numbers) not in (1, 2) or last - first > 1_000_000:
        return 1
    yield Output("".join(f"{each}\n" for each in range(first, last + 1)).encode())
    return 0


def _date(_: list[str], world: World) -> Program:
    moment = datetime.fromtimestamp(world.now(), UTC)
    yield Output(moment.strftime("%a %b %e %H:%M:%S UTC %Y\n").encode())
    return 0


def _says(text: str) -> Callable[[list[str], World], Program]:
    def command(_: list[str], __: World) -> Program:
        if text:
            yield Output(text.encode())
        return 0

    return command


def _ends(code: int) -> Callable[[list[str], World], Program]:
    def command(_: list[str], __: World) -> Program:
        yield from ()
        return code

    return command


def _exit(arguments: list[str], _: World) -> Program:
    yield from ()
    raise Exit(int(arguments[0]) & 0xFF if arguments and arguments[0].isdigit() else 0)


COMMANDS: Mapping[str, Callable[[list[str], World], Program]] = {
    "echo": _echo, "printf": _printf, "cat": _cat, "wc": _wc, "hostname": _hostname, "env": _env, "printenv": _env,
    "sleep": _sleep, "seq": _seq, "date": _date, "true": _ends(0), ":": _ends(0), "false": _ends(1), "exit": _exit,
    "whoami": _says("root\n"), "id": _says("uid=0(root) gid=0(root) groups=0(root)\n"), "pwd": _says("/\n"),
    "ls": _says(""), "mkdir": _ends(0), "touch": _ends(0), "export": _ends(0),
    "uname": _says("Linux\n"),
}
