"""OpenAPI: the description of the API that kubectl explain, apply and validation work from.

In: a registry, the schema and its descriptions.  Out: documents as encoded bytes (`v3`, `v2`), made when first asked
for. `operations` says what can be done on which path, `definitions` what the bodies look like, for both versions.
"""
