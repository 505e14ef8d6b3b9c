"""The floors of the house: who may import whom, read from the source itself and never from an import.

The rules are those of docs/architecture.md. A module imports its own floor and lower ones; what touches the
world (files, sockets, clocks, chance) is named once, and only the edges may import it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1] / "src" / "stackferry"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
VOCABULARY = frozenset({"errors", "model", "jsonio", "names"})
FLOORS = {"core": 1, "edges": 2, "providers": 3, "drivers": 4, "cli": 5}
IMPURE = frozenset(
    {
        *(
            "os",
            "io",
            "sys",
            "socket",
            "ssl",
            "select",
            "signal",
            "subprocess",
            "shutil",
            "tempfile",
            "pathlib",
        ),
        *("time", "random", "secrets", "threading", "multiprocessing", "asyncio", "anyio", "trio", "sqlite3"),
        *("httpx", "h11", "urllib.request", "http.client", "platformdirs", "click", "tqdm", "logging"),
    }
)
MOST_LINES = 400


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"), filename=module)


def imports(module: str) -> set[str]:
    """Every name that a module imports when it runs: not what it names for a type checker alone."""
    return set(_imports(tree(module)))


def _imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if (
            isinstance(child, ast.If)
            and isinstance(child.test, ast.Name)
            and child.test.id == "TYPE_CHECKING"
        ):
            for other in child.orelse:
                yield from _imports(other)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "a relative import hides which floor it reaches"
            yield str(child.module)
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from _imports(child)


def outside(module: str) -> set[str]:
    """What a module imports from elsewhere, each with all the packages that it lies in."""
    names = {name for name in imports(module) if name.split(".")[0] != "stackferry"}
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


def inside(module: str) -> set[str]:
    """The packages and modules of stackferry itself that a module imports, by their first name."""
    names = [name.split(".") for name in imports(module)]
    return {name[1] for name in names if name[0] == "stackferry" and len(name) > 1}


def area(module: str) -> str:
    return module.split("/")[0].removesuffix(".py")


def below(mine: str) -> set[str]:
    """What a floor may import of stackferry."""
    lower = {name for name, floor in FLOORS.items() if floor <= FLOORS.get(mine, 0)}
    return {*VOCABULARY, *lower, *({"emulator", "__version__"} if mine == "cli" else ())}


def test_imports_only_lower_floors() -> None:
    """A module imports its own floor and lower ones; the ground floor is errors, model, jsonio and names."""
    walls = [name for name in MODULES if area(name) in {*FLOORS, *VOCABULARY}]
    assert {name: found for name in walls if (found := inside(name) - below(area(name)))} == {}


def test_emulator_stands_on_the_vocabulary_alone() -> None:
    """The emulator shares no code with the clients, or it would agree with their mistakes."""
    mine = [name for name in MODULES if area(name) == "emulator"]
    assert mine
    assert {name: found for name in mine if (found := inside(name) - VOCABULARY - {"emulator"})} == {}


def test_nothing_needs_the_emulator() -> None:
    """Only the command line may serve the emulator."""
    others = [name for name in MODULES if area(name) not in ("emulator", "cli")]
    assert [name for name in others if "emulator" in inside(name)] == []


def test_core_and_vocabulary_are_pure() -> None:
    """The lowest floors know no file, socket, clock, chance or event loop."""
    pure = [name for name in MODULES if area(name) in {"core", *VOCABULARY}]
    assert {name: found for name in pure if (found := outside(name) & IMPURE)} == {}


def test_providers_are_pure() -> None:
    """A provider builds requests and reads answers: it imports no edge and nothing impure."""
    mine = [name for name in MODULES if area(name) == "providers"]
    assert {name: found for name in mine if (found := outside(name) & IMPURE)} == {}
    assert [name for name in mine if "edges" in inside(name)] == []


def test_the_world_is_touched_in_one_place() -> None:
    """httpx is imported by the edges alone, click and tqdm by the command line alone."""
    assert {area(name) for name in MODULES if "httpx" in outside(name)} == {"edges"}
    users = {area(name) for name in MODULES if outside(name) & {"click", "tqdm"}}
    assert users <= {"cli", "__main__"}


def test_modules_say_what_they_are() -> None:
    """Every module has a docstring."""
    assert [name for name in MODULES if not ast.get_docstring(tree(name))] == []


def test_files_are_short() -> None:
    """No file is longer than 400 lines."""
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in MODULES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    """Half of all functions have 9 lines or fewer, 95 of 100 have 40 or fewer."""
    functions = (
        node
        for name in MODULES
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    sizes = sorted(int(node.end_lineno or 0) - node.lineno + 1 for node in functions)
    assert sizes[len(sizes) // 2] <= 9
    assert sizes[len(sizes) * 95 // 100] <= 40
