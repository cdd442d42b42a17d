"""What a test does to nodes and pods: lose them, bring them back, kill, keep images from being pulled."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.testing.scripts import Role

if TYPE_CHECKING:
    from kubewheel.testing.fleet import Nodes
    from kubewheel.testing.running import Running

__tracebackhide__ = True  # See `thread`.
PULL_ERROR = 'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
OOM_CODE = 137


class NodesControl:
    """The part of a cluster that is about its simulated nodes."""

    @property
    def inside(self) -> "Running":
        """What the cluster consists of."""
        raise NotImplementedError

    def _nodes(self) -> "Nodes":
        nodes = self.inside.parts.nodes
        if nodes is None:
            raise LookupError("this cluster has no simulated nodes; ask for some with nodes=1")
        return nodes

    def lose_node(self, name: str) -> None:
        """Let a node fall silent, with all its pods: it is noticed when its time of grace is over."""
        self._nodes().wreckage.lose(name)
        group = self.inside.group
        assert group is not None, "the cluster runs"
        self.inside.parts.watch_nodes(group)

    async def restore_node(self, name: str) -> None:
        """Let a lost node come back."""
        await self._nodes().wreckage.restore(name)

    @asynccontextmanager
    async def partition(self, *names: str) -> AsyncIterator[None]:
        """Cut nodes off from the API: their pods go on, unseen, until the end of the block, when they tell all."""
        for name in names:
            self.lose_node(name)
        try:
            yield
        finally:
            for name in names:
                await self.restore_node(name)

    def kill(
        self, pod: str, namespace: str = "default", *, container: str = "", exit_code: int = OOM_CODE,
        reason: str = "OOMKilled",
    ) -> None:
        """End a running container (by default the pod's first) as the kernel does that is out of memory."""
        self._nodes().wreckage.kill(namespace, pod, container, exit_code, reason)

    @contextmanager
    def no_image(self, image: str, message: str = PULL_ERROR) -> Iterator[Role]:
        """Let images that match `image` (a pattern) not be pulled; those that waited are pulled at the end."""
        self._nodes()
        role = Role(lambda _, container: Behaviour(pull_error=message.format(image=container["image"])), image=image)
        self.inside.parts.cast.add(role)
        try:
            yield role
        finally:
            self.inside.parts.cast.remove(role)
            self._nodes().wreckage.recast()
