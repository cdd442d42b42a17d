"""The node agent with a scripted runtime against the API server in memory, under a stepped clock."""
