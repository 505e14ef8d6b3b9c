"""Which module may import which, read from the source and never from an import.

The rules are those of docs/architecture.md: a module imports its own floor and lower ones, a room of a provider
imports the rooms before it, and what touches the outside world is imported in one place only.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from repository import ROOT as REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = REPOSITORY / "src" / "stackferry"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
VOCABULARY = frozenset({"errors", "model", "exact_json", "json_values", "safe_names"})
_ORDER = ("core", "transforms", "io", "providers", "drivers", "formats", "library", "cli")
FLOORS = {name: number for number, name in enumerate(_ORDER, 1)}
# Of each provider its rooms, each importing only those before it.
_CONTENTSTACK_ROOMS = (
    frozenset(
        {
            "kinds",
            "options",
            "words",
            "requests",
            "target_names",
            "file_names",
            "credentials",
            "refusals",
            "connection",
        }
    ),
    frozenset({"references"}),
    frozenset({"content"}),
    frozenset({"schema"}),
    frozenset({"reading"}),
    frozenset({"exporting"}),
    frozenset({"matching"}),
    frozenset({"importing"}),
    frozenset({"documents", "request_minimum", "verification", "system"}),
)
_CONTENTFUL_ROOMS = (
    frozenset({"kinds", "options", "words", "requests", "refusals", "connection", "credentials"}),
    frozenset({"content"}),
    frozenset({"reading"}),
    frozenset({"exporting"}),
    frozenset({"matching"}),
    frozenset({"importing"}),
    frozenset({"documents", "import_minimum", "request_minimum", "verification", "system"}),
)
_AZURE_DEVOPS_ROOMS = (
    frozenset({"kinds", "hosts", "versions", "refusals"}),
    frozenset({"options", "words", "requests", "connection", "credentials"}),
    frozenset({"content"}),
    frozenset({"reading", "sums"}),
    frozenset({"evidence"}),
    frozenset({"exporting"}),
    frozenset({"matching"}),
    frozenset({"importing"}),
    frozenset({"documents", "request_minimum", "import_minimum", "verification", "system"}),
)
ROOMS = {
    "contentstack": _CONTENTSTACK_ROOMS,
    "contentful": _CONTENTFUL_ROOMS,
    "azure_devops": _AZURE_DEVOPS_ROOMS,
}
API_CLIENTS_USE = frozenset({"requests", "refusals"})
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
MOST_FILES = 25  # of a folder, its __init__.py among them


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
    more = {
        "cli": {"emulators", "__version__"},
        "io": {"__version__"},
    }  # the client names itself to the service
    return {*VOCABULARY, *lower, *more.get(mine, ())}


def test_a_module_imports_its_own_floor_and_lower_ones() -> None:
    """The lowest floor is the vocabulary: `VOCABULARY`."""
    walls = [name for name in MODULES if area(name) in {*FLOORS, *VOCABULARY}]
    assert {name: found for name in walls if (found := inside(name) - below(area(name)))} == {}


def test_an_emulator_imports_the_vocabulary_only() -> None:
    """Code shared with the clients would make both agree with the same mistake."""
    mine = [name for name in MODULES if area(name) == "emulators"]
    assert mine
    assert {name: found for name in mine if (found := inside(name) - VOCABULARY - {"emulators"})} == {}


def test_only_the_command_line_imports_the_emulators() -> None:
    others = [name for name in MODULES if area(name) not in ("emulators", "cli")]
    assert [name for name in others if "emulators" in inside(name)] == []


def test_core_and_vocabulary_are_pure() -> None:
    """They import no file, socket, clock, random source or event loop."""
    pure = [name for name in MODULES if area(name) in {"core", *VOCABULARY}]
    assert {name: found for name in pure if (found := outside(name) & IMPURE)} == {}


def test_providers_are_pure() -> None:
    """A provider builds requests and reads answers: it imports nothing of io and nothing impure."""
    mine = [name for name in MODULES if area(name) == "providers"]
    assert {name: found for name in mine if (found := outside(name) & IMPURE)} == {}
    assert [name for name in mine if "io" in inside(name)] == []


def test_transforms_are_pure() -> None:
    """They change documents, and touch nothing of the outside world."""
    mine = [name for name in MODULES if area(name) == "transforms"]
    assert mine
    assert {name: found for name in mine if (found := outside(name) & IMPURE)} == {}


VENDOR_WORDS = re.compile(
    r"contentstack|content_type|master_locale|blt|workflow|webhook|\bbranch\b", re.IGNORECASE
)


def test_core_io_and_drivers_know_no_vendor() -> None:
    """Neither by name nor by a word of one of them; the one such key that reports keep is `model.TYPE_KEY`."""
    mine = [name for name in MODULES if area(name) in ("core", "io", "drivers")]
    lines = ((name, line) for name in mine for line in (ROOT / name).read_text("utf-8").splitlines())
    assert [(name, line) for name, line in lines if VENDOR_WORDS.search(line)] == []


def folder(provider: str) -> str:
    return f"providers/{provider}/"


def rooms(provider: str, module: str) -> set[str]:
    """The rooms of a provider that a module imports."""
    prefix = f"stackferry.providers.{provider}."
    found = {name.removeprefix(prefix).split(".")[0] for name in imports(module) if name.startswith(prefix)}
    names = {name.split("/")[2].removesuffix(".py") for name in MODULES if name.startswith(folder(provider))}
    return found & names


@pytest.mark.parametrize("provider", ROOMS)
def test_the_rooms_of_a_provider_import_in_one_direction(provider: str) -> None:
    """The order of the rooms is `ROOMS`."""
    wrong = {}
    for name in MODULES:
        mine = name.removeprefix(folder(provider)).split("/")[0].removesuffix(".py")
        place = next((at for at, names in enumerate(ROOMS[provider]) if mine in names), None)
        if name.startswith(folder(provider)) and place is not None:
            wrong[name] = rooms(provider, name) - {mine}.union(*ROOMS[provider][: place + 1])
    assert wrong
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_provider_imports_another() -> None:
    for one in ROOMS:
        others = tuple(f"stackferry.providers.{other}" for other in ROOMS if other != one)
        mine = [name for name in MODULES if name.startswith(folder(one))]
        assert [name for name in mine if any(found.startswith(others) for found in imports(name))] == []


@pytest.mark.parametrize("provider", ROOMS)
def test_verification_judges_from_outside(provider: str) -> None:
    """It shares no inference with the plans of an import: neither their modules nor their reading of publications."""
    mine = [name for name in MODULES if name.startswith(f"{folder(provider)}verification/")]
    root = f"stackferry.providers.{provider}"
    banned = (f"{root}.importing", f"{root}.content.publications", f"{root}.content.states")
    assert mine
    assert [name for name in mine if any(found.startswith(banned) for found in imports(name))] == []


@pytest.mark.parametrize("provider", ROOMS)
def test_the_api_clients_use_only_what_reads_an_answer(provider: str) -> None:
    mine = [name for name in MODULES if name.startswith(f"{folder(provider)}api/")]
    assert mine or provider != "contentstack"
    used = {name: rooms(provider, name) - API_CLIENTS_USE - {"api"} for name in mine}
    assert {name: found for name, found in used.items() if found} == {}


def test_the_world_is_touched_in_one_place() -> None:
    """httpx is imported by io alone, click and tqdm by the command line alone."""
    assert {area(name) for name in MODULES if "httpx" in outside(name)} == {"io"}
    users = {area(name) for name in MODULES if outside(name) & {"click", "tqdm"}}
    assert users <= {"cli", "__main__"}


def test_every_module_has_a_docstring() -> None:
    assert [name for name in MODULES if not ast.get_docstring(tree(name))] == []


def test_files_are_short() -> None:
    """No file is longer than 400 lines."""
    lines = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in MODULES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_folders_hold_few_files() -> None:
    """No folder holds more modules than a newcomer can look through, of the tests neither."""
    files = [*ROOT.rglob("*.py"), *(REPOSITORY / "tests").rglob("*.py")]
    counts = Counter(path.parent.relative_to(REPOSITORY).as_posix() for path in files)
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


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
