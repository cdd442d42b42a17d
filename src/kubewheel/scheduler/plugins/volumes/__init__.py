"""VolumeBinding, VolumeZone, VolumeRestrictions: a pod goes where its volumes are, or where they can be made."""

from kubewheel.scheduler.plugins.volumes.refusals import FILTER, Choice, VolumeCheck

__all__ = ["FILTER", "Choice", "VolumeCheck"]
