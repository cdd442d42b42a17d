"""The chart is well-formed, has a bar for each figure with a ratio, and none else."""

import xml.etree.ElementTree as xml
from typing import Any

from kubewheel.bench import chart

SPACE = "{http://www.w3.org/2000/svg}"


def report(*ratios: float | None) -> dict[str, Any]:
    figures = [
        {"name": f"a<b{index}", "value": 5.0, "unit": "/s", "ratio": ratio} for index, ratio in enumerate(ratios)
    ]
    return {
        "upstream": "", "machine": "2 cores & more", "date": "2027-01-01T00:00:00+00:00",
        "results": [{"rows": ("P1",), "figures": figures}],
    }


def test_bars_show_ratios():
    root = xml.fromstring(chart.draw(report(8.0, 0.5, None)))
    better, worse = root.findall(f"{SPACE}rect")
    assert (better.get("class"), worse.get("class")) == ("b", "w")
    # A scale of powers of two: eight times better is three steps long, half is one step.
    assert round(float(better.get("width", "")) / float(worse.get("width", "")), 2) == 3.0
    texts = [each.text for each in root.findall(f"{SPACE}text")]
    assert "P1 a<b0" in texts
    assert "8.0x  (5 /s)" in texts
    assert any("2 cores & more" in str(each) for each in texts)


def test_nothing_to_compare_is_no_fault():
    assert xml.fromstring(chart.draw(report(None))).findall(f"{SPACE}rect") == []
