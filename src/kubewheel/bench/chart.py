"""The chart: a bar for each figure that upstream has one for, on a scale of powers of two; plain SVG."""

import math
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

WIDTH, LABEL, ROW, TOP, RIGHT = 900, 330, 24, 64, 150
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.t{font-size:16px;font-weight:600}.n{fill:#666}"
    ".b{fill:#3970e4}.w{fill:#c2571a}.g{stroke:#ddd}.o{stroke:#444}"
    "@media(prefers-color-scheme:dark){svg{background:#161616}text{fill:#eee}.n{fill:#aaa}.g{stroke:#333}"
    ".o{stroke:#bbb}}"
)


def draw(report: Mapping[str, Any]) -> str:
    """Return the chart of a report as the text of an SVG file."""
    bars = list(_bars(report))
    height = TOP + ROW * max(len(bars), 1) + 40
    ends = [math.log2(each["ratio"]) for _, each in bars] or [0.0]
    low, high = math.floor(min([0.0, *ends])), math.ceil(max([1.0, *ends]))
    against = report["upstream"] or "the anchors, what upstream's servers did on one machine"
    subtitle = escape(f"against {against}; {report['machine']}; {report['date'][:10]}")

    def x(power: float) -> float:
        return LABEL + (power - low) / (high - low) * (WIDTH - LABEL - RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        f"<style>{STYLE}</style>", '<text class="t" x="16" y="26">Times better than upstream</text>',
        f'<text class="n" x="16" y="46">{subtitle}</text>',
    ]
    for power in range(low, high + 1):
        tone = "o" if power == 0 else "g"
        parts.append(f'<line class="{tone}" x1="{x(power):.1f}" x2="{x(power):.1f}" y1="{TOP}" y2="{height - 30}"/>')
        place = f'x="{x(power):.1f}" y="{height - 12}" text-anchor="middle"'
        parts.append(f'<text class="n" {place}>{2.0**power:g}x</text>')
    if not bars:
        parts.append(f'<text x="{LABEL + 8}" y="{TOP + 17}">upstream has no figures for these rows</text>')
    for index, (label, figure) in enumerate(bars):
        parts += _bar(index, label, figure, x)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bars(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for result in report["results"]:
        for figure in result["figures"]:
            if figure["ratio"]:
                yield f"{result['rows'][0]} {figure['name']}", figure


def _bar(index: int, label: str, figure: Mapping[str, Any], x: Any) -> Iterator[str]:
    y, end = TOP + ROW * index, x(math.log2(figure["ratio"]))
    left, width = min(x(0), end), abs(end - x(0))
    tone = "b" if figure["ratio"] >= 1 else "w"
    yield f'<text x="{LABEL - 8}" y="{y + 17}" text-anchor="end">{escape(label)}</text>'
    yield f'<rect class="{tone}" x="{left:.1f}" y="{y + 4}" width="{max(width, 1):.1f}" height="{ROW - 8}" rx="2"/>'
    value = f"{figure['ratio']:.1f}x  ({figure['value']:,.4g} {figure['unit']})"
    yield f'<text x="{max(end, x(0)) + 6:.1f}" y="{y + 17}">{escape(value)}</text>'
