"""Draws the plots of docs/performance.md as SVG, with matplotlib (`pip install -e '.[benchmarks]'`).

What a plot shows is a value without matplotlib, and each file holds a digest of that value: so a test can see
without matplotlib whether a file is up to date.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLOURS = ("#1f5fbf", "#c2570c")
# Text stays text, and ids are not random: the same plot drawn twice by one matplotlib is the same file.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stackferry",
    "font.family": "sans-serif",
    "font.size": 9,
}


@dataclass(frozen=True)
class Panel:
    """Named lines over one axis; each point is (x, y)."""

    title: str
    axis: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class LinePlot:
    """Panels side by side."""

    panels: Sequence[Panel]


@dataclass(frozen=True)
class PairPlot:
    """A row for each task, with a dot for the value of each of two tools, on a logarithmic axis."""

    rows: Mapping[str, tuple[float, float]]
    tools: tuple[str, str]
    axis: str


Plot = LinePlot | PairPlot


def digest(plot: Plot) -> str:
    """A digest of what the plot shows, as its file holds it."""
    data = json.dumps([type(plot).__name__, asdict(plot)], sort_keys=True)
    return f"sha256 of the data: {hashlib.sha256(data.encode()).hexdigest()}"


def draw(plot: Plot, file: Path) -> None:
    """Write the plot. Raises ImportError where matplotlib is not installed."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        figure = _pairs(plot) if isinstance(plot, PairPlot) else _lines(plot)
        # Without a date, so that drawing the same data again changes nothing.
        figure.savefig(file, format="svg", metadata={"Date": None, "Description": digest(plot)})
    # matplotlib ends some lines with a blank, which `git diff --check` reports.
    lines = [line.rstrip() for line in file.read_text(encoding="utf-8").splitlines()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lines(plot: LinePlot) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(plot.panels), 2.6), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(plot.panels), squeeze=False)[0], plot.panels, strict=True):
        for colour, (name, points) in zip(COLOURS, panel.series.items(), strict=False):
            axes.plot(*zip(*points, strict=True), color=colour, marker="o", markersize=4, label=name)
        axes.set(title=panel.title, xlabel=panel.axis)
        axes.set_xscale("log" if panel.log_x else "linear")
        axes.set_yscale("log" if panel.log_y else "linear")
        if not panel.log_y:
            axes.set_ylim(0, 1.1 * max(y for points in panel.series.values() for _, y in points))
        _plain_ticks(axes)
        axes.grid(visible=True, axis="y", color="#d5d5d5")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    return figure


def _pairs(plot: PairPlot) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 1.1 + 0.4 * len(plot.rows)), layout="constrained")
    axes = figure.subplots()
    positions = range(len(plot.rows))
    for position, (first, second) in zip(positions, plot.rows.values(), strict=True):
        axes.plot([first, second], [position, position], color="#999999", zorder=1)
        axes.annotate(
            f"{second / first:.1f} ×",
            (max(first, second), position),
            xytext=(10, 0),
            textcoords="offset points",
            va="center",
            weight="bold",
        )
    for colour, name, values in zip(COLOURS, plot.tools, zip(*plot.rows.values(), strict=True), strict=True):
        axes.scatter(values, positions, color=colour, s=45, label=name, zorder=2)
    axes.set(xscale="log", xlabel=plot.axis)
    _plain_ticks(axes)
    axes.set_yticks(positions, labels=list(plot.rows))
    axes.invert_yaxis()  # the first task on top
    axes.margins(x=0.12, y=0.15)
    axes.grid(visible=True, axis="x", color="#d5d5d5")
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    return figure


def _plain_ticks(axes: Any) -> None:
    """Numbers such as 10,000 instead of powers of ten, and no marks between them."""
    from matplotlib.ticker import StrMethodFormatter

    axes.minorticks_off()
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
