"""Which ciphers a resource has: the first rule that names it decides; what no rule names is stored as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from kubewheel.storage.encryption.ciphers import Cipher, Identity, Undecipherable
from kubewheel.storage.protocol import Key

PLAIN: tuple[Cipher, ...] = (Identity(),)


@dataclass(frozen=True, slots=True)
class Rule:
    """Resources ("secrets", "deployments.apps", "*.apps", "*.", "*.*") and their ciphers; the first one writes."""

    resources: frozenset[str]
    ciphers: tuple[Cipher, ...]

    def names(self, resource: str) -> bool:
        """Tell whether the rule is for `resource`, given as `plural` or `plural.group`."""
        _, _, group = resource.partition(".")
        return bool(self.resources & {resource, f"*.{group}", "*.*"})


class Encryption:
    """Seals what is written and opens what is read."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._by_resource: dict[str, tuple[Cipher, ...]] = {}

    @property
    def is_used(self) -> bool:
        """Whether there is any rule."""
        return bool(self._rules)

    def seal(self, key: Key, plain: bytes) -> bytes:
        """Return `plain` as it is stored at `key`."""
        cipher = self._ciphers(key.resource)[0]
        return cipher.prefix + cipher.seal(plain, place(key)) if cipher.prefix else plain

    def open(self, key: Key, stored: bytes) -> tuple[bytes, bool]:
        """Return what `stored` holds, and whether it is stale: written otherwise than it would be now.

        Raises Undecipherable.
        """
        ciphers = self._ciphers(key.resource)
        failure: Undecipherable | None = None
        for cipher in ciphers:
            if not stored.startswith(cipher.prefix):
                continue
            try:
                return cipher.open(stored[len(cipher.prefix):], place(key)), cipher is not ciphers[0]
            except Undecipherable as error:  # Two keys may bear one name.
                failure = failure or error
        raise failure or Undecipherable(f"{_provider(stored)} is not configured for {key.resource}")

    def _ciphers(self, resource: str) -> tuple[Cipher, ...]:
        found = self._by_resource.get(resource)
        if found is None:
            found = next((rule.ciphers for rule in self._rules if rule.names(resource)), PLAIN)
            self._by_resource[resource] = found
        return found


def place(key: Key) -> bytes:
    """Return the path of an object in a store that has paths; values that are bound to a place are bound to it."""
    return "/".join(("/registry", *filter(None, key))).encode()


def _provider(stored: bytes) -> str:
    """Return which provider and key wrote a value, as far as that can be seen."""
    words = stored[:200].split(b":")
    if words[:2] != [b"k8s", b"enc"] or len(words) < 5:
        return "plain text"
    return b"/".join((words[2], words[4])).decode(errors="replace")
