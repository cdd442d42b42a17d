"""The rows, one file each: a docstring that names the work, `NUMBER`, `AIM`, and `async measure(bench) -> str`."""
