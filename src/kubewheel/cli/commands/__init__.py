"""Commands, one file each.

A docstring that is its help, `add_arguments(parser)`, and `run(options, cluster)`, which returns the exit code.
"""
