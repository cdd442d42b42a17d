"""Test kit: a whole cluster inside a test process.

In: what a test wants (kinds only, controllers, simulated nodes), manifests, faults, time.
Out: a ready cluster, its clients, its kubeconfig.  Public; nothing in the package imports it.
"""
