"""Components that run alone: one in a process, against an API server anywhere.

In: a kubeconfig, configuration files in upstream's formats, flags by upstream's names.  Out: a running component.
"""

from kubewheel.launch.alone.components import Alone

__all__ = ["Alone"]
