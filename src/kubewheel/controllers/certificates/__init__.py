"""Certificates: requests for them are approved where that is safe, signed once approved, and forgotten later.

In: CertificateSigningRequests.  Out: approvals of kubelets' requests, certificates, deletes of old requests.
https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
"""

from kubewheel.controllers.certificates import approve, clean, sign

__all__ = ["approve", "clean", "sign"]
