"""Rows with containers, one file each; see `kubewheel.bench.rows` for the form."""
