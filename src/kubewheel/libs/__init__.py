"""Building blocks that know nothing of Kubernetes: clocks, tasks, wire formats, kernel and runtime interfaces.

Everybody may import from here; nothing here imports the rest of the package.
"""
