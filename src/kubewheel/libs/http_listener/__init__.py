"""HTTPS server: turns what comes over a socket into a `Request` and its `Response` into bytes.

In: connections.  Out: calls of one handler.  HTTP/1.1 with keep-alive, streams flushed at once, and raw take-over of
upgraded connections. One task serves one connection; a client that hangs up cancels the handler.
"""

from kubewheel.libs.http_listener.connection import Handler, Limits
from kubewheel.libs.http_listener.listener import Listener

__all__ = ["Handler", "Limits", "Listener"]
