"""Test kit: a whole cluster inside a test process.

In: what a test wants (kinds only, controllers, simulated nodes), manifests, faults, time.
Out: a ready cluster, its clients, its kubeconfig.  Public; nothing in the package imports it.
`cluster` is the cluster itself, for use within one event loop; `blocking` is the same for everybody else.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubewheel.api.errors import StatusError
    from kubewheel.kubelet.simulated.behaviour import Answer, Behaviour
    from kubewheel.testing.blocking import SyncCluster
    from kubewheel.testing.bridge import AsyncCluster
    from kubewheel.testing.client import SyncClient
    from kubewheel.testing.cluster import Cluster
    from kubewheel.testing.faults import Fault
    from kubewheel.testing.libraries import KubectlError
    from kubewheel.testing.options import Options
    from kubewheel.testing.scripts import Script
    from kubewheel.testing.settling import NotSettled, Report

__all__ = [
    "Answer", "AsyncCluster", "Behaviour", "Cluster", "Fault", "KubectlError", "NotSettled", "Options", "Report",
    "Script", "StatusError", "SyncClient", "SyncCluster",
]

_HOMES = {
    "Answer": "kubewheel.kubelet.simulated.behaviour", "AsyncCluster": "kubewheel.testing.bridge",
    "Behaviour": "kubewheel.kubelet.simulated.behaviour", "Cluster": "kubewheel.testing.cluster",
    "Fault": "kubewheel.testing.faults", "KubectlError": "kubewheel.testing.libraries",
    "NotSettled": "kubewheel.testing.settling", "Options": "kubewheel.testing.options",
    "Report": "kubewheel.testing.settling", "Script": "kubewheel.testing.scripts",
    "StatusError": "kubewheel.api.errors", "SyncClient": "kubewheel.testing.client",
    "SyncCluster": "kubewheel.testing.blocking",
}


def __getattr__(name: str) -> Any:
    # Test suites load our plugin whether they use it or not: nothing may be imported before it is asked for.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
