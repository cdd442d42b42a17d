"""Metrics of the process and of what it stores, in Prometheus' text format, under the usual names."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

from kubewheel import KUBERNETES_VERSION
from kubewheel.api.registry import Registry
from kubewheel.apiserver.follow import FollowedStore

OBJECTS = "apiserver_storage_objects"


def lines(started: float) -> Iterator[str]:
    """Yield the metrics of the process; `started` is its wall time of starting."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    used = resource.getrusage(resource.RUSAGE_SELF)
    values = (
        ("process_cpu_seconds_total", "counter", "Processor time that the process has used.",
         f"{used.ru_utime + used.ru_stime:.2f}"),
        ("process_resident_memory_bytes", "gauge", "Memory that the process occupies.", str(_resident(used.ru_maxrss))),
        ("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", f"{started:.2f}"),
    )
    for name, kind, about, value in values:
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} {kind}"
        yield f"{name} {value}"
    yield "# HELP kubernetes_build_info What this server says it is."
    yield "# TYPE kubernetes_build_info gauge"
    yield f'kubernetes_build_info{{git_version="{KUBERNETES_VERSION}",major="{major}",minor="{minor}"}} 1'


def _resident(most_kilobytes: int) -> int:
    """Return the resident memory of now; where the system does not tell, the most there has been."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return most_kilobytes * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def object_lines(registry: Registry, store: FollowedStore) -> Iterator[str]:
    """Yield how many objects of each resource are stored."""
    yield f"# HELP {OBJECTS} Stored objects, by resource."
    yield f"# TYPE {OBJECTS} gauge"
    for key in sorted({each.storage_key for each in registry if each.is_stored}):
        page = store.list(key, limit=1)
        yield f'{OBJECTS}{{resource="{key}"}} {len(page.entries) + page.more}'
