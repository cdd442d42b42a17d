"""ConfigMap kube-system/extension-apiserver-authentication: how servers of aggregated APIs recognise users.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
"""

from typing import Any

import orjson

from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import ensure
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.wire import Object

NAME, NAMESPACE = "extension-apiserver-authentication", "kube-system"


async def reconcile(backend: Backend) -> None:
    """Make the ConfigMap, or put right what it says of this server's authorities."""
    data = content(backend.settings)

    def correct(found: dict[str, Any]) -> None:
        found["data"] = {**(found.get("data") or {}), **data}

    await ensure(backend, {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": NAMESPACE}, "data": data,
    }, correct)


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
