"""Authentication: who asks. Each file knows one kind of credential; `identify` asks them in turn.

In: a request's headers and client certificate.  Out: an Identity, or 401.
"""
