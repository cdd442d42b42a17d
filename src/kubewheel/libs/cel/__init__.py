"""CEL, the expression language of Kubernetes: the one place that knows the package that evaluates it.

In: source text and variables as JSON-like values.  Out: values, or `Invalid` and `Failure` in the words of CEL's
reference implementation. `source` rewrites what the package cannot read; `functions` adds libraries to it.
"""

from kubewheel.libs.cel.program import Failure, Invalid, Program, compile, optional

__all__ = ["Failure", "Invalid", "Program", "compile", "optional"]
