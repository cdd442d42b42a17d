"""Client of the Container Runtime Interface (gRPC, runtime.v1) and of containerd's event stream.

`client.Client` sends plain keyword fields and returns messages; `cri.proto` says which. Knows nothing of pods beyond
what the interface itself names.
"""
