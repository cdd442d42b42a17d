"""Components against the API server in memory."""
