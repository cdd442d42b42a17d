"""Slices: distributes endpoints over EndpointSlices with as few writes as possible.

In: the wanted endpoints of a Service and its present slices.  Out: slices to create, update, delete.
Used by `endpoint_slice` and `endpoint_slice_mirroring`.
"""

from kubewheel.controllers.slices.plan import Group, SlicePlan, plan_slices

__all__ = ["Group", "SlicePlan", "plan_slices"]
