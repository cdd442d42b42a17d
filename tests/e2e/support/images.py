"""Images for tests, made of programs that the machine has: no other source exists for them."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from kubewheel.libs import oci_archive
from kubewheel.libs.oci_archive import File, Image

BUSYBOX = Path("/bin/busybox")
APPLETS = (
    "sh ash cat ls echo sleep wget nc nslookup httpd ps env  touch mkdir rm mv ln id hostname ip "
    "head tail grep sed awk vi true false kill timeout date test stat chmod chown mount df du seq yes tr "
    "cut wc sort find top dd ping tar gzip "
)

PRINTENV = b"""#!/bin/sh
eval 'test -n "${'"$1"'+x}"' || exit 1
eval 'echo "$'"$1"'"'
"""

# A small web application: a page on the port in $PORT, a log line per start, a clean end on SIGTERM. While it ends it
# keeps serving for a moment, as an application behind a balancer should.
APPLICATION = """#!/bin/sh
mkdir -p /www
echo "Hello World! version $VERSION" > /www/index.html
echo "Example app listening at port $PORT"
httpd -f -p "$PORT" -h /www &
server=$!
trap 'sleep 1; kill $server; exit 0' TERM INT
while true; do read -r line && echo "got $line" || { wait $server; exit; }; done
"""

ECHO = """#!/bin/sh
echo "Content-Type: text/plain"
echo
echo "Hostname: $(hostname)"
env | grep '^HTTP_' | sed 's/^HTTP_//'
"""

ECHO_SERVER = """#!/bin/sh
trap 'exit 0' TERM INT
httpd -f -p 8080 -h /www &
wait
"""


def busybox(name: str) -> Image:
    """Return an image with busybox and its applets."""
    return Image(name, _busybox_files(), command=["sh"], environment={"PATH": "/bin"})


def application(name: str, version: str) -> Image:
    """Return the web application of the scenarios, on port 3000."""
    files = [*_busybox_files(), File("/app/run", APPLICATION.encode(), 0o755), File("/app/index.js", b"// server\n")]
    return Image(
        name, files, entrypoint=["/app/run"], working_directory="/app",
        environment={"PATH": "/bin", "PORT": "3000", "VERSION": version}, exposed_ports=["3000/tcp"],
    )


def nginx_like(name: str) -> Image:
    """Return an image that serves a welcome page on port 80, for scenarios that only need one."""
    script = "#!/bin/sh\ntrap 'exit 0' TERM QUIT\nhttpd -f -p 80 -h /www &\nwait\n"
    files = [
        *_busybox_files(), File("/run-nginx", script.encode(), 0o755),
        File("/www/index.html", b"<h1>Welcome to nginx!</h1>\n"),
    ]
    return Image(name, files, entrypoint=["/run-nginx"], environment={"PATH": "/bin"}, stop_signal="SIGQUIT")


def echo_server(name: str) -> Image:
    """Return an image that answers every request on port 8080 with the request's own headers."""
    files = [
        *_busybox_files(), File("/run-echo", ECHO_SERVER.encode(), 0o755),
        File("/www/cgi-bin/index.cgi", ECHO.encode(), 0o755),
    ]
    return Image(name, files, entrypoint=["/run-echo"], environment={"PATH": "/bin"})


def with_programs(name: str, programs: Sequence[str], command: Sequence[str], extra: Iterable[File] = ()) -> Image:
    """Return a busybox image with `programs` of this machine (absolute paths) and the libraries they need."""
    files = {file.path: file for file in _busybox_files()}
    for program in programs:
        for path in [program, *_libraries(program)]:
            files[path] = File(path, Path(path).read_bytes(), 0o755)
    for file in extra:
        files[file.path] = file
    return Image(name, list(files.values()), command=list(command), environment={"PATH": "/bin:/usr/bin:/usr/sbin"})


def push(image: Image, registry: str, repository: str) -> None:
    """Push `image` to `registry` (host:port) as `repository` (with tag), with skopeo."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        archive.write_bytes(oci_archive.build([image]))
        subprocess.run(
            ["skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false",
             f"oci-archive:{archive}:{image.tag}", f"docker://{registry}/{repository}"],
            check=True, capture_output=True, text=True,
        )


def _busybox_files() -> list[File]:
    accounts = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
    folders = [File(path, None, mode) for path, mode in (("/tmp", 0o1777), ("/bin", 0o755), ("/etc", 0o755))]
    return [
        *folders, File("/bin/busybox", BUSYBOX.read_bytes(), 0o755),
        *(File(f"/bin/{applet}", link="busybox") for applet in APPLETS.split()),
        File("/bin/printenv", PRINTENV, 0o755),
        File("/etc/passwd", accounts), File("/etc/group", b"root:x:0:\nnobody:x:65534:\n"),
    ]


def _libraries(program: str) -> list[str]:
    assert shutil.which("ldd")
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return [word for line in listed.splitlines() for word in line.split() if word.startswith("/")]


def nginx(name: str) -> Image:
    """Return an image with the distribution's nginx and bash; `labels["version"]` says which."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "-qq", "download", "nginx"], cwd=folder, check=True, capture_output=True)
        package = next(Path(folder).glob("nginx_*.deb"))
        subprocess.run(["dpkg", "-x", str(package), folder], check=True)
        program = Path(folder) / "usr" / "sbin" / "nginx"
        banner = subprocess.run([str(program), "-v"], check=True, capture_output=True, text=True).stderr
        libraries = _libraries(str(program))
        content = program.read_bytes()
    files = {file.path: file for file in _busybox_files()}
    for path in [*libraries, "/bin/bash", *_libraries("/bin/bash")]:
        files[path] = File(path, Path(path).read_bytes(), 0o755)
    main = (
        "daemon off; master_process on; user root; error_log /dev/stderr; pid /run/nginx.pid;\n"
        "events {}\nhttp { access_log /dev/stdout; include /etc/nginx/conf.d/*.conf; }\n"
    )
    extra = [
        File("/usr/sbin/nginx", content, 0o755), File("/etc/nginx/nginx.conf", main.encode()),
        File("/var/log/nginx", None, 0o755), File("/var/lib/nginx", None, 0o755), File("/run", None, 0o755),
    ]
    files.update({file.path: file for file in extra})
    version = banner.strip().rpartition("/")[2]
    return Image(
        name, list(files.values()), entrypoint=["/usr/sbin/nginx"], environment={"PATH": "/bin:/usr/sbin"},
        labels={"version": version}, stop_signal="SIGQUIT",
    )
