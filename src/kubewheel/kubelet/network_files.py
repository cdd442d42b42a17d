"""What a pod's containers read about names: host name, /etc/hosts, resolv.conf. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import Dns
from kubewheel.libs.wire import Object

HOSTNAME_LIMIT, FQDN_LIMIT = 63, 64
SEARCH_LIMIT = 32
CLUSTER_OPTIONS = ("ndots:5",)
LOCAL_LINES = (
    "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
)


class TooLong(Exception):
    """The pod's full name does not fit the kernel's limit."""


@dataclass(frozen=True, slots=True)
class ClusterDns:
    """The cluster's name servers and domain."""

    servers: tuple[str, ...]
    domain: str


def hostname(pod: Object) -> str:
    """Return the pod's short host name."""
    spec = pods.spec(pod)
    if spec.get("hostnameOverride"):
        return str(spec["hostnameOverride"])
    found = str(spec.get("hostname") or pods.name(pod))
    return found[:HOSTNAME_LIMIT].rstrip("-.")


def domain(pod: Object, cluster_domain: str) -> str:
    """Return the pod's own domain; empty without a subdomain."""
    subdomain = pods.spec(pod).get("subdomain")
    if not subdomain or pods.spec(pod).get("hostnameOverride"):
        return ""
    return f"{subdomain}.{pods.namespace(pod)}.svc.{cluster_domain}"


def kernel_hostname(pod: Object, cluster_domain: str) -> str:
    """Return what the `hostname` command prints in the pod; raise TooLong."""
    short, own_domain = hostname(pod), domain(pod, cluster_domain)
    if not pods.spec(pod).get("setHostnameAsFQDN") or not own_domain:
        return short
    full = f"{short}.{own_domain}"
    if len(full) > FQDN_LIMIT:
        raise TooLong(
            f"failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long "
            f"({FQDN_LIMIT} characters is the max, {len(full)} characters requested)"
        )
    return full


def _alias_lines(pod: Object) -> list[str]:
    aliases = pods.spec(pod).get("hostAliases") or ()
    if not aliases:
        return []
    lines = [f"{alias['ip']}\t" + "\t".join(alias.get("hostnames") or ()) for alias in aliases]
    return ["", "# Entries added by HostAliases.", *lines]


def hosts_file(pod: Object, pod_ips: Sequence[str], cluster_domain: str) -> str:
    """Return /etc/hosts of a pod with a network of its own."""
    short, own_domain = hostname(pod), domain(pod, cluster_domain)
    names = f"{short}.{own_domain}\t{short}" if own_domain else short
    lines = ["# Kubernetes-managed hosts file.", *LOCAL_LINES, *(f"{ip}\t{names}" for ip in pod_ips)]
    return "\n".join([*lines, *_alias_lines(pod)]) + "\n"


def host_network_hosts_file(pod: Object, node_text: str) -> str:
    """Return /etc/hosts of a pod on the node's network: the node's, and the pod's aliases."""
    head = "# Kubernetes-managed hosts file (host network).\n"
    return head + node_text + "\n".join(_alias_lines(pod)) + "\n"


def parse_resolv_conf(text: str) -> Dns:
    """Return what a resolv.conf says; the last `search` counts."""
    servers: list[str] = []
    searches: list[str] = []
    options: list[str] = []
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if not words or words[0].startswith(";"):
            continue
        keyword, values = words[0], words[1:]
        if keyword == "nameserver" and values:
            servers.append(values[0])
        elif keyword == "search":
            searches = [value.rstrip(".") or "." for value in values]
        elif keyword == "options":
            options = values
    return Dns(tuple(servers), tuple(searches), tuple(options))


def falls_back(pod: Object, cluster: ClusterDns) -> bool:
    """Return whether the pod wants the cluster's name servers and there are none."""
    return effective_policy(pod) == "ClusterFirst" and not cluster.servers


def effective_policy(pod: Object) -> str:
    """Return the policy that counts: on the node's network, ClusterFirst means Default."""
    policy = pods.spec(pod).get("dnsPolicy") or "ClusterFirst"
    if policy == "ClusterFirstWithHostNet":
        return "ClusterFirst"
    if policy == "ClusterFirst" and pods.uses_host_network(pod):
        return "Default"
    return str(policy)


def _option_name(option: str) -> str:
    return option.partition(":")[0]


def _merge(base: Dns, config: Mapping[str, Any]) -> Dns:
    """Return `base` with a pod's dnsConfig: lists grow, an option of the same name is replaced."""
    options = {_option_name(option): option for option in base.options}
    for option in config.get("options") or ():
        options[option["name"]] = f"{option['name']}:{option['value']}" if option.get("value") else option["name"]
    return Dns(
        tuple(dict.fromkeys([*base.servers, *(config.get("nameservers") or ())])),
        tuple(dict.fromkeys([*base.searches, *(config.get("searches") or ())])),
        tuple(options.values()),
    )


def dns(pod: Object, node: Dns, cluster: ClusterDns) -> Dns:
    """Return the pod's resolv.conf."""
    policy = effective_policy(pod)
    if policy == "ClusterFirst" and cluster.servers:
        domains = (f"{pods.namespace(pod)}.svc.{cluster.domain}", f"svc.{cluster.domain}", cluster.domain)
        base = Dns(cluster.servers, tuple(dict.fromkeys([*domains, *node.searches])), CLUSTER_OPTIONS)
    elif policy == "None":
        base = Dns()
    else:
        base = node
    merged = _merge(base, pods.spec(pod).get("dnsConfig") or {})
    return Dns(merged.servers[:3], merged.searches[:SEARCH_LIMIT], merged.options)
