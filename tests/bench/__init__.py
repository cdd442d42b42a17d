"""The benchmarks that need a checkout: images made by `tests.e2e.support`; `make bench` runs these and all others."""
