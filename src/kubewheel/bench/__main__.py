"""`python -m kubewheel.bench`: the rows that need no checkout."""

import sys

from kubewheel.bench import rows
from kubewheel.bench.command import run

if __name__ == "__main__":
    sys.exit(run("kubewheel bench", [rows]))
