"""Saves a cluster's state to a file, and lets a cluster begin with a saved one.

A running cluster is asked for its state, so that whatever holds it stays open; that of a stopped one is read from its
store. The file also says which address ranges the objects are from: a new cluster takes them over.
"""

import asyncio
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kubewheel.apiserver import documents
from kubewheel.cli.control import ControlError
from kubewheel.launch import datastore, pki, settings
from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import ClusterSettings
from kubewheel.libs import tls
from kubewheel.libs.clock import RealClock
from kubewheel.storage import Unavailable, snapshot_file
from kubewheel.storage.snapshot_file import State
from kubewheel.storage.sqlite import fill

ABOUT = ("runtime", "nodes", "service_cidr", "cluster_cidr", "domain")  # Settings that objects bear the traces of.
ANSWER_SECONDS = 60.0


def save(layout: Layout, path: Path, *, is_running: bool) -> Mapping[str, Any]:
    """Write the state of the cluster in `layout` to `path`, readable for the owner only; raise ControlError."""
    chosen = settings.load(layout.settings)
    if chosen is None or not (chosen.etcd_servers or layout.database.exists()):
        raise ControlError(f"{layout.root} holds no cluster; `kubewheel up` makes one")
    state = _ask(layout, chosen) if is_running else asyncio.run(_read(layout, chosen))
    state = replace(state, about={name: getattr(chosen, name) for name in ABOUT})
    try:
        tls.write_private(path, snapshot_file.encode(state))
    except OSError as error:
        raise ControlError(f"cannot write {path}: {error}") from error
    return _summary(state)


def _ask(layout: Layout, chosen: ClusterSettings) -> State:
    """Return the state of the running cluster, as its API server tells it to the administrator."""
    url = f"https://127.0.0.1:{chosen.port}{documents.SNAPSHOT}"
    context = tls.client_context(pki.paths(layout.pki, pki.AUTHORITY)[0], *pki.paths(layout.pki, pki.ADMIN))
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS, context=context) as answer:
            return snapshot_file.decode(answer.read(), url)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise ControlError(f"the API server does not tell its state: {error}; see `kubewheel status`") from error


async def _read(layout: Layout, chosen: ClusterSettings) -> State:
    try:
        async with datastore.opened(layout, chosen, RealClock()) as store:
            return State(snapshot_file.in_order(store.entries()), store.revision, time.time())
    except (Unavailable, settings.Unfit) as error:
        raise ControlError(str(error)) from error


def load(
    layout: Layout, path: Path, options: Mapping[str, Any], *, is_replaced: bool
) -> Mapping[str, Any]:
    """Let the stopped or new cluster in `layout` begin with the state in `path`; raise ControlError."""
    if layout.database.exists() and not is_replaced:
        raise ControlError(
            f"{layout.root} holds a cluster with a state of its own; choose another --data-dir, or forget that state "
            "with --replace"
        )
    try:
        state = snapshot_file.read(path)
        stored = settings.load(layout.settings)
        chosen = settings.decide(stored, _wanted(state, options, stored))
        if chosen.etcd_servers:
            raise settings.Unfit("the cluster's state is in etcd; restore a snapshot of etcd's own there")
    except (OSError, ValueError) as error:
        raise ControlError(f"cannot load {path}: {error}") from error
    layout.database.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    try:
        fill(layout.database, state.entries, state.revision, datastore.read_encryption(chosen))
    except (Unavailable, sqlite3.Error, settings.Unfit) as error:
        raise ControlError(str(error)) from error
    if stored is None:
        settings.save(layout.settings, chosen)
    return _summary(state)


def _wanted(state: State, options: Mapping[str, Any], stored: ClusterSettings | None) -> Mapping[str, Any]:
    """Return the settings that the state asks for; how a cluster runs its nodes is its own affair once it exists."""
    wanted = {name: state.about[name] for name in ABOUT if name in state.about} | dict(options)
    if stored is not None and not options:
        wanted["runtime"] = stored.runtime
    if stored is not None or wanted.get("runtime") == settings.CONTAINERD:
        wanted["nodes"] = stored.nodes if stored is not None else 1
    return wanted


def _summary(state: State) -> Mapping[str, Any]:
    return {"objects": len(state.entries), "revision": state.revision}
