"""Which bindings name whom."""

from kubewheel.apiserver.authz.rbac_index import RbacIndex
from kubewheel.libs.wire import Identity
from kubewheel.storage import Key
from kubewheel.storage.memory import MemoryStore

BOB = {"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}


async def test_who_is_named_twice_is_forgotten_once() -> None:
    store = MemoryStore()
    index = RbacIndex(store)
    key = Key("rolebindings.rbac.authorization.k8s.io", "default", "b")
    binding = {"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": [BOB, BOB]}
    entry = await store.write(key, binding, expected=0)
    index.refresh(key)
    assert len([*index.grants(Identity("bob"), "default")]) == 1
    await store.write(key, None, expected=entry.revision)
    index.refresh(key)
    assert [*index.grants(Identity("bob"), "default")] == []
