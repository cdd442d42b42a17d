"""The groups that everybody is in: whoever has shown who they are, and whoever has not."""

from dataclasses import replace

from kubewheel.libs.wire import Identity

ANONYMOUS = Identity(name="system:anonymous", groups=("system:unauthenticated",))
AUTHENTICATED = "system:authenticated"


def complete(identity: Identity) -> Identity:
    """Return `identity` with the group that all authenticated users are in."""
    if AUTHENTICATED in identity.groups or identity.name == ANONYMOUS.name:
        return identity
    return replace(identity, groups=(*identity.groups, AUTHENTICATED))
