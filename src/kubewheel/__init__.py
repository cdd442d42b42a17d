"""Kubewheel: Kubernetes in a Python wheel. ARCHITECTURE.md is the map of this package."""

__version__ = "0.1.0"

KUBERNETES_VERSION = "v1.37.1"
