"""Patches: what a PATCH request makes of an object.

In: the stored object (never changed) and a patch of one of three kinds.  Out: a new object, not yet checked.
`bodies` chooses by the request's Content-Type; each kind of patch has a file of its own. A patch that cannot be
applied raises a StatusError.
"""
