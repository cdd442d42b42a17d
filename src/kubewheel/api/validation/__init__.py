"""Rules that kinds share: what may stand in a pod template, a selector, a port, a quantity.

In: parts of objects, already of the right JSON types, and the path where they stand.  Out: lists of faults.
"""
