"""Creates what is missing and puts right what differs, as the server itself."""

from collections.abc import Callable
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import versions
from kubewheel.apiserver.backend import Backend, Operation
from kubewheel.apiserver.verbs import create, update
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry

Correct = Callable[[dict[str, Any]], None]


async def ensure(backend: Backend, wanted: Object, correct: Correct | None = None) -> Entry:
    """Create `wanted` unless an object of its name exists; `correct` changes an existing one in place."""
    resource = backend.registry.of(wanted["apiVersion"], wanted["kind"])
    assert resource is not None, f"{wanted['kind']} is served"
    metadata = wanted["metadata"]
    operation = Operation(backend, resource, metadata.get("namespace", ""), metadata["name"])
    entry = backend.store.get(operation.key)
    if entry is None:
        try:
            return await create.create_object(operation, versions.copy(wanted))
        except StatusError as error:
            if error.code != 409:  # Another server at the same store was quicker.
                raise
    if correct is None:
        return entry if entry is not None else backend.store.get(operation.key) or _gone(wanted)

    def change(stored: Entry) -> dict[str, Any]:
        content = versions.from_storage(resource, versions.mutable(stored))
        correct(content)
        content["metadata"].pop("resourceVersion", None)
        return content

    return await update.update_object(operation, update.main_aspect(resource), change)


def _gone(wanted: Object) -> Entry:
    raise RuntimeError(f"{wanted['kind']} {wanted['metadata']['name']} was deleted while the server started")
