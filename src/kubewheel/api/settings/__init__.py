"""settings.k8s.io: PodPresets, which upstream served until 1.20: what all pods of a kind get, said once."""
