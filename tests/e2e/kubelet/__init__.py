"""End-to-end tests of the node agent alone: real containers, the API server in memory."""
