"""Encryption at rest: which resources are written in which cipher, in upstream's stored format.

In: a configuration file.  Out: `Encryption`, which engines ask to seal what they write and to open what they read.
Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
"""

from kubewheel.storage.encryption.ciphers import Undecipherable
from kubewheel.storage.encryption.configuration import Unfit, parse
from kubewheel.storage.encryption.rules import Encryption

__all__ = ["Encryption", "Undecipherable", "Unfit", "parse"]
