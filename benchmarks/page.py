"""Fills docs/performance.md from the results: the blocks between its marks, and the plots beside it.

What is between `<!-- NAME -->` and `<!-- end -->` is written here; the text around it is written by people.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from benchmarks import comparison, copy_cost, growth, plots, results
from benchmarks.projects import memory as project_memory
from benchmarks.results import say
from benchmarks.service import ROOT
from benchmarks.spaces import comparison as spaces
from benchmarks.spaces import memory as space_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.results import Result

PAGE, PLOTS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance"
MARK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
COLUMNS = 110  # of the page
TASKS = (comparison.EXPORT, comparison.IMPORT, comparison.UNCHANGED, comparison.EDITED)
AIMS = dict(zip(TASKS, ("3 ×", "4.5 ×", "20 ×", "20 ×"), strict=True))
STACKFERRY, CSDX = "stackferry", "csdx"
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
"""The measurements of benchmarks/memory.py with their names on the page, in the page's order."""


def fill(folder: Path = results.FOLDER) -> None:
    """Write the page and its plots anew; without matplotlib the page alone, with a message."""
    PLOTS.mkdir(exist_ok=True)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), folder), encoding="utf-8")
    try:
        for name, plot in plots_of(folder).items():
            plots.draw(plot, PLOTS / name)
    except ImportError as missing:
        say(f"{PAGE} is filled; its plots are as they were: {missing}. pip install -e '.[benchmarks]'")


def filled(page: str, folder: Path = results.FOLDER) -> str:
    """The page with every block made from the results."""
    made = blocks(folder)
    return MARK.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n\n{found[3]}", page)


def blocks(folder: Path) -> dict[str, str]:
    """The blocks by name."""
    compared, grown = results.read(comparison.PART, folder), results.read(growth.PART, folder)
    copied, peaks = results.read(copy_cost.PART, folder), results.read("memory", folder)
    history = results.read(comparison.HISTORY, folder)
    of_spaces, space_peaks = (results.read(part, folder) for part in (spaces.PART, space_memory.PART))
    projects = results.read(project_memory.PART, folder)
    return {
        "ratios": ratios(compared),
        "limited": costs(compared, limited=True),
        "unlimited": costs(compared, limited=False),
        "fidelity": fidelity(compared),
        "history": histories(history),
        "copy": copies(copied),
        "growth": growth_table(grown),
        "memory": memories(peaks),
        "spaces": space_costs(of_spaces),
        "space_fidelity": space_fidelity(of_spaces),
        "space_memory": memories(space_peaks, space_memory.COMMANDS),
        "project_memory": project_costs(projects),
        "machine": machines(
            [*compared, *history, *copied, *grown, *peaks, *of_spaces, *space_peaks, *projects]
        ),
    }


def plots_of(folder: Path) -> dict[str, plots.Plot]:
    """The plots by file name; one without results is left out."""
    compared, grown = results.read(comparison.PART, folder), results.read(growth.PART, folder)
    found: dict[str, plots.Plot] = {}
    if pairs(compared, limited=True):
        found["limited.svg"] = pair_plot(compared)
    for axis in dict.fromkeys(result["axis"] for result in grown):
        found[f"{axis}.svg"] = growth_plot([result for result in grown if result["axis"] == axis], axis)
    return found


# --- both tools ---


def pairs(found: Iterable[Result], *, limited: bool) -> list[tuple[Result, Result]]:
    """The results of both tools, stackferry's first, for the same stack and task; generated stacks first."""
    by_key = {(r["stack"], r["task"], r["tool"]): r for r in found if r["limited"] is limited}
    stacks = dict.fromkeys(result["stack"] for result in sorted(by_key.values(), key=generated_first))
    keys = [((stack, task, STACKFERRY), (stack, task, CSDX)) for stack in stacks for task in TASKS]
    return [(by_key[first], by_key[second]) for first, second in keys if first in by_key and second in by_key]


def generated_first(result: Result) -> tuple[bool, str]:
    return not is_generated(result), result["stack"]


def is_generated(result: Result) -> bool:
    """A generated stack is named after its size."""
    return "×" in result["stack"]


