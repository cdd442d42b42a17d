"""Credentials of a kubeconfig on the wire."""

import os
from pathlib import Path

from kubewheel.client.http import TokenFile


def test_token_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")
    source = TokenFile(path)
    assert source() == {"authorization": "Bearer one"}
    assert source() is source()
    path.write_text("two\n")
    os.utime(path, ns=(1, 1))
    assert source() == {"authorization": "Bearer two"}
