"""Benchmarks: how fast this machine runs a cluster, as a table anyone can make again.

In: rows, one file each in `rows/`.  Out: a table, JSON, a chart. `kubewheel bench` runs the rows that need nothing
but this package; a checkout adds those with containers. Nothing in the package imports it.
"""
