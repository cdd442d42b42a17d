"""`python -m tests.bench [P1 P3 ...] [--json FILE]`: measures the rows and prints them as a table."""

import argparse
import asyncio
import importlib
import json
import pkgutil
import tempfile
from pathlib import Path
from types import ModuleType

from tests.bench import rows
from tests.bench.support import Bench


def main() -> None:
    """Measure the rows that the command line names, all by default."""
    parser = argparse.ArgumentParser(prog="tests.bench")
    parser.add_argument("numbers", nargs="*", help="rows to measure, for example P3")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    chosen = [row for row in _rows() if not options.numbers or row.NUMBER in options.numbers]
    figures = {}
    print(f"{'#':<5}{'work':<72}{'aim':<26}measured")
    for row in chosen:
        with tempfile.TemporaryDirectory(prefix="kubewheel-bench-") as folder:
            figures[row.NUMBER] = asyncio.run(row.measure(Bench(Path(folder))))
        work = (row.__doc__ or "").strip().splitlines()[0]
        print(f"{row.NUMBER:<5}{work:<72}{row.AIM:<26}{figures[row.NUMBER]}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _rows() -> list[ModuleType]:
    names = sorted(entry.name for entry in pkgutil.iter_modules(rows.__path__))
    return [importlib.import_module(f"tests.bench.rows.{name}") for name in names]


if __name__ == "__main__":
    main()
