"""Small charts as SVG text that a diff can read: a plotting library would be a large dependency for four pictures.

It knows of axes, lines and dots, and nothing of what they mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Point = tuple[float, float]
COLOURS = ("#1f5fbf", "#c2570c")
INK, FAINT = "#333333", "#d5d5d5"
FONT = "font-family='system-ui, sans-serif' font-size='12'"
WIDTH, HEIGHT = 300, 220  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 30, 44  # its margins
ROW, NAMES = 34, 235  # height of a row of dots, width of the names before it


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` as places from `start` to `end`, in equal steps or in equal factors."""

    low: float
    high: float
    start: float
    end: float
    by_factors: bool = False

    def at(self, value: float) -> float:
        low, high, here = (
            math.log10(one) if self.by_factors else one for one in (self.low, self.high, value)
        )
        return self.start + (self.end - self.start) * ((here - low) / (high - low))

    def ticks(self) -> list[float]:
        if self.by_factors:
            return [
                10.0**power for power in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            ]
        step = round_step(self.high)
        return [step * number for number in range(round(self.high / step) + 1)]


def scale(values: Iterable[float], start: float, end: float, *, by_factors: bool) -> Scale:
    """A scale that has room for all values, and ends at round numbers."""
    known = [value for value in values if value > 0] or [1.0]
    if by_factors:
        low, high = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
        return Scale(10.0**low, 10.0 ** max(high, low + 1), start, end, by_factors=True)
    step = round_step(max(known))
    return Scale(0, step * math.ceil(max(known) / step), start, end)


def round_step(most: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … of which at most five reach to `most`."""
    power = 10.0 ** math.floor(math.log10(most / 5))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * 5 >= most * (1 - 1e-9))


@dataclass(frozen=True)
class Panel:
    """Named lines over one axis; `by_factors` are those of the axes, x and y, that go by factors of ten."""

    title: str
    across: str
    series: Mapping[str, Sequence[Point]]
    by_factors: str = ""


def lines(panels: Sequence[Panel]) -> str:
    """Panels side by side."""
    parts = [part for place, panel in enumerate(panels) for part in _panel(panel, place * WIDTH)]
    return _picture(WIDTH * len(panels), HEIGHT, parts)


def _panel(panel: Panel, left: float) -> Iterator[str]:
    points = [point for line in panel.series.values() for point in line]
    across, up = (scaled in panel.by_factors for scaled in "xy")
    x = scale((one for one, _ in points), left + LEFT, left + WIDTH - RIGHT, by_factors=across)
    y = scale((one for _, one in points), HEIGHT - BOTTOM, TOP, by_factors=up)
    yield _text(left + LEFT, 16, panel.title, weight="bold")
    for tick in y.ticks():
        yield _line(x.start, y.at(tick), x.end, y.at(tick), FAINT)
        yield _text(x.start - 6, y.at(tick) + 4, short(tick), anchor="end")
    for tick in x.ticks():
        yield _text(x.at(tick), HEIGHT - BOTTOM + 16, short(tick), anchor="middle")
    yield _text((x.start + x.end) / 2, HEIGHT - 8, panel.across, anchor="middle")
    for place, (colour, (name, line)) in enumerate(zip(COLOURS, panel.series.items(), strict=False)):
        path = " ".join(f"{x.at(a):.1f},{y.at(b):.1f}" for a, b in line)
        yield f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>"
        yield from (_dot(x.at(a), y.at(b), colour, 3) for a, b in line)
        yield _text(x.end - 50 * place, 16, name, anchor="end", colour=colour)


def dots(rows: Mapping[str, tuple[float, float]], names: tuple[str, str], across: str) -> str:
    """A row for each name with a dot for each of two values, and how many times one the other is."""
    width, height = NAMES + 420, TOP + ROW * len(rows) + BOTTOM
    x = scale((one for pair in rows.values() for one in pair), NAMES, width - 70, by_factors=True)
    parts = [
        _text(NAMES + 130 * place, 16, name, colour=COLOURS[place], weight="bold")
        for place, name in enumerate(names)
    ]
    for tick in x.ticks():
        parts.append(_line(x.at(tick), TOP, x.at(tick), height - BOTTOM, FAINT))
        parts.append(_text(x.at(tick), height - BOTTOM + 16, short(tick), anchor="middle"))
    parts.append(_text((x.start + x.end) / 2, height - 8, across, anchor="middle"))
    for place, (name, (one, two)) in enumerate(rows.items()):
        y = TOP + ROW * (place + 0.5)
        parts.append(_text(NAMES - 12, y + 4, name, anchor="end"))
        parts.append(_line(x.at(one), y, x.at(two), y, "#999999"))
        parts += [_dot(x.at(value), y, colour, 6) for value, colour in zip((one, two), COLOURS, strict=True)]
        parts.append(_text(width - 60, y + 4, f"{two / one:.1f} ×", weight="bold"))
    return _picture(width, height, parts)


def short(value: float) -> str:
    """A tick's label: 20, 1.5, 100k."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _picture(width: float, height: float, parts: Iterable[str]) -> str:
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' {FONT}>"
    return "\n".join([head, "<rect width='100%' height='100%' fill='white'/>", *parts, "</svg>"]) + "\n"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'/>"


def _dot(x: float, y: float, colour: str, radius: float) -> str:
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius}' fill='{colour}'/>"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, weight: str = "normal"
) -> str:
    style = f"text-anchor='{anchor}' fill='{colour}' font-weight='{weight}'"
    return f"<text x='{x:.1f}' y='{y:.1f}' {style}>{escape(text)}</text>"
