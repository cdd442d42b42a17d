"""Verbs: one file each. `dispatch` chooses; what a verb does to objects is plain functions that others may call."""
