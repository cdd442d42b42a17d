"""The cluster's process: `python -m kubewheel.launch.serve DATA_DIR [--progress-fd N]`.

Holds the cluster's lock while it runs. Ends on SIGTERM or SIGINT and leaves containers alone: they are the next
start's, or `cleanup`'s.
"""

import argparse
import datetime
import fcntl
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from kubewheel import storage
from kubewheel.launch import cluster, control, kubeconfig, machine, process, settings
from kubewheel.launch.layout import Layout
from kubewheel.libs.clock import RealClock

MAX_LOG_BYTES = 20_000_000  # A longer log is put aside at the next start.
log = logging.getLogger(__name__)


def main() -> int:
    """Run the cluster until a signal ends it; exit code 1 if it could not start."""
    options = _options()
    layout = Layout(Path(options.data_dir))
    logging.basicConfig(level=logging.INFO, format=process.LOG_FORMAT, stream=sys.stderr)
    lock = _lock(layout)
    if lock is None:
        log.error("the cluster in %s runs already", layout.root)
        return 1
    report, close = _progress(options.progress_fd)
    try:
        prepared = _prepare(layout, report)
        work = cluster.run(prepared, RealClock(), report, lambda: (report("ready"), close()))
        process.run_until_signal(work, "cluster")
    except (settings.Unfit, storage.Unavailable, OSError, ValueError) as error:
        report(f"kubewheel: {error}")
        log.error("cannot run: %s", error)
        return 1
    finally:
        layout.status.unlink(missing_ok=True)
        close()
        lock.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kubewheel.launch.serve")
    parser.add_argument("data_dir")
    parser.add_argument("--progress-fd", type=int, default=-1)
    return parser.parse_args()


def _prepare(layout: Layout, report: Callable[[str], None]) -> cluster.Prepared:
    """Settle everything that lies in files: settings, certificates, client configurations."""
    chosen = settings.load(layout.settings)
    if chosen is None:
        raise settings.Unfit(f"{layout.settings} is missing; start the cluster with `kubewheel up`")
    here = machine.observe()
    written = control.ensure_certificates(layout, chosen, here, datetime.datetime.now(datetime.UTC))
    if written:
        report(f"Certificates written: {', '.join(written)}.")
    if chosen.has_context:
        chosen = _add_context(layout, chosen)
    return cluster.Prepared(layout, chosen, here)


def _add_context(layout: Layout, chosen: settings.ClusterSettings) -> settings.ClusterSettings:
    path = kubeconfig.user_file(os.environ)
    before = kubeconfig.merge(path, control.admin_config(layout, chosen))
    if before and before != control.context_name(layout) and before != chosen.previous_context:
        chosen = replace(chosen, previous_context=before)
        settings.save(layout.settings, chosen)
    return chosen


def _lock(layout: Layout) -> IO[str] | None:
    """Take the lock and write our process id into it; None if another process has it."""
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    stream = layout.lock.open("a+")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return None
    stream.seek(0)
    stream.truncate()
    stream.write(f"{os.getpid()}\n")
    stream.flush()
    return stream


def _progress(descriptor: int) -> tuple[Callable[[str], None], Callable[[], None]]:
    """Return how to tell the command that waits for us a line, and how to stop telling."""
    if descriptor < 0:
        return lambda line: print(line, flush=True) if line != "ready" else None, lambda: None
    stream = os.fdopen(descriptor, "w", buffering=1)

    def report(line: str) -> None:
        if not stream.closed:
            with suppress(BrokenPipeError):
                stream.write(f"{line}\n")

    def close() -> None:
        with suppress(BrokenPipeError):
            stream.close()

    return report, close


if __name__ == "__main__":
    sys.exit(main())
