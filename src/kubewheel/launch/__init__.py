"""Launch: builds the components of a cluster and runs them in processes.

In: what the user asked for (`cli`), files below the data directory.  Out: a running cluster.
`control` does what the commands say, `serve` is the cluster's process, `cluster` lists everything that runs in it.
Nobody but `testing` may import it.
"""
