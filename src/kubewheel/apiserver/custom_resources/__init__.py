"""Custom resources: definitions that are stored become part of the API, at once.

In: CustomResourceDefinitions in the store.  Out: resources in the registry, status of the definitions, objects in the
version that a client asks for. `service` registers, `reconciler` writes, `conversion` converts.
"""

from kubewheel.apiserver.custom_resources.service import CustomResources

__all__ = ["CustomResources"]
