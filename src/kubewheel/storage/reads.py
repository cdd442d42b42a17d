"""What every engine answers out of its view."""

from collections.abc import Callable, Iterator

from kubewheel.storage.protocol import Entry, Event, Key, Snapshot, Watch
from kubewheel.storage.view import View


class ViewReads:
    """The reads of a `Store`; engines add how a write becomes durable before the view shows it."""

    is_shared = False

    def __init__(self, view: View) -> None:
        self._view = view

    @property
    def revision(self) -> int:
        """The revision of the newest durable write."""
        return self._view.revision

    def revision_of(self, resource: str) -> int:
        """Return the store's revision: all resources share it."""
        return self._view.revision

    async def catch_up(self) -> None:
        """Return at once: nobody else writes."""

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        return self._view.get(key)

    def entries(self) -> Iterator[Entry]:
        """Yield every live entry, resource by resource."""
        return self._view.entries()

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: tuple[str, str] | None = None,
        revision: int = 0,
    ) -> Snapshot:
        """Return a page of entries; see `Store.list`."""
        return self._view.list(resource, namespace, limit=limit, after=after, revision=revision)

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watch:
        """Start a watch; see `Store.watch`."""
        return self._view.watch(resource, namespace, revision=revision, name=name, interest=interest)
