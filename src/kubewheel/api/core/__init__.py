"""Kinds of the group without a name: pods, services, nodes, volumes, configuration."""
