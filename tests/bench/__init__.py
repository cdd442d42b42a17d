"""Benchmarks: `make bench` prints the table of figures; one file a row in `rows/`."""
