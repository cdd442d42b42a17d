"""Images from a real registry: pulls, policies, credentials, back-off."""

import base64
import json
import re
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kubewheel.libs import oci_archive
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, pod, waiting
from tests.e2e.support import registry as registries

pytestmark = [pytest.mark.containerd, pytest.mark.slow]
LOGIN = "Basic " + base64.b64encode(b"me:secret").decode()


class Door(BaseHTTPRequestHandler):
    """Lets only those who log in through to the registry behind."""

    registry = ""

    def _pass(self) -> None:
        if self.headers.get("authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="r"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        accept = {"accept": ", ".join(self.headers.get_all("accept") or ["*/*"])}
        request = urllib.request.Request(f"http://{self.registry}{self.path}", headers=accept, method=self.command)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read()
            self.send_response(answer.status)
            for name in ("Content-Type", "Docker-Content-Digest"):
                if answer.headers.get(name):
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", answer.headers.get("Content-Length", str(len(body))))
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_HEAD = _pass

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="kwt-registry-", dir="/var/tmp") as directory:
        folder = Path(directory)
        with registries.serve(folder) as address:
            push(folder, address, "test/app:1")
            yield address


@pytest.fixture
def door(registry: str) -> Iterator[str]:
    handler = type("RegistryDoor", (Door,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def push(folder: Path, address: str, name: str) -> None:
    archive = folder / "image.tar"
    oci_archive.write(archive, [harness.busybox(f"{address}/{name}")])
    target = f"docker://{address}/{name}"
    command = ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci-archive:{archive}", target]
    subprocess.run(command, check=True)


async def test_pull_and_policies(cluster: Cluster, registry: str) -> None:
    image = f"{registry}/test/app:1"
    await cluster.run(pod("pulled", container={"image": image}))
    found = await cluster.running("pulled")
    assert container_status(found)["imageID"].startswith(f"{registry}/test/app@sha256:")
    events = await cluster.events("pulled")
    assert f'Pulling: Pulling image "{image}"' in events
    text = rf'Pulled: Successfully pulled image "{image}" in [\d.]+m?s \([\d.]+m?s including waiting\)\. '
    assert any(re.fullmatch(text + r"Image size: \d+ bytes\.", event) for event in events)
    await cluster.run(pod("never", container={"image": f"{registry}/test/none:1", "imagePullPolicy": "Never"}))
    never = await cluster.wait("never", lambda found: waiting(found) == "ErrImageNeverPull")
    message = f'Container image "{registry}/test/none:1" is not present with pull policy of Never'
    assert container_status(never)["state"]["waiting"]["message"] == message
    await cluster.run(pod("bad", container={"image": "Bad:Image:Name"}))
    await cluster.wait("bad", lambda found: waiting(found) == "InvalidImageName")


async def test_failed_pull_backs_off_and_recovers(cluster: Cluster, registry: str, tmp_path: Path) -> None:
    image = f"{registry}/test/later:1"
    await cluster.run(pod("waits", container={"image": image}))
    found = await cluster.wait("waits", lambda found: waiting(found) == "ErrImagePull")
    message = container_status(found)["state"]["waiting"]["message"]
    assert message.endswith(f'failed to resolve reference "{image}": {image}: not found')
    found = await cluster.wait("waits", lambda found: waiting(found) == "ImagePullBackOff")
    message = container_status(found)["state"]["waiting"]["message"]
    assert message.startswith(f'Back-off pulling image "{image}": ErrImagePull: ')
    events = await cluster.events("waits")
    for event in ("Failed: Error: ErrImagePull", "Failed: Error: ImagePullBackOff",
                  f'BackOff: Back-off pulling image "{image}"'):
        assert event in events
    push(tmp_path, registry, "test/later:1")
    await cluster.wait("waits", harness.is_ready, seconds=25)


async def test_pull_secrets(cluster: Cluster, door: str) -> None:
    image = f"{door}/test/app:1"
    auths = json.dumps({"auths": {door: {"auth": LOGIN.removeprefix("Basic ")}}})
    data = {".dockerconfigjson": base64.b64encode(auths.encode()).decode()}
    await cluster.admin.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": data,
                                "type": "kubernetes.io/dockerconfigjson"}, namespace="default")
    await cluster.run(pod("anonymous", container={"image": image}))
    found = await cluster.wait("anonymous", lambda found: waiting(found) == "ErrImagePull")
    assert "401 Unauthorized" in container_status(found)["state"]["waiting"]["message"]
    await cluster.run(pod("known", container={"image": image}, imagePullSecrets=[{"name": "login"}]))
    await cluster.running("known")
