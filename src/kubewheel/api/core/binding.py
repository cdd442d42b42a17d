"""Binding: assigns a pod to a node."""

from kubewheel.api import kinds
from kubewheel.api.validation import pod_update

KIND = kinds.Kind(group="", kind="Binding", validate=pod_update.validate_binding)
