"""End-to-end tests: the real kubectl, the real containerd, images out of a real registry."""
