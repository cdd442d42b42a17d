"""Client of the Container Runtime Interface (gRPC, runtime.v1) and of containerd's event stream.

`client.Client` sends plain keyword fields and returns messages; `cri.proto` says which. Knows nothing of pods beyond
what the interface itself names.
"""

import os

# Nobody here forks without exec; gRPC's handlers for that case would only write warnings. It reads this when imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
