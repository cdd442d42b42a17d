"""events.k8s.io/v1beta1: as v1, but judged by the looser rules of the core group."""

import dataclasses

from kubewheel.api.core import event
from kubewheel.api.kinds import Kind


def adjust(kind: Kind) -> Kind:
    """Judge by the rules of the core group."""
    return dataclasses.replace(kind, validate=event.KIND.validate, validate_update=event.KIND.validate_update)
