"""DNS plugins, one file each: `async answer(question) -> Answer | None`; None passes the question on."""
