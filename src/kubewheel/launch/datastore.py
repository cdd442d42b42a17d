"""Where a cluster's state is kept, and in which cipher."""

from pathlib import Path

from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import ClusterSettings, Unfit
from kubewheel.storage import encryption
from kubewheel.storage.encryption import Encryption
from kubewheel.storage.sqlite import SqliteStore


async def open_store(layout: Layout, chosen: ClusterSettings) -> SqliteStore:
    """Open the store of the cluster in `layout`; raise Unavailable, or Unfit when its cipher cannot be set up."""
    layout.database.parent.mkdir(mode=0o700, exist_ok=True)
    return await SqliteStore.open(layout.database, encryption=read_encryption(chosen))


def read_encryption(chosen: ClusterSettings) -> Encryption:
    """Return what the file that `--encryption-provider-config` named asks for; raise Unfit."""
    path = chosen.encryption_provider_config
    if not path:
        return Encryption()
    try:
        return encryption.parse(Path(path).read_text())
    except (OSError, encryption.Unfit) as error:
        raise Unfit(f"the encryption configuration {path} cannot be used: {error}") from error
