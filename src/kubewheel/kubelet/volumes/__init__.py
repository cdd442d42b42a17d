"""Volumes: one file a kind, found by its field's name (`emptyDir` → `empty_dir.py`).

A kind is a module with `async def set_up(order: kinds.Order) -> kinds.Mounted`; it can be called again at any time and
then brings the contents up to date. `manager` sets up and tears down all volumes of a pod.
"""
