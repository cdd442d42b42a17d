"""Subresources: paths below an object. One file each defines `SUBRESOURCES`; `table.find` finds the handler."""
