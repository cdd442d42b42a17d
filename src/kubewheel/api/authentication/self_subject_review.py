"""SelfSubjectReview: asks who one is."""

from kubewheel.api.kinds import Kind

KIND = Kind("authentication.k8s.io", "SelfSubjectReview", validate_name=lambda _: [])
