"""Retired versions: versions of kinds that upstream serves no more, for manifests and charts that still name them.

In: an object of such a version.  Out: the same object in the version that took its place, and back. `table` says what
was retired when; a file for a version (or for a pair of forms) says how its objects differ. Objects are stored in the
form of the successor, as if they had been written in it.
"""

from kubewheel.api.retired.table import EXTENSIONS, resources

__all__ = ["EXTENSIONS", "resources"]
