"""What holds for every kind of cluster: the fixture's and the real one."""
