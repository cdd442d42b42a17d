"""Defaults that kinds share: what a pod template means where its author said nothing.

In: parts of objects, changed in place.  Everybody in api/<group> may import it.
"""
