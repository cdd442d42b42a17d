"""ImageLocality: prefers nodes that have the pod's images already."""

from collections.abc import Mapping

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import TOP_SCORE
from kubewheel.scheduler.pod import Template

MEBIBYTE = 1024 * 1024
LOW = 23 * MEBIBYTE
HIGH = 1000 * MEBIBYTE  # For each container.


def score(template: Template, node: NodeInfo, spread: Mapping[str, int], nodes: int) -> int:
    """Return 0 to 100 by the size of the images that are there.

    `spread` tells on how many of all `nodes` an image is: a rare one counts less, so that its node is not overrun.
    """
    if not node.images or not template.images:
        return 0
    size = 0
    for image in template.images:
        if image in node.images:
            size += int(node.images[image] * spread.get(image, 0) / nodes)
    high = HIGH * len(template.images)
    return TOP_SCORE * (min(max(size, LOW), high) - LOW) // (high - LOW)