def by_tool(result: Result) -> tuple[object, ...]:
    """Sorts by stack, then task, then tool, stackferry first."""
    return *generated_first(result), TASKS.index(result["task"]), result["tool"] != STACKFERRY


def ratios(found: list[Result]) -> str:
    def row(own: Result, other: Result) -> tuple[str, ...]:
        times = f"**{other['seconds'] / own['seconds']:.1f} ×**"
        aim = AIMS[own["task"]] if is_generated(own) else "–"
        return own["stack"], own["task"], times, aim, seconds(own), seconds(other)

    head = ("task", "faster", "aim", STACKFERRY, CSDX)
    picture = "![seconds of both tools](performance/limited.svg)"
    return f"{tables_by_stack(head, [row(*pair) for pair in pairs(found, limited=True)])}\n\n{picture}"


def costs(found: list[Result], *, limited: bool) -> str:
    """Everything that was measured of both tools."""
    measured = ("wall", "requests = reads + writes + bulk", "downloads", "429s", "memory", "CPU", "load")
    shown = [result for result in found if result["limited"] is limited and result["task"] in TASKS]
    return tables_by_stack(
        ("task", "tool", *measured), [cost(result) for result in sorted(shown, key=by_tool)]
    )


def cost(result: Result) -> tuple[str, ...]:
    read, write, bulk, asset = (result["requests"].get(budget, 0) for budget in BUDGETS)
    spent = f"{read + write + bulk:,} = {read:,} + {write:,} + {bulk:,}"
    code = "" if result["code"] == 0 else f" (exit code {result['code']})"
    return (
        *(result["stack"], result["task"], result["tool"] + code, seconds(result), spent, f"{asset:,}"),
        *(
            str(result["refused"].get("429", 0)),
            mebibytes(result),
            f"{result['cpu']:.1f} s",
            str(result["load"]),
        ),
    )


def fidelity(found: list[Result]) -> str:
    """A list, because the paths of what differs are too long for a table."""
    shown = [result for result in found if result["task"] == comparison.FIDELITY and result["limited"]]
    shown.sort(key=lambda result: (*generated_first(result), result["tool"] != STACKFERRY))
    return "\n".join(item(arrived(result)) for result in shown)


def arrived(result: Result) -> str:
    sorts: dict[str, int] = {}
    for what, times in result["differences"].items():
        name = re.sub(r"/documents/[\w-]+|/N|/children", "", what)
        sorts[name] = sorts.get(name, 0) + times
    most = sorted(sorts.items(), key=lambda pair: -pair[1])[:5]
    places = "; ".join(f"{times:,} × `{what}`" for what, times in most) or "nothing"
    equal = f"**{result['equal']:,}** of {result['total']:,} objects equal"
    lenient = "" if result["lenient"] == result["equal"] else f", **{result['lenient']:,}** but for `dirty`"
    return f"{result['stack']}, {result['tool']}: {equal}{lenient}. What differs: {places}."


def histories(found: list[Result]) -> str:
    """Backups of every version: their cost, and how many versions are in them."""
    head = ("task", "tool", "wall", "requests", "429s", "versions in the backup", "exit code")
    return tables_by_stack(head, [history(result) for result in sorted(found, key=by_tool)])


def history(result: Result) -> tuple[str, ...]:
    kept, held = result["versions"]["kept"], result["versions"]["held"]
    requests = sum(times for budget, times in result["requests"].items() if budget != "asset")
    refused = result["refused"].get("429", 0)
    what = (result["stack"], result["task"], result["tool"], seconds(result), f"{requests:,}", f"{refused:,}")
    return *what, f"**{kept:,}** of {held:,}", str(result["code"])


