"""Pods and Services through the API server: every HTTP method, links of their pages, logs."""

import base64
import http.server
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kubernetes
import pytest
import websocket
import yaml

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually
from tests.e2e.test_network_conformance import by_hand, node_address, pod, service

conformance = pytest.mark.conformance
pytestmark = pytest.mark.filterwarnings("default")


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers every method with what it was asked, and with a link below /page."""

    def do_GET(self) -> None:
        is_page = self.path.startswith("/page")
        body = b'<a href="/rewriteme">test</a>' if is_page else f"{self.command} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echoing(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Echo on a port of this machine, with a certificate of nobody's if wanted."""
    with http.server.ThreadingHTTPServer(("0.0.0.0", 0), Echo) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def echo_ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """The ports of an HTTP and an HTTPS server."""
    key, certificate = tmp_path / "key", tmp_path / "crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=x", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with echoing() as plain, echoing(context) as encrypted:
        yield plain, encrypted


@conformance("Proxy through apiserver to a Service")
@conformance("Proxy, validate Proxy responses")
@conformance("Proxy, validate ProxyWithPath responses")
def test_the_api_server_passes_every_method_on(cluster: Cluster, echo_ports: tuple[int, int]):
    address, (plain, encrypted) = node_address(cluster), echo_ports
    cluster.apply(yaml.safe_dump_all([
        pod("on-node", "sleep 100000", hostNetwork=True),
        service("echo", selector=None, ports=[{"name": "http", "port": 80}, {"name": "tls", "port": 443}]),
        by_hand("echo-1", "echo", address, "http", plain), by_hand("echo-2", "echo", address, "tls", encrypted),
    ]))
    api = kubernetes.config.new_client_from_config(str(cluster.home / ".kube" / "config"))
    pool, root = api.rest_client.pool_manager, f"/api/v1/namespaces/{cluster.namespace}"

    def ask(method: str, path: str) -> tuple[int, str, str]:
        answer = pool.request(method, f"{api.configuration.host}{root}/{path}", redirect=False)
        return answer.status, answer.data.decode(), answer.headers.get("Location", "")

    cluster.wait_running("on-node")
    for port in ("http:echo:http", "https:echo:tls"):
        eventually(lambda port=port: ask("GET", f"services/{port}/proxy/")[0] == 200, "the Service is not reached")
    targets = [f"pods/on-node:{plain}", f"pods/http:on-node:{plain}", f"pods/https:on-node:{encrypted}",
               "services/echo:http", "services/http:echo:80", "services/https:echo:tls", "services/https:echo:443"]
    for target in targets:
        link = f'<a href="{root}/{target}/proxy/rewriteme">test</a>'
        assert ask("GET", f"{target}/proxy/page") == (200, link, "")
    for target in targets[::3]:
        for method in ("DELETE", "OPTIONS", "PATCH", "POST", "PUT"):
            assert ask(method, f"{target}/proxy/some/path") == (200, f"{method} /some/path", "")
            assert ask(method, f"{target}/proxy?method={method}") == (200, f"{method} /?method={method}", "")
        assert ask("GET", f"{target}/proxy/some/path") == (200, "GET /some/path", "")
        assert ask("HEAD", f"{target}/proxy/some/path") == (200, "", "")
        for method in ("GET", "HEAD"):
            place = f"{root}/{target}/proxy/?method={method}"
            assert ask(method, f"{target}/proxy?method={method}") == (301, "", place)
    api.close()


LINES = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; while :; do sleep 0.4; echo late; done"


@conformance("Kubectl, logs")
def test_logs_are_filtered(cluster: Cluster):
    cluster.apply(yaml.safe_dump(pod("generator", LINES)))
    cluster.wait_running("generator")

    def logs(*options: str) -> str:
        return cluster.kubectl("logs", "generator", "c", *options).out

    eventually(lambda: "late" in logs(), "nothing is logged")
    assert "line 42\n" in logs()
    assert logs("--tail=1") == "late\n"
    assert logs("--limit-bytes=1") == "l"
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    assert re.fullmatch(f"{stamp} late\n", logs("--tail=1", "--timestamps"))
    assert "line 0\n" in logs("--since=24h")
    eventually(lambda: "line" not in (recent := logs("--since=1s")) and "late" in recent, "what is old is told")


@conformance("Pods, logs from websockets")
def test_logs_over_a_websocket(cluster: Cluster):
    cluster.apply(yaml.safe_dump(pod("told", "echo container is alive; sleep 10000")))
    cluster.wait_running("told")
    api = kubernetes.config.new_client_from_config(str(cluster.home / ".kube" / "config"))
    settings = api.configuration
    url = f"{settings.host.replace('https', 'wss')}/api/v1/namespaces/{cluster.namespace}/pods/told/log?container=c"
    for protocol in ("binary.k8s.io", "base64.binary.k8s.io"):
        connection = websocket.create_connection(url, subprotocols=[protocol], timeout=5, sslopt={
            "ca_certs": settings.ssl_ca_cert, "certfile": settings.cert_file, "keyfile": settings.key_file})
        told = ""
        while not told:
            frame = connection.recv()
            told = base64.b64decode(frame).decode() if "base64" in protocol else bytes(frame).decode()
        assert told == "container is alive\n"
        connection.close()
    api.close()
