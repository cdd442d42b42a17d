"""ConfigMap kube-system/extension-apiserver-authentication: how servers of aggregated APIs recognise users.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
"""

from contextlib import suppress
from typing import Any

import orjson

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import ensure
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.wire import Object
from kubewheel.storage import Key, Unavailable

NAME, NAMESPACE = "extension-apiserver-authentication", "kube-system"
LOOK_SECONDS = 60.0


async def reconcile(backend: Backend) -> None:
    """Make the ConfigMap, or put right what it says of this server's authorities."""
    data = content(backend.settings)

    def correct(found: dict[str, Any]) -> None:
        found["data"] = {**(found.get("data") or {}), **data}

    await ensure(backend, {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}, "data": data,
    }, correct)


async def keep(backend: Backend) -> None:
    """Put it back when somebody deletes or changes it; never returns. Looks as often as upstream does."""
    wanted = content(backend.settings)
    while True:
        await backend.clock.sleep(LOOK_SECONDS)
        entry = backend.store.get(Key("configmaps", NAMESPACE, NAME))
        found = (entry.object.get("data") or {}) if entry is not None else None
        if found is None or any(found.get(name) != value for name, value in wanted.items()):
            with suppress(Unavailable, StatusError):
                await reconcile(backend)


def content(settings: ApiServerSettings) -> Object:
    """Return the data of the ConfigMap."""
    data = {}
    if settings.client_ca:
        data["client-ca-file"] = settings.client_ca.decode()
    proxy = settings.front_proxy
    if proxy is not None:
        data |= {
            "requestheader-client-ca-file": proxy.certificate_authority.decode(),
            "requestheader-username-headers": _listed(proxy.username_headers),
            "requestheader-uid-headers": _listed(proxy.uid_headers),
            "requestheader-group-headers": _listed(proxy.group_headers),
            "requestheader-extra-headers-prefix": _listed(proxy.extra_header_prefixes),
            "requestheader-allowed-names": _listed(proxy.allowed_names),
        }
    return data


def _listed(values: tuple[str, ...]) -> str:
    return orjson.dumps(values).decode()
