"""Rules and data of the API's kinds: schemas, defaults, validation, patches, columns, errors. No I/O, no asyncio.

In: JSON mappings.  Out: JSON mappings, or `errors.StatusError`.  Everybody above may import it.
"""
