"""start (or resume) a cluster; return when it is ready"""

import argparse
import os
import shutil
import sys

from kubewheel.cli.control import ClusterControl

OPTIONS = (
    "runtime", "nodes", "port", "kubelet_port", "service_cidr", "cluster_cidr", "domain", "node_ports",
    "token_auth_file", "encryption_provider_config", "etcd_servers", "etcd_prefix", "etcd_cafile", "etcd_certfile",
    "etcd_keyfile", "etcd_servers_overrides", "authorization_mode", "without", "has_context",
    "retired_apis", "enable_admission_plugins", "disable_admission_plugins", "admission_control_config_file",
    "max_requests_inflight", "max_mutating_requests_inflight", "enable_priority_and_fairness",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `up`. Those that are not given keep what the cluster had before."""
    parser.set_defaults(has_context=None)
    add = parser.add_argument
    add("--port", type=int, metavar="P", help="of the API server (default: 6443; 0: any free one)")
    add("--runtime", choices=("containerd", "simulated"), help="run containers, or nodes that only report status")
    add("--nodes", type=int, metavar="N", help="number of simulated nodes (default: 1)")
    add("--foreground", action="store_true", help="stay attached; Ctrl-C stops the processes, not the containers")
    add("--no-context", dest="has_context", action="store_false", help="leave ~/.kube/config as it is")
    add("--kubelet-port", type=int, metavar="P", help="of the node agent (default: 10250; 0: any free one)")
    add("--service-cluster-ip-range", dest="service_cidr", metavar="CIDR", help="default: 10.96.0.0/16")
    add("--cluster-cidr", metavar="CIDR", help="addresses of pods (default: 10.244.0.0/16)")
    add("--cluster-domain", dest="domain", metavar="NAME", help="default: cluster.local")
    add("--service-node-port-range", dest="node_ports", metavar="A-B", help="default: 30000-32767")
    add("--token-auth-file", metavar="FILE", help="static bearer tokens: token,user,uid,\"group1,group2\" a line")
    add("--encryption-provider-config", metavar="FILE", help="which resources are encrypted in the store, and how")
    add("--etcd-servers", metavar="URLS", help="keep the state in etcd (by comma) instead of a file")
    add("--etcd-cafile", metavar="FILE", help="the authority of etcd's certificates")
    add("--etcd-certfile", metavar="FILE", help="our certificate for etcd")
    add("--etcd-keyfile", metavar="FILE", help="and its key")
    add("--etcd-prefix", metavar="PATH", help="where in etcd (default: /registry)")
    add("--etcd-servers-overrides", metavar="LIST", help="what is kept in another etcd: /events#https://host:2379")
    add("--without", metavar="PARTS", help="leave out controllers, scheduler, proxy, dns or node: they run elsewhere")
    add("--retired-apis", action=argparse.BooleanOptionalAction, default=None,
        help="serve versions that Kubernetes 1.37 serves no more, such as extensions/v1beta1 (default: yes)")
    add("--enable-admission-plugins", metavar="LIST", help="besides those that run anyway")
    add("--disable-admission-plugins", metavar="LIST", help="of those that run anyway")
    add("--admission-control-config-file", metavar="FILE", help="settings of admission plugins: AdmissionConfiguration")
    add("--max-requests-inflight", type=int, metavar="N", help="with the next, what all requests share (default: 400)")
    add("--max-mutating-requests-inflight", type=int, metavar="N", help="default: 200")
    add("--enable-priority-and-fairness", action=argparse.BooleanOptionalAction, default=None,
        help="let requests wait by priority and in fair queues, or send away what is too much (default: yes)")
    add("--authorization-mode", metavar="MODES", help="in their order (default: Node,RBAC)")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Start the cluster and say how to use it."""
    given = {name: getattr(options, name) for name in OPTIONS if getattr(options, name) is not None}
    state = cluster.start(given, lambda line: print(line, flush=True), is_foreground=options.foreground)
    if not options.foreground:
        print(farewell(state))
    return 0


def farewell(state: object) -> str:
    """Return what the user reads once the cluster is ready."""
    assert isinstance(state, dict)
    nodes = f", {', '.join(state['nodes'])} Ready" if state["nodes"] else ""
    lines = [
        "",
        f"Kubewheel is ready: {state['server']}{nodes}.",
        f"  kubeconfig  {state['kubeconfig']}",
    ]
    if state.get("context"):
        lines.append(f"  context     {state['context']} (current in {state['userConfig']})")
    program = own_name()
    lines += [
        "Next:",
        f"  {program} kubectl create deployment hello --image=IMAGE --port=8080",
        f"  {program} kubectl get pods -A",
        f"  {program} status",
        f"  {program} down",
    ]
    return "\n".join(lines)


def own_name() -> str:
    """Return what the user has to type to call this program."""
    if shutil.which("kubewheel"):
        return "kubewheel"
    return os.path.relpath(sys.argv[0]) if os.path.isabs(sys.argv[0]) else sys.argv[0]
