"""A service proxy from its files: a kubeconfig, a KubeProxyConfiguration.

Format: https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubewheel.launch import machine
from kubewheel.launch.alone import config_file
from kubewheel.launch.alone.config_file import ConfigFile
from kubewheel.launch.settings import Unfit
from kubewheel.proxy import ProxySettings

VERSION, KIND = "kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"
KUBECONFIG, CLUSTER, NAME = "clientConnection.kubeconfig", "clusterCIDR", "hostnameOverride"
HONOURED = dict.fromkeys((KUBECONFIG, CLUSTER, NAME))
AS_IS = {"mode": "nftables"}
log = logging.getLogger(__name__)


def settings(options: Mapping[str, Any], table: str) -> tuple[ProxySettings, str]:
    """Return the settings that the file and the flags give, and the kubeconfig; flags come first. Raises Unfit."""
    config = ConfigFile(Path(), {})
    if options["config"]:
        config = config_file.load(Path(options["config"]).expanduser(), VERSION, KIND)
    for warning in config.warnings(HONOURED, AS_IS):
        log.warning("%s", warning)
    named = config.read(KUBECONFIG, config_file.file_name, None)
    cluster_cidr = options["cluster_cidr"] or config.read(CLUSTER, config_file.text, "")
    if not cluster_cidr:
        raise Unfit("the pods' addresses are not known; give --cluster-cidr, or clusterCIDR in the file of --config")
    name = options["hostname_override"] or config.read(NAME, config_file.text, "") or machine.observe().name
    return ProxySettings(node_name=name, cluster_cidr=cluster_cidr, table=table), (
        options["kubeconfig"] or (str(named) if named else "")
    )
