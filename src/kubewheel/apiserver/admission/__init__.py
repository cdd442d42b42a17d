"""Admission: what is asked for is completed, then checked, before it is written. One plugin, one file.

Each file defines `PLUGIN`; its stage and weight say when it runs, `chain.Chain` runs all of them.
"""
