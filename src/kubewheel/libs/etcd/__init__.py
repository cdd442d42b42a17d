"""etcd's API v3 over gRPC, as far as a store of objects needs it.

In: endpoints and certificates.  Out: reads, compare-and-swap transactions, watches.
Source: https://etcd.io/docs/v3.5/learning/api/
"""

import os

# Nobody here forks without exec; gRPC's handlers for that case would only write warnings. It reads this when imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
