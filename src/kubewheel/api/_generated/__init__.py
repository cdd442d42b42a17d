"""Data made by `tools/build_schema.py` from the published API schema; never edited by hand.

`structure.zz` holds the fields of every definition, one definition a line; `docs.xz` the descriptions. The modules
`kubewheel.api.schema` and `kubewheel.api.openapi` read them.
"""
