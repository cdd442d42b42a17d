"""Where a cluster's state is kept, and in which cipher: a file of its own, or etcd."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import ClusterSettings, Unfit
from kubewheel.libs.clock import Clock
from kubewheel.storage import Store, encryption
from kubewheel.storage.encryption import Encryption
from kubewheel.storage.split import SplitStore
from kubewheel.storage.sqlite import SqliteStore

if TYPE_CHECKING:
    from kubewheel.storage.etcd import EtcdStore

SCHEMES = ("http://", "https://")


@asynccontextmanager
async def opened(layout: Layout, chosen: ClusterSettings, clock: Clock) -> AsyncIterator[Store]:
    """Give the store of the cluster in `layout`; raise Unavailable, or Unfit when it cannot be set up."""
    cipher = read_encryption(chosen)
    async with AsyncExitStack() as stack:
        main: Store
        if chosen.etcd_servers:
            main = await stack.enter_async_context(_etcd(chosen, servers(chosen.etcd_servers), cipher, clock))
        else:
            layout.database.parent.mkdir(mode=0o700, exist_ok=True)
            main = await SqliteStore.open(layout.database, encryption=cipher)
            stack.push_async_callback(main.close)
        apart = {
            resource: await stack.enter_async_context(_etcd(chosen, urls, cipher, clock))
            for resource, urls in overrides(chosen)
        }
        yield SplitStore(main, apart) if apart else main


@asynccontextmanager
async def _etcd(
    chosen: ClusterSettings, urls: tuple[str, ...], cipher: Encryption, clock: Clock
) -> AsyncIterator["EtcdStore"]:
    # gRPC takes a tenth of a second and 15 MB; who keeps the state in a file shall not pay for it.
    from kubewheel.libs.etcd.client import Client, Endpoints
    from kubewheel.storage.etcd import EtcdStore

    files = (Path(path) if path else None for path in (chosen.etcd_cafile, chosen.etcd_certfile, chosen.etcd_keyfile))
    client = Client(Endpoints(urls, *files))
    async with EtcdStore.opened(client, clock, prefix=chosen.etcd_prefix, encryption=cipher) as store:
        yield store


def check(chosen: ClusterSettings) -> None:
    """Raise Unfit for what cannot be set up."""
    read_encryption(chosen)
    if chosen.etcd_servers:
        servers(chosen.etcd_servers)
    for _ in overrides(chosen):
        pass
    for path in (chosen.etcd_cafile, chosen.etcd_certfile, chosen.etcd_keyfile):
        if path and not Path(path).is_file():
            raise Unfit(f"{path} does not exist")
    if bool(chosen.etcd_certfile) != bool(chosen.etcd_keyfile):
        raise Unfit("--etcd-certfile and --etcd-keyfile go together")


def servers(text: str) -> tuple[str, ...]:
    """Return the addresses of etcd's members from a list with commas; raise Unfit."""
    urls = tuple(filter(None, text.split(",")))
    for url in urls:
        if not url.startswith(SCHEMES):
            raise Unfit(f"etcd server {url!r} is not of the form https://host:2379")
    return urls


def overrides(chosen: ClusterSettings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is kept apart ("events", "leases.coordination.k8s.io") with its servers; raise Unfit."""
    for entry in filter(None, chosen.etcd_servers_overrides.split(",")):
        name, _, urls = entry.partition("#")
        group, _, plural = name.partition("/")
        if not plural or not urls:
            raise Unfit(f"override {entry!r} is not of the form group/resource#https://host:2379;https://other:2379")
        yield f"{plural}.{group}" if group else plural, servers(urls.replace(";", ","))


def read_encryption(chosen: ClusterSettings) -> Encryption:
    """Return what the file that `--encryption-provider-config` named asks for; raise Unfit."""
    path = chosen.encryption_provider_config
    if not path:
        return Encryption()
    try:
        return encryption.parse(Path(path).read_text())
    except (OSError, encryption.Unfit) as error:
        raise Unfit(f"the encryption configuration {path} cannot be used: {error}") from error
