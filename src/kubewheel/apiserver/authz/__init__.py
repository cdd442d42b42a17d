"""Authorization: may this identity do that. Modes are asked in order; the first opinion counts.

In: `attributes.Attributes`.  Out: a `attributes.Verdict`.
"""
