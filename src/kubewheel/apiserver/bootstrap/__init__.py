"""Bootstrap: what every cluster has from its first moment on, put right at each start; `start` has the order."""
