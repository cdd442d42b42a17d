"""Custom resources: from a CustomResourceDefinition to resources with behaviour.

In: stored definitions.  Out: resources for the registry (`resources`), the status of a definition (`acceptance`), and
what a structural schema asks of objects: `structure` prunes and fills in, `values` and `lists` validate, `rules`
evaluates x-kubernetes-validations. All of it is pure.
"""
