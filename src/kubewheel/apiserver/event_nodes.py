"""Which nodes an event of a pod concerns, found once for all watchers that ask."""

from kubewheel.libs.wire import Object
from kubewheel.storage import Event


class EventNodes:
    """Remembers the answer for the event that was asked about last: a store asks all watchers about one at a time."""

    def __init__(self) -> None:
        self._event: Event | None = None
        self._nodes: tuple[str, ...] = ()

    def of(self, event: Event) -> tuple[str, ...]:
        """Return the nodes that the pod of `event` is and was on."""
        if event is not self._event:
            self._event = event
            self._nodes = (_node(event.entry.object), _node(event.previous))
        return self._nodes


def _node(pod: Object | None) -> str:
    return str(((pod or {}).get("spec") or {}).get("nodeName") or "")
