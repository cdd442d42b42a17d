"""SPDY/3.1, as exec, attach and port-forward use it after an HTTP upgrade.

In: a connection.  Out: streams, each a connection with half-close. `frames` is the format, `session` the behaviour.
"""

from kubewheel.libs.spdy.frames import ProtocolError
from kubewheel.libs.spdy.session import Session, Stream, StreamReset

UPGRADE = "SPDY/3.1"

__all__ = ["UPGRADE", "ProtocolError", "Session", "Stream", "StreamReset"]
