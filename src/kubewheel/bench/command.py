"""The command line of the benchmarks: chooses rows, measures them, prints the table, writes JSON and chart."""

import argparse
import asyncio
import datetime
import importlib
import os
import pkgutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

import kubewheel
from kubewheel.bench import chart, upstream
from kubewheel.bench.clusters import Bench
from kubewheel.bench.load import machine_load
from kubewheel.bench.row import Figure, Row, Skipped


def run(program: str, packages: Sequence[ModuleType]) -> int:
    """Measure what the process's command line says; whatever ends it, its clusters end, too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return main(program, packages)
    except KeyboardInterrupt:
        print(f"{program}: interrupted")
        return 128 + signal.SIGINT


def main(program: str, packages: Sequence[ModuleType], words: Sequence[str] | None = None) -> int:
    """Measure the rows in `packages` that the command line names, all by default; return the exit code."""
    options = _parser(program).parse_args(words)
    every = find(packages)
    wanted = {number.upper() for number in options.rows}
    unknown = wanted - {number for row in every for number in row.numbers}
    if unknown:
        known = ", ".join(number for row in every for number in row.numbers)
        print(f"{program}: there is no row {', '.join(sorted(unknown))}; there are {known}")
        return 2
    wrong = _unwritable(options.json, options.svg)
    if wrong:
        print(f"{program}: {wrong}")
        return 2
    results = []
    print(f"{machine_load()}\ncompared with {upstream.name() or 'the anchors: no upstream servers are on the PATH'}\n")
    for row in every:
        if not wanted or wanted & set(row.numbers):
            results.append(result := measure(row, options.nodes))
            print(text(result), flush=True)
    report = _report(results)
    if options.json:
        options.json.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    if options.svg:
        options.svg.write_text(chart.draw(report))
    return 1 if any(result["error"] for result in results) else 0


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Measure how fast this machine runs a cluster.")
    parser.add_argument("rows", nargs="*", help="rows to measure, for example P3 (default: all)")
    parser.add_argument(
        "--nodes", default=(), type=_sizes, metavar="N,...", help="sizes for the row of simulated nodes (P13)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="also draw them")
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    sizes = text.split(",")
    if not all(each.isdecimal() and int(each) for each in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers above 0, as in 100,1000")
    return tuple(int(each) for each in sizes)


def _unwritable(*paths: Path | None) -> str:
    """Return why a file cannot be written: better told before the measuring than after it."""
    for path in paths:
        if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
            return f"cannot write {path}: {'it is a directory' if path.is_dir() else 'its directory is not writable'}"
    return ""


def find(packages: Sequence[ModuleType]) -> list[Row]:
    """Return the rows of `packages` in the order of their numbers."""
    rows = []
    for package in packages:
        for entry in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{entry.name}")
            work = (module.__doc__ or "").strip().splitlines()[0]
            rows.append(Row(module.ROW.numbers, module.ROW.aim, module.ROW.measure, work))
    return sorted(rows, key=lambda row: int(row.numbers[0][1:]))


def measure(row: Row, nodes: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return what a row came to; a failure is part of it, and the next row goes on."""
    result: dict[str, Any] = {"rows": row.numbers, "work": row.work, "aim": row.aim, "error": "", "skipped": ""}
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="kubewheel-bench-", dir="/var/tmp") as folder:
        try:
            figures = asyncio.run(_with(row, Bench(Path(folder), nodes)))
        except Skipped as reason:
            result["skipped"] = str(reason)
        except (RuntimeError, OSError, ValueError, ExceptionGroup) as error:
            result["error"] = f"{type(error).__name__}: {error}"
    result["figures"] = [
        {"name": each.name, "value": each.value, "unit": each.unit.strip(), "anchor": each.anchor,
         "upstream": each.upstream, "ratio": each.ratio, "text": str(each)}
        for each in figures
    ]
    return result


async def _with(row: Row, bench: Bench) -> list[Figure]:
    return await row.measure(bench)


def text(result: dict[str, Any]) -> str:
    """Return a row of the table."""
    told = "; ".join(each["text"] for each in result["figures"])
    told = told or (f"not measured: {result['skipped']}" if result["skipped"] else f"FAILED: {result['error']}")
    return f"{'-'.join(result['rows'][::len(result['rows']) - 1 or 1]):<8}{result['work']}\n" \
           f"{'':<8}aim {result['aim']}\n{'':<8}{told}\n"


def _report(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": kubewheel.__version__, "machine": machine_load(), "upstream": upstream.name(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "results": list(results),
    }
