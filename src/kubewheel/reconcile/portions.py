"""Portions: an absolute number or a percentage of a total, as maxSurge, maxUnavailable and minAvailable use them."""


def of(value: int | str | None, total: int, *, round_up: bool, default: int | str = 0) -> int:
    """Return the number that `value` stands for; None means `default`."""
    if value is None:
        value = default
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError(f"neither a number nor a percentage: {value!r}")
    share = int(value[:-1]) * total
    return -(-share // 100) if round_up else share // 100
