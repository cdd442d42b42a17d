"""Nodes and containers that only report status: for tests, and for clusters of thousands of nodes in one process.

In: pods.  Out: their status, logs and answers to exec, decided by `behaviour` (which documents the annotations).
`runtime` is a Runtime for one real node agent; `fleet` plays any number of whole nodes at once.
"""
