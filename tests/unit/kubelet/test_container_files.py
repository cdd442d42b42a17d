"""Files made for containers, and what they leave."""

from pathlib import Path

from kubewheel.kubelet import container_files
from tests.unit.kubelet.build import EXITED, UID, pod, status


def test_hosts_file_keeps_its_inode(tmp_path: Path) -> None:
    path = container_files.write_hosts(tmp_path / "pod", "one\n")
    before = path.stat().st_ino
    container_files.write_hosts(tmp_path / "pod", "two\n")
    assert (path.read_text(), path.stat().st_ino) == ("two\n", before)


def test_termination_file(tmp_path: Path) -> None:
    path = container_files.make_termination_file(tmp_path, "main", 2)
    assert path.stat().st_mode & 0o777 == 0o666
    assert container_files.termination_message(str(path), "", fall_back=True) == ""
    path.write_text("x" * 5000)
    assert container_files.termination_message(str(path), "", fall_back=False) == "x" * 4096
    assert container_files.termination_message("/nonexistent", "", fall_back=False) == ""


def test_log_tail_stands_in(tmp_path: Path) -> None:
    log = tmp_path / "0.log"
    log.write_text("".join(f"2026-01-01T00:00:00Z stdout F line {number}\n" for number in range(200)))
    message = container_files.termination_message("/nonexistent", str(log), fall_back=True)
    lines = message.splitlines()
    assert lines[-1] == "line 199"
    assert len(lines) <= 80
    assert container_files.termination_message("/nonexistent", str(log), fall_back=False) == ""


def test_paths_and_removal(tmp_path: Path) -> None:
    directory = container_files.log_directory(tmp_path, pod())
    assert directory == tmp_path / "pods" / "shop_web_0b1e-uid"
    log = directory / container_files.log_path("main", 1)
    log.parent.mkdir(parents=True)
    for name in ("1.log", "1.log.20260101-000000.gz", "2.log"):
        (log.parent / name).touch()
    container_files.make_termination_file(tmp_path, "main", 1)
    dead = status(state=EXITED, restarts=1)
    container_files.remove_container_files(tmp_path, type(dead)(dead.container, log_path=str(log)), 1)
    assert [path.name for path in log.parent.iterdir()] == ["2.log"]
    assert not (tmp_path / "containers" / "main" / "1").exists()
    assert container_files.pods_with_logs(tmp_path) == {UID}
    container_files.remove_logs(tmp_path, UID)
    assert not directory.exists()
