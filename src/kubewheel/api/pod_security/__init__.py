"""Pod security standards: what pods of a level may ask for, in each version of the standards.

In: the metadata and spec of a pod, and the standard to hold them against.  Out: what is wrong, in upstream's words.
https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""
