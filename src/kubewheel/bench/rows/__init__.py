"""The rows, one file each: `ROW`, whose `measure` returns figures; the docstring's first line names the work."""
