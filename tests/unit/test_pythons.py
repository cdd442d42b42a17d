"""The source keeps to what every supported Python has, those included that no machine of ours runs yet.

Syntax and libraries from 3.11 on; nothing that 3.12 to 3.14 removed, made an error, or warn about.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "kubewheel"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "_generated" not in path.parts)
GONE = {  # https://docs.python.org/3.14/whatsnew/: removed or deprecated
    "asyncio": {
        "iscoroutinefunction", "get_event_loop", "set_event_loop_policy", "get_event_loop_policy", "get_child_watcher",
        "set_child_watcher", "AbstractEventLoopPolicy", "DefaultEventLoopPolicy",
    },
    "ast": {"Num", "Str", "Bytes", "NameConstant", "Ellipsis"},
    "pkgutil": {"find_loader", "get_loader", "ImpImporter"},
    "datetime": {"utcnow", "utcfromtimestamp"},
    "typing": {"ByteString", "no_type_check_decorator"},
    "importlib": {"find_loader"},
    "pty": {"master_open", "slave_open"},
    "os": {"popen", "spawnv"},
}
MODULES = frozenset((
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp",
    "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "smtpd", "spwd", "sunau",
    "telnetlib", "uu", "xdrlib",
))


def faults(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in GONE.get(node.value.id, ()):
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [module] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            yield from (f"line {node.lineno}: module {name}" for name in names if name.split(".")[0] in MODULES)
            yield from (f"line {node.lineno}: {module}.{each.name}" for each in node.names
                        if each.name in GONE.get(module, ()))
        elif isinstance(node, ast.Try | ast.TryStar):
            yield from (f"line {line}: leaves `finally`" for line in leaving(node.finalbody, loops=0))
        elif isinstance(node, ast.Attribute) and node.attr == "__annotations__":
            yield f"line {node.lineno}: reads annotations, which 3.14 evaluates late"


def leaving(body: list[ast.stmt], loops: int) -> Iterator[int]:
    """Yield the lines that jump out of a `finally` block (PEP 765)."""
    for node in body:
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break | ast.Continue) and not loops):
            yield node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        inner = loops + isinstance(node, ast.For | ast.AsyncFor | ast.While)
        for name in ("body", "orelse", "finalbody"):
            yield from leaving(getattr(node, name, []), inner)
        for handler in getattr(node, "handlers", ()):
            yield from leaving(handler.body, inner)


def test_the_check_finds_faults():
    found = list(faults(ast.parse(
        "import cgi\nfrom asyncio import get_event_loop\ntry:\n  pass\nfinally:\n  for a in b:\n    break\n  return 1\n"
        "asyncio.get_event_loop_policy()\n"
    )))
    assert sorted(found) == [
        "line 1: module cgi", "line 2: asyncio.get_event_loop", "line 8: leaves `finally`",
        "line 9: asyncio.get_event_loop_policy",
    ]


@pytest.mark.slow
def test_source_keeps_to_supported_pythons():
    found = []
    for path in FILES:
        tree = ast.parse(path.read_text(), feature_version=(3, 11))
        found += [f"{path.relative_to(SOURCE)} {fault}" for fault in faults(tree)]
    assert len(FILES) > 400
    assert found == []