def copies(found: list[Result]) -> str:
    """A copy beside its two halves, an item for each stack."""
    lines = []
    for stack in dict.fromkeys(result["stack"] for result in sorted(found, key=generated_first)):
        tasks = {result["task"]: result for result in found if result["stack"] == stack}
        if {comparison.EXPORT, comparison.IMPORT, copy_cost.COPY} <= tasks.keys():
            export, load, copy = (tasks[t] for t in (comparison.EXPORT, comparison.IMPORT, copy_cost.COPY))
            ratio = copy["seconds"] / max(export["seconds"], load["seconds"])
            requests = " + ".join(f"{copy['requests'].get(budget, 0):,}" for budget in BUDGETS[:3])
            walls = f"export {seconds(export)}, import {seconds(load)}, copy {seconds(copy)}"
            versions = "every version" if "versions" in stack else "pinned versions"
            lines.append(
                f"{stack}, {versions}: {walls}, which is **{ratio:.2f}** of the longer half. Requests of the "
                f"copy: {requests} (reads + writes + bulk)."
            )
    return "\n".join(map(item, lines))


def pair_plot(found: list[Result]) -> plots.PairPlot:
    shown = [(own, other) for own, other in pairs(found, limited=True) if is_generated(own)]
    rows = {own["task"]: (own["seconds"], other["seconds"]) for own, other in shown}
    axis = "seconds at 10 reads, 10 writes and 1 bulk call a second and 100 ms latency"
    return plots.PairPlot(rows, (STACKFERRY, CSDX), axis)


# --- growth ---


def growth_table(found: list[Result]) -> str:
    head = ("grows", "stack", "task", "wall", "versions a second", "requests", "memory", "CPU", "load")
    axes = list(growth.AXES)
    shown = sorted(found, key=lambda result: (axes.index(result["axis"]), result["value"], result["task"]))
    pictures = [
        f"![growth with {axis}](performance/{axis}.svg)"
        for axis in dict.fromkeys(result["axis"] for result in shown)
    ]
    return "\n\n".join([*pictures, table(head, [growth_row(result) for result in shown])])


def growth_row(result: Result) -> tuple[str, ...]:
    size = result["size"]
    stack = f"{size['entries']:,} × {size['versions']} versions × {size['locales']} locales"
    rate = size["entries"] * size["versions"] * size["locales"] / result["seconds"]
    requests = sum(result["requests"].values())
    return (
        *(result["axis"], stack, result["task"], seconds(result), f"{rate:,.0f}", f"{requests:,}"),
        *(mebibytes(result), f"{result['cpu']:.0f} s", str(result["load"])),
    )


def growth_plot(found: list[Result], axis: str) -> plots.LinePlot:
    """Seconds, requests and memory over one axis; over entries, which span two powers of ten, logarithmic."""
    measures: dict[str, Callable[[Result], float]] = {
        "seconds": lambda result: float(result["seconds"]),
        "requests": lambda result: float(sum(result["requests"].values())),
        "peak MiB": lambda result: float(result["memory"]) / 2**20,
    }
    log_x = axis == "entries"
    panels = []
    for title, value_of in measures.items():
        series = {
            task: sorted((float(r["value"]), value_of(r)) for r in found if r["task"] == task)
            for task in (comparison.EXPORT, comparison.IMPORT)
        }
        panels.append(plots.Panel(title, axis, series, log_x, log_x and title != "peak MiB"))
    return plots.LinePlot(panels)


# --- memory ---


def memories(found: list[Result], commands: Mapping[str, str] = COMMANDS) -> str:
    """The peak of every command that was run on both the smallest stack and the largest."""
    sizes = sorted({result["entries"] for result in found})
    ends = (*sizes[:1], *sizes[-1:])
    by_key = {(result["command"], result["entries"]): result for result in found}
    head = ("command", *(f"{size:,} entries" for size in ends), "grows", "wall", "load")
    keys = [[(command, size) for size in ends] for command in commands]
    pairs = [pair for pair in keys if by_key.keys() >= {*pair} > set()]
    return table(head, [memory(commands[pair[0][0]], *(by_key[key] for key in pair)) for pair in pairs])


def memory(command: str, small: Result, large: Result) -> tuple[str, ...]:
    ratio = f"**{large['memory'] / small['memory']:.2f} ×**"
    wall, load = f"{seconds(small)}, {seconds(large)}", f"{small['load']}, {large['load']}"
    return command, mebibytes(small), mebibytes(large), ratio, wall, load


# --- projects ---


