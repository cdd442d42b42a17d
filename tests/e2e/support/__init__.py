"""What the end-to-end tests stand on: images, a registry, clusters, kubectl."""
