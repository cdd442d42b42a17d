"""A node from its files: a kubeconfig, an authority, a key pair, a KubeletConfiguration.

Format: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
"""

import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.launch import machine, nodes
from kubewheel.launch.alone import config_file
from kubewheel.launch.alone.config_file import ConfigFile
from kubewheel.launch.layout import Layout
from kubewheel.launch.nodes import NodePlan
from kubewheel.launch.settings import Unfit

VERSION, KIND = "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"
SCHEME = "unix://"
ADDRESS, ENDPOINT = "address", "containerRuntimeEndpoint"
CERTIFICATE, KEY, AUTHORITY = "tlsCertFile", "tlsPrivateKeyFile", "authentication.x509.clientCAFile"


def duration_of_1s_to_300s(file: ConfigFile, value: Any) -> float:
    """Read a duration that is neither shorter nor longer."""
    seconds = config_file.duration(file, value)
    if not 1.0 <= seconds <= 300.0:
        raise ValueError(value)
    return seconds


SETTINGS = {  # field of the file: field of the settings, type
    "clusterDNS": ("cluster_dns", config_file.texts),
    "clusterDomain": ("cluster_domain", config_file.text),
    "containerLogMaxFiles": ("container_log_max_files", config_file.number),
    "containerLogMaxSize": ("container_log_max_bytes", config_file.size),
    "crashLoopBackOff.maxContainerRestartPeriod": ("longest_crash_delay_seconds", duration_of_1s_to_300s),
    "maxParallelImagePulls": ("max_parallel_pulls", config_file.number),
    "maxPods": ("max_pods", config_file.number),
    "nodeStatusReportFrequency": ("status_report_seconds", config_file.duration),
    "nodeStatusUpdateFrequency": ("heartbeat_seconds", config_file.duration),
    "port": ("port", config_file.number),
    "providerID": ("provider_id", config_file.text),
    "registerNode": ("register_node", config_file.flag),
    "registerWithTaints": ("taints", config_file.mappings),
    "resolvConf": ("resolv_conf", config_file.file_name),
    "runtimeRequestTimeout": ("serve_timeout_seconds", config_file.duration),
    "serializeImagePulls": ("serialize_image_pulls", config_file.flag),
    "syncFrequency": ("resync_seconds", config_file.duration),
    "systemReserved": ("reserved", config_file.quantities),
}
HONOURED = {name: None for name in (*SETTINGS, ADDRESS, ENDPOINT, CERTIFICATE, KEY, AUTHORITY)}
AS_IS = {  # how it is in any case
    "authentication.anonymous.enabled": False, "authentication.webhook.enabled": True, "authorization.mode": "Webhook",
    "cgroupDriver": "cgroupfs", "enableServer": True, "failSwapOn": False, "rotateCertificates": False,
    "serverTLSBootstrap": False, "readOnlyPort": 0,
}
log = logging.getLogger(__name__)


def plan(options: Mapping[str, Any], layout: Layout) -> NodePlan:
    """Return the node that the files and flags describe, with a warning for each field without effect; raise Unfit."""
    config = config_file.load(Path(options["config"]).expanduser(), VERSION, KIND)
    for warning in config.warnings(HONOURED, AS_IS):
        log.warning("%s", warning)
    here = machine.observe()
    name = options["hostname_override"] or here.name
    own = None if config.fields.get(ENDPOINT) else nodes.own_containerd(layout, name)
    socket = own.socket if own else _socket(config)
    settings = KubeletSettings(
        **{**_told(config), **nodes.places(layout, name)}, node_name=name, hostname=here.name,
        node_ip=options["node_ip"] or here.address, labels=labels(options["node_labels"]),
        network_config_dir=own.cni_config_dir if own else None,
    )
    return NodePlan(
        settings=settings, socket=socket, own=own, serving=(_needed(config, CERTIFICATE), _needed(config, KEY)),
        client_authority=config.read(AUTHORITY, config_file.file_name, None),
        host=config.read(ADDRESS, config_file.text, nodes.EVERYWHERE),
    )


def labels(written: str) -> dict[str, str]:
    """Return the labels in a text of the form a=b,c=d; raise Unfit for another form."""
    found = {}
    for pair in filter(None, written.split(",")):
        name, mark, value = pair.partition("=")
        if not name or not mark:
            raise Unfit(f"--node-labels: {pair!r} is not of the form name=value")
        found[name] = value
    return found


def _told(config: ConfigFile) -> dict[str, Any]:
    """Return the settings that the file gives; the others keep their defaults."""
    known = {field.name for field in fields(KubeletSettings)}
    assert known >= {name for name, _ in SETTINGS.values()}
    return {
        name: config.read(field, as_type, None)
        for field, (name, as_type) in SETTINGS.items() if config.fields.get(field) is not None
    }


def _needed(config: ConfigFile, name: str) -> Path:
    path = config.read(name, config_file.file_name, None)
    if path is None:
        raise Unfit(f"{config.path}: {name} is missing; the API server reaches the node by this certificate")
    if not path.exists():
        raise Unfit(f"{config.path}: {name}: {path} does not exist")
    return path


def _socket(config: ConfigFile) -> Path:
    endpoint = config.read(ENDPOINT, config_file.text, "")
    if not endpoint.startswith(f"{SCHEME}/"):
        raise Unfit(f"{config.path}: {ENDPOINT}: {endpoint!r} is not of the form {SCHEME}/path/of/a.sock")
    return Path(endpoint.removeprefix(SCHEME))
