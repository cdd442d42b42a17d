"""Runs the chapters of `surface.yaml` against a cluster; the tests and the page in docs/ share it."""

import datetime
import io
import json
import re
import shlex
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.component.kubectl.support import SECONDS, Done, Tool

SOURCE = Path(__file__).with_name("surface.yaml")
ANY = "any"
PLACEHOLDER = "NAMESPACE"
ARCHIVER = "ARCHIVER"
COPIED = b"hello\n"
BLOCKS = 2048  # Of an archive of one short file and its end; what follows is padding.


@dataclass(frozen=True)
class Step:
    """One command, and what must come of it."""

    run: str
    shows: str
    code: int | str = 0
    until: str = ""
    stdin: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    quotes: str = "shell"
    literal: bool = False

    def words(self, namespace: str) -> list[str]:
        """Return the words of the command line."""
        text = self.run.replace(PLACEHOLDER, namespace)
        return text.split(" ") if self.quotes == "none" else shlex.split(text)

    def fault(self, done: Done, namespace: str) -> str:
        """Return what is wrong with what the command did; empty if nothing is."""
        if self.code not in (ANY, done.code):
            return f"exit code {done.code}: {done.all}"
        pattern = re.escape(self.shows) if self.literal else self.shows
        return "" if re.search(pattern, done.all.strip()) else f"no {pattern!r} in: {done.all}"


@dataclass(frozen=True)
class Chapter:
    """Commands that follow each other in a namespace of their own."""

    title: str
    steps: tuple[Step, ...]
    files: Mapping[str, str]

    @property
    def name(self) -> str:
        """The title as a name."""
        return re.sub(r"[^a-z]+", "-", self.title.lower()).strip("-")


def chapters() -> list[Chapter]:
    """Return what is to be run."""
    found = yaml.safe_load(SOURCE.read_text())
    return [
        Chapter(each["title"], tuple(Step(**step) for step in each["steps"]), each.get("files") or {})
        for each in found
    ]


class Player:
    """Runs chapters with one kubectl; `folder` is for their files and for a copy of the kubeconfig."""

    def __init__(self, tool: Tool, folder: Path) -> None:
        self.folder, self.admin = folder, tool
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(tool.kubeconfig.read_text())
        kubeconfig.chmod(0o600)
        self.tool = Tool(tool.program, kubeconfig, folder)

    def play(self, chapter: Chapter) -> Iterator[tuple[Step, Done]]:
        """Run a chapter; yield what each of its steps did."""
        namespace = chapter.name
        for name, content in chapter.files.items():
            filled = content.replace(PLACEHOLDER, namespace).replace(ARCHIVER, json.dumps(archiver()))
            (self.folder / name).write_text(filled)
        make_key_pair(self.folder)
        self.admin("create", "namespace", namespace)
        self.tool("config", "set-context", "--current", f"--namespace={namespace}")
        for step in chapter.steps:
            if step.needs == "csr":
                self._request(f"{namespace}-a", f"{namespace}-b")
            yield step, self.do(step, namespace)
        self.admin("delete", "namespace", namespace, "--wait=false")

    def do(self, step: Step, namespace: str) -> Done:
        """Run one step."""
        words = step.words(namespace)
        if step.until:
            return self._until(words, step.until)
        return self.tool.run(*words, stdin=step.stdin, **step.env)

    def _until(self, words: list[str], pattern: str) -> Done:
        """Run a command that goes on by itself, until it has shown something."""
        process = subprocess.Popen(
            [self.tool.program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env=self.tool.environment(), cwd=self.folder, text=True,
        )
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        assert process.stdout is not None
        shown = ""
        try:
            for line in process.stdout:
                shown += line
                if re.search(pattern, shown):
                    break
        finally:
            guard.cancel()
            process.terminate()
            process.wait(SECONDS)
            process.stdout.close()
        return Done(0, shown, "")

    def _request(self, *names: str) -> None:
        for name in names:
            content = {
                "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
                "spec": {"signerName": "example.com/own", "usages": ["client auth"], "request": signing_request()},
            }
            self.tool("create", "-f", "-", stdin=json.dumps(content))


def archiver() -> str:
    """Return what a simulated container answers as tar, by which files are copied: it has /tmp/motd, and takes any."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("tmp/motd")
        entry.size = len(COPIED)
        archive.addfile(entry, io.BytesIO(COPIED))
    return json.dumps({"tar cf - /tmp/motd": packed.getvalue()[:BLOCKS].decode(), "tar -xmf - -C /tmp": ""})


def make_key_pair(folder: Path) -> None:
    """Write tls.crt and tls.key."""
    from kubewheel.libs import tls

    if not (folder / "tls.key").exists():
        pair = tls.make_authority("test", datetime.datetime.now(datetime.UTC), 1)
        (folder / "tls.crt").write_bytes(pair.certificate_pem())
        (folder / "tls.key").write_bytes(pair.key_pem())


def signing_request() -> str:
    """Return a request for a certificate, as the API wants it."""
    import base64

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "eve")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(
        ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


def sub_commands(program: str) -> list[str]:
    """Return all sub-commands that kubectl has by its own help, `rollout undo` among them."""
    return list(_below(program, ()))


def _below(program: str, words: tuple[str, ...]) -> Iterator[str]:
    names = list(_listed(program, words))
    for name in names:
        yield from _below(program, (*words, name))
    if not names:
        yield " ".join(words)


def _listed(program: str, words: tuple[str, ...]) -> Iterator[str]:
    shown = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout
    is_list = False
    for line in shown.splitlines():
        if re.match(r"^[A-Z].*Commands.*:$", line):
            is_list = True
        elif line and not line.startswith(" "):
            is_list = False
        match = re.match(r"^  ([a-z][\w-]*)\s{2,}", line)
        if is_list and match:
            yield match[1]


def is_of(command: str, run: str) -> bool:
    """Tell whether a command line is one of a sub-command."""
    words: Any = command.split()
    return run.split()[: len(words)] == words
