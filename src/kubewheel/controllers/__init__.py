"""Controllers: each keeps one kind of object in order, through `reconcile`.

In: a client of the API.  Out: writes to the API.  `run` starts all; one controller, one file (or package).
"""