def project_costs(found: list[Result]) -> str:
    """The peak of every command that was run at every size, and its requests at the largest."""
    sizes = sorted({result["releases"] for result in found})
    by_key = {(result["command"], result["releases"]): result for result in found}
    head = (
        "command",
        *(f"{size:,} releases" for size in sizes),
        "grows",
        "requests",
        "at least",
        "wall",
        "load",
    )
    every = {
        words: [by_key[name, size] for size in sizes if (name, size) in by_key]
        for name, words in project_memory.COMMANDS.items()
    }
    return table(
        head, [project_cost(words, rows) for words, rows in every.items() if len(rows) == len(sizes) > 0]
    )


def project_cost(words: str, rows: list[Result]) -> tuple[str, ...]:
    small, large = rows[0], rows[-1]
    fewest = f"{large['minimum']:,}" if large["minimum"] else "–"
    grows = f"**{large['memory'] / small['memory']:.2f} ×**"
    wall, load = ", ".join(map(seconds, rows)), ", ".join(str(one["load"]) for one in rows)
    return words, *map(mebibytes, rows), grows, f"{large['requests']:,}", fewest, wall, load


# --- spaces ---


def space_costs(found: list[Result]) -> str:
    """What every task cost both tools at the limit, a table for each space."""
    head = ("task", "tool", "wall", "requests = reads + writes", "downloads", "429s", "memory", "load")
    shown = [result for result in found if result["limited"] and result["task"] in spaces.TASKS]
    return tables_by_stack(head, [space_cost(result) for result in sorted(shown, key=by_space)])


def by_space(result: Result) -> tuple[object, ...]:
    """Sorts by space, generated ones first, then task, then tool, stackferry first."""
    generated, task = "entries" in result["space"], spaces.TASKS.index(result["task"])
    return not generated, result["space"], task, result["tool"] != STACKFERRY


def space_cost(result: Result) -> tuple[str, ...]:
    read, write, bulk, asset = (result["requests"].get(budget, 0) for budget in BUDGETS)
    spent = f"{read + write + bulk:,} = {read:,} + {write + bulk:,}"
    tool = "stackferry" if result["tool"] == STACKFERRY else "vendor"
    what = (result["space"], result["task"], tool, seconds(result), spent, f"{asset:,}")
    return *what, str(result["refused"].get("429", 0)), mebibytes(result), str(result["load"])


def space_fidelity(found: list[Result]) -> str:
    """How much of each space arrived in an empty one, and an example of what did not."""
    shown = [result for result in found if result["limited"] and result["task"] == spaces.FIDELITY]
    shown.sort(key=lambda one: ("entries" not in one["space"], one["space"], one["tool"] != STACKFERRY))
    lines = []
    for result in shown:
        equal = f"**{result['equal']:,}** of {result['total']:,} objects equal"
        example = f"; for example {result['first'][0]}" if result["first"] else ""
        lines.append(f"{result['space']}, {result['tool']}: {equal}{example}.")
    return "\n".join(map(item, lines))


# --- text ---


def machines(found: list[Result]) -> str:
    """Every machine and program version that a figure comes from, and when it ran."""
    times: dict[str, list[str]] = {}
    for result in found:
        machine = "{cores} cores of {cpu}, {memory_gib} GiB, {system}; Python {python}, httpx {httpx}"
        tool = f"{result.get('tool', STACKFERRY)} {result['version']}"
        times.setdefault(f"{tool}: {machine.format(**result['machine'])}", []).append(result["when"])
    return "\n".join(
        item(f"{what}; first run begun at {min(moments)}, last at {max(moments)}.")
        for what, moments in times.items()
    )


def seconds(result: Result) -> str:
    return f"{result['seconds']:,.1f} s"


def mebibytes(result: Result) -> str:
    return f"{result['memory'] / 2**20:,.0f} MiB"


def item(text: str) -> str:
    """An item of a list, wrapped."""
    return textwrap.fill(
        f"- {text}", COLUMNS, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def tables_by_stack(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for each stack, whose name, the first value of a row, is above it: so no row is too wide."""
    by_stack: dict[str, list[Sequence[str]]] = {}
    for stack, *row in rows:
        by_stack.setdefault(stack, []).append(row)
    return "\n\n".join(f"{stack}:\n\n{table(head, found)}" for stack, found in by_stack.items())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
