"""Probe kinds: one file each, named after the field of the probe (`httpGet` → `http_get.py`).

A kind is a module with `async def probe(check: kinds.Check) -> kinds.Result`.
"""
