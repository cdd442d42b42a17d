"""Requests that nobody sends on purpose: `python -m tests.fuzz` sends many, the test suite a few of them."""
