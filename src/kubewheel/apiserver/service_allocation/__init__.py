"""Service allocation: cluster IPs and node ports, each held by one service at a time.

What is taken lies in the store: an IPAddress object for an address, an entry of our own for a port. Taking is a
create, so of two servers at one store only one can win.
"""
