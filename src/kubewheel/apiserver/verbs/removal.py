"""The end of an object: out of the store, and back with what it held."""

from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend
from kubewheel.storage import Entry


async def remove_entry(backend: Backend, resource: Resource, entry: Entry) -> Entry:
    """Remove exactly this version of an object; raises storage.Conflict when there is another by now."""
    removed = await backend.store.write(entry.key, None, expected=entry.revision)
    reserver = backend.reservers.get(resource.storage_key)
    if reserver is not None:
        await reserver.release(entry.object)
    return removed
