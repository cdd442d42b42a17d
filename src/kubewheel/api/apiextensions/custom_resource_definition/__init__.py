"""CustomResourceDefinition: adds a kind to the API.

`definition` has the rules of the object, `schemas` those of the schemas in it, `printing` those of columns and
subresources.
"""

from kubewheel.api.apiextensions.custom_resource_definition.definition import KIND

__all__ = ["KIND"]
