"""Server-side apply: who manages which field of an object, and what follows from it. Pure functions.

Semantics: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""
