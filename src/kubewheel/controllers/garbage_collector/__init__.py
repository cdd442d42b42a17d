"""Garbage collector: deletes what its owners leave behind, and holds owners back while dependents must go first.

In: the metadata of every kind that can be listed and deleted.  Out: deletes, changed ownerReferences and finalizers.
`graph` remembers who owns whom (pure), `sync` verifies with live reads and acts, `kinds` finds out what to watch.
https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from kubewheel.controllers.garbage_collector.sync import controller

__all__ = ["controller"]
