"""UDP sockets within the network of a pod: images of the tests have no program for it."""

import ctypes
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

CLONE_NEWNET = 0x40000000


def _open_network(uid: str) -> IO[bytes]:
    """Open the network namespace of a pod."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"pod{uid}" in (entry / "cgroup").read_text():
                return open(entry / "ns" / "net", "rb")
        except OSError:
            continue  # It has just ended.
    raise AssertionError(f"no process of pod {uid}")


def in_pod(uid: str) -> socket.socket:
    """Return a UDP socket in a pod's network; the calling thread goes there and back."""
    libc = ctypes.CDLL(None, use_errno=True)
    with _open_network(uid) as there, open("/proc/thread-self/ns/net", "rb") as here:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        finally:
            assert libc.setns(here.fileno(), CLONE_NEWNET) == 0


@contextmanager
def answered(uid: str, port: int, answer: str) -> Iterator[None]:
    """Answer each datagram that comes to a port of a pod."""
    with in_pod(uid) as listening:
        listening.bind(("0.0.0.0", port))
        listening.settimeout(0.05)
        is_over = threading.Event()
        thread = threading.Thread(target=_answer, args=(listening, answer.encode(), is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _answer(listening: socket.socket, answer: bytes, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            _, client = listening.recvfrom(1024)
        except TimeoutError:
            continue
        listening.sendto(answer, client)


def ask(asking: socket.socket, address: str, port: int) -> str:
    """Return what a datagram is answered with, or nothing."""
    with asking:
        asking.settimeout(0.5)
        try:
            asking.sendto(b"?", (address, port))
            return asking.recv(1024).decode()
        except OSError:
            return ""
