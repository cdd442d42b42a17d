"""Shares of concurrency by their old name."""

from kubewheel.api.retired import flowcontrol_v1beta2 as version


def test_shares():
    level = {"spec": {"type": "Limited", "limited": {"assuredConcurrencyShares": 5}}}
    version.to_stored(level)
    assert level["spec"]["limited"] == {"nominalConcurrencyShares": 5}
    version.from_stored(level)
    assert level["spec"]["limited"] == {"assuredConcurrencyShares": 5}


def test_exempt_levels_have_none():
    level = {"spec": {"type": "Exempt"}}
    version.to_stored(level)
    assert level == {"spec": {"type": "Exempt"}}
