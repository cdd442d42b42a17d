"""`python -m tests.bench`: all rows, those of `kubewheel bench` and those that need images made here."""

import sys

from kubewheel.bench import rows
from kubewheel.bench.command import run
from tests.bench import rows as rows_with_images

if __name__ == "__main__":
    sys.exit(run("make bench", [rows, rows_with_images]))
