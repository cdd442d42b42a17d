"""Files of the node that the agent makes for containers: /etc/hosts, termination messages, log directories."""

import contextlib
import os
import shutil
from pathlib import Path

from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import ContainerStatus
from kubewheel.libs.wire import Object

MESSAGE_BYTES = 4096
LOG_TAIL_BYTES, LOG_TAIL_LINES = 2048, 80


def log_directory(logs_dir: Path, pod: Object) -> Path:
    """Return the directory of a pod's logs."""
    return logs_dir / "pods" / f"{pods.namespace(pod)}_{pods.name(pod)}_{pods.uid(pod)}"


def log_path(container_name: str, restart_count: int) -> str:
    """Return a container's log below the pod's directory."""
    return f"{container_name}/{restart_count}.log"


def write_hosts(pod_dir: Path, text: str) -> Path:
    """Write the pod's /etc/hosts in place, for containers hold the file itself; return its path."""
    path = pod_dir / "etc-hosts"
    with contextlib.suppress(FileNotFoundError):
        if path.read_text() == text:
            return path
    pod_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def make_termination_file(pod_dir: Path, container_name: str, restart_count: int) -> Path:
    """Make the empty file that a container writes its last words to."""
    path = pod_dir / "containers" / container_name / str(restart_count)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(0o666)
    return path


def termination_message(path: str, log: str, *, fall_back: bool) -> str:
    """Return a container's last words; with `fall_back` and none, the end of its log."""
    message = ""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        message = file.read(MESSAGE_BYTES).decode(errors="replace")
    if message or not fall_back:
        return message
    return _log_tail(log)


def _log_tail(log: str) -> str:
    """Return the last lines of a CRI log, without its time stamps."""
    try:
        with open(log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4 * LOG_TAIL_BYTES))
            lines = file.read().splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        return ""
    texts = [line.split(b" ", 3)[-1] for line in lines if line.count(b" ") >= 3]
    tail = b"\n".join(texts)
    return (tail + b"\n" if tail else b"")[-LOG_TAIL_BYTES:].decode(errors="replace")


def remove_container_files(pod_dir: Path, status: ContainerStatus, restart_count: int) -> None:
    """Remove what a removed container left: its log with the rotated ones, its termination file."""
    (pod_dir / "containers" / status.container.name / str(restart_count)).unlink(missing_ok=True)
    if not status.log_path:
        return
    log = Path(status.log_path)
    for path in log.parent.glob(f"{log.name}*"):
        path.unlink(missing_ok=True)


def remove_logs(logs_dir: Path, pod_uid: str) -> None:
    """Remove a pod's logs."""
    for directory in (logs_dir / "pods").glob(f"*_{pod_uid}"):
        shutil.rmtree(directory, ignore_errors=True)


def pods_with_logs(logs_dir: Path) -> set[str]:
    """Return the uids of the pods that have logs."""
    return {directory.name.rpartition("_")[2] for directory in (logs_dir / "pods").glob("*_*_*")}
