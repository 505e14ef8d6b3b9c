"""docs/performance.md, filled from the results: the tables between its marks, and the plots beside it.

What stands between `<!-- NAME -->` and `<!-- end -->` is written here; the words around it are written by people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks import beside, growth, halves, results, svg
from benchmarks.service import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from benchmarks.results import Row

PAGE, PLOTS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance"
MARK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
TASKS = (beside.EXPORT, beside.IMPORT, beside.QUIET, beside.EDITED)
AIMS = {beside.EXPORT: "3 ×", beside.IMPORT: "4.5 ×", beside.QUIET: "20 ×", beside.EDITED: "20 ×"}
OURS, THEIRS = "stackferry", "csdx"
BUDGETS = ("read", "write", "bulk", "asset")
COMMANDS = {
    "export": "export",
    "next night": "export --base",
    "plan": "import --dry-run",
    "import": "import",
    "again": "import, run again",
    "verify": "verify",
    "against": "verify --against",
    "diff": "diff",
    "to csdx": "convert --to csdx",
    "from csdx": "convert --to stackferry",
}
"""What `benchmarks/memory.py` measures, as it is called on the page, in its order."""


def fill(folder: Path = results.FOLDER) -> None:
    """Write the page and its plots anew."""
    PLOTS.mkdir(exist_ok=True)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), folder), encoding="utf-8")
    for name, plot in plots(folder).items():
        (PLOTS / name).write_text(plot, encoding="utf-8")


def filled(page: str, folder: Path = results.FOLDER) -> str:
    """The page with every block as the results say."""
    blocks = tables(folder)
    return MARK.sub(lambda found: f"{found[1]}\n{blocks[found[2]]}\n\n{found[3]}", page)


def tables(folder: Path) -> dict[str, str]:
    """The blocks by name."""
    rows, grown = results.read(beside.PART, folder), results.read(growth.PART, folder)
    copied, peaks = results.read(halves.PART, folder), results.read("memory", folder)
    return {
        "ratios": ratios(rows),
        "limited": costs(rows, limited=True),
        "open": costs(rows, limited=False),
        "fidelity": fidelity(rows),
        "history": histories(results.read(beside.HISTORY, folder)),
        "halves": copies(copied),
        "growth": growing(grown),
        "memory": memories(peaks),
        "machine": machines([*rows, *results.read(beside.HISTORY, folder), *copied, *grown, *peaks]),
    }


def plots(folder: Path) -> dict[str, str]:
    """The pictures by file name; one without figures is left out."""
    rows, grown = results.read(beside.PART, folder), results.read(growth.PART, folder)
    found = {"limited.svg": pairs_plot(rows)} if pairs(rows, limited=True) else {}
    for axis in dict.fromkeys(row["axis"] for row in grown):
        found[f"{axis}.svg"] = growth_plot([row for row in grown if row["axis"] == axis], axis)
    return found


# --- both tools ---


def pairs(rows: Iterable[Row], *, limited: bool) -> list[tuple[Row, Row]]:
    """Ours and theirs of the same stack and task, generated stacks first."""
    by_key = {(row["stack"], row["task"], row["tool"]): row for row in rows if row["limited"] is limited}
    stacks = [row["stack"] for row in sorted(by_key.values(), key=generated_first)]
    keys = [((stack, task, OURS), (stack, task, THEIRS)) for stack in dict.fromkeys(stacks) for task in TASKS]
    return [(by_key[one], by_key[two]) for one, two in keys if one in by_key and two in by_key]


def generated_first(row: Row) -> tuple[bool, str]:
    return not is_generated(row), row["stack"]


def is_generated(row: Row) -> bool:
    """A generated stack is called after its size."""
    return "×" in row["stack"]


def ratios(rows: list[Row]) -> str:
    def line(ours: Row, theirs: Row) -> tuple[str, ...]:
        times = f"**{theirs['seconds'] / ours['seconds']:.1f} ×**"
        aim = AIMS[ours["task"]] if is_generated(ours) else "–"
        return ours["stack"], ours["task"], times, aim, seconds(ours), seconds(theirs)

    head = ("stack", "task", "faster", "aim", OURS, THEIRS)
    picture = "![seconds of both tools](performance/limited.svg)"
    return f"{table(head, [line(*pair) for pair in pairs(rows, limited=True)])}\n\n{picture}"


def costs(rows: list[Row], *, limited: bool) -> str:
    """Everything that was measured of both, a line for each tool."""
    measured = (
        "wall",
        "requests = reads + writes + bulk",
        "downloads",
        "429s met",
        "memory",
        "processor",
        "load",
    )
    head = ("stack", "task", "tool", *measured)
    found = [row for row in rows if row["limited"] is limited and row["task"] in TASKS]
    found.sort(key=lambda row: (*generated_first(row), TASKS.index(row["task"]), row["tool"] != OURS))
    return table(head, [cost(row) for row in found])


def cost(row: Row) -> tuple[str, ...]:
    asked = [row["requests"].get(budget, 0) for budget in BUDGETS]
    spent = f"{sum(asked[:3]):,} = {' + '.join(f'{one:,}' for one in asked[:3])}"
    end = "" if row["code"] == 0 else f" (exit code {row['code']})"
    return (
        *(row["stack"], row["task"], row["tool"] + end, seconds(row), spent, f"{asked[3]:,}"),
        *(str(row["refused"].get("429", 0)), mebibytes(row), f"{row['cpu']:.1f} s", str(row["load"])),
    )


def fidelity(rows: list[Row]) -> str:
    head = ("stack", "tool", "objects equal", "but for `dirty`", "what differs, in places")
    found = [row for row in rows if row["task"] == beside.FIDELITY and row["limited"]]
    found.sort(key=lambda row: (*generated_first(row), row["tool"] != OURS))
    return table(head, [faithful(row) for row in found])


def faithful(row: Row) -> tuple[str, ...]:
    sorts: dict[str, int] = {}
    for what, times in row["differences"].items():
        name = re.sub(r"/documents/[\w-]+|/N|/children", "", what)
        sorts[name] = sorts.get(name, 0) + times
    most = sorted(sorts.items(), key=lambda one: -one[1])[:5]
    told = "; ".join(f"{times:,} × {what}" for what, times in most) or "nothing"
    equal = (f"**{row[kind]:,}** of {row['total']:,}" for kind in ("equal", "lenient"))
    return row["stack"], row["tool"], *equal, told


def histories(rows: list[Row]) -> str:
    """Backups of every version: what they took, and how many versions are in them."""
    head = ("stack", "task", "tool", "wall", "requests", "429s met", "versions in the backup", "exit code")
    found = sorted(rows, key=lambda row: (row["stack"], TASKS.index(row["task"]), row["tool"] != OURS))
    return table(head, [historic(row) for row in found])


def historic(row: Row) -> tuple[str, ...]:
    kept, held = row["versions"]["kept"], row["versions"]["held"]
    asked = sum(times for budget, times in row["requests"].items() if budget != "asset")
    met = row["refused"].get("429", 0)
    told = (row["stack"], row["task"], row["tool"], seconds(row), f"{asked:,}", f"{met:,}")
    return *told, f"**{kept:,}** of {held:,}", str(row["code"])


def copies(rows: list[Row]) -> str:
    """A copy beside its halves, a line for each stack."""
    head = ("stack", "versions", "export", "import", "copy", "copy / longer half", "requests of the copy")
    lines = []
    for stack in dict.fromkeys(row["stack"] for row in sorted(rows, key=generated_first)):
        tasks = {row["task"]: row for row in rows if row["stack"] == stack}
        both = [tasks.get(task) for task in (beside.EXPORT, beside.IMPORT, halves.COPY)]
        if all(both):
            export, load, copy = (row for row in both if row)
            ratio = copy["seconds"] / max(export["seconds"], load["seconds"])
            asked = [copy["requests"].get(budget, 0) for budget in BUDGETS[:3]]
            depth = "all" if "versions" in stack else "pinned"
            told = (seconds(export), seconds(load), seconds(copy), f"**{ratio:.2f}**")
            lines.append((stack, depth, *told, " + ".join(f"{one:,}" for one in asked)))
    return table(head, lines)


def pairs_plot(rows: list[Row]) -> str:
    found = [(ours, theirs) for ours, theirs in pairs(rows, limited=True) if is_generated(ours)]
    told = {ours["task"]: (ours["seconds"], theirs["seconds"]) for ours, theirs in found}
    return svg.dots(told, (OURS, THEIRS), "seconds at 10 + 10 + 1 requests a second and 100 ms latency")


# --- growth ---


def growing(rows: list[Row]) -> str:
    head = (
        "grows",
        "stack",
        "task",
        "wall",
        "entry versions a second",
        "requests",
        "memory",
        "processor",
        "load",
    )
    order = list(growth.AXES)
    found = sorted(rows, key=lambda row: (order.index(row["axis"]), row["value"], row["task"]))
    pictures = [
        f"![growth with {axis}](performance/{axis}.svg)"
        for axis in dict.fromkeys(row["axis"] for row in found)
    ]
    return "\n\n".join([*pictures, table(head, [grown(row) for row in found])])


def grown(row: Row) -> tuple[str, ...]:
    size = row["size"]
    stack = f"{size['entries']:,} × {size['versions']} versions × {size['locales']} locales"
    versions = size["entries"] * size["versions"] * size["locales"]
    asked = f"{sum(row['requests'].values()):,}"
    rate = f"{versions / row['seconds']:,.0f}"
    return (
        row["axis"],
        stack,
        row["task"],
        seconds(row),
        rate,
        asked,
        mebibytes(row),
        f"{row['cpu']:.0f} s",
        str(row["load"]),
    )


def growth_plot(rows: list[Row], axis: str) -> str:
    """Seconds, requests and memory over one axis."""
    measures: dict[str, tuple[str, Callable[[Row], float]]] = {
        "seconds": ("xy", lambda row: float(row["seconds"])),
        "requests": ("xy", lambda row: float(sum(row["requests"].values()))),
        "peak MiB": ("x", lambda row: float(row["memory"]) / 2**20),
    }
    panels = []
    for title, (factors, of) in measures.items():
        series = {
            task: sorted((float(row["value"]), of(row)) for row in rows if row["task"] == task)
            for task in TASKS[:2]
        }
        panels.append(svg.Panel(title, axis, series, factors if axis == "entries" else ""))
    return svg.lines(panels)


# --- memory ---


def memories(rows: list[Row]) -> str:
    """The peak of every command that was run on the smallest stack and on the largest."""
    sizes = sorted({row["entries"] for row in rows})
    by_key = {(row["command"], row["entries"]): row for row in rows}
    keys = [[(command, size) for size in (*sizes[:1], *sizes[-1:])] for command in COMMANDS]
    pairs = [[by_key[key] for key in pair] for pair in keys if pair and all(key in by_key for key in pair)]
    head = ("command", *(f"{size:,} entries" for size in (*sizes[:1], *sizes[-1:])), "grows", "wall", "load")
    return table(head, [peak(*pair) for pair in pairs])


def peak(few: Row, many: Row) -> tuple[str, ...]:
    ratio = f"**{many['memory'] / few['memory']:.2f} ×**"
    wall, load = f"{seconds(few)}, {seconds(many)}", f"{few['load']}, {many['load']}"
    return COMMANDS[few["command"]], mebibytes(few), mebibytes(many), ratio, wall, load


# --- words ---


def machines(rows: list[Row]) -> str:
    """Every machine and program that a figure comes from, and when."""
    times: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        machine = "{cores} cores of {cpu}, {memory_gib} GiB, {system}; Python {python}, httpx {httpx}"
        tool = f"{row.get('tool', OURS)} {row['version']}"
        times.setdefault((machine.format(**row["machine"]), tool), []).append(row["when"])
    head = ("machine", "tool", "first run begun", "last")
    return table(head, [(*key, min(moments), max(moments)) for key, moments in times.items()])


def seconds(row: Row) -> str:
    return f"{row['seconds']:,.1f} s"


def mebibytes(row: Row) -> str:
    return f"{row['memory'] / 2**20:,.0f} MiB"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
