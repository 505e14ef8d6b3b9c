"""Names that nothing in the source has: a copy and an import are refused before they write, an export has a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine
from linked_stack import FRONT, fill_linked
from random_stack import STAMPS

from stackferry.emulators.contentstack.state import ForkTerms

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack

GONE = "blt0000000000000099"
BOTH = f'{{"uid": {{"$in": ["{FRONT}", "{GONE}"]}}}}'
NAMES = [
    (("--release", "Nope"), "release 'Nope'"),
    (("--content-type", "nope"), "content type 'nope'"),
    (("--content-type", "page", "--content-type", "nope"), "content type 'nope'"),
    (("--only-locale", "de-de"), "locale 'de-de'"),
    (("--query", f'{{"uid": "{GONE}"}}'), f"entry '{GONE}'"),
    (("--query", BOTH), f"entry '{GONE}'"),
    (("--query", f'{{"uid": "{FRONT}"}}', "--content-type", "note"), f"entry '{FRONT}'"),
]


@pytest.fixture
def web(cli: CommandLine) -> CommandLine:
    """The command line with a filled stack that has a second branch."""
    stack = cli.emulator.stacks[FILLED]
    fill_linked(stack)
    stack.main.put_release({"uid": "bltspring", "name": "Spring", "status": []}, [])
    stack.branches["dev"] = stack.main.fork("dev", {"uid": "dev", "source": "main"}, ForkTerms())
    return cli


def paths(web: CommandLine) -> list[str]:
    return [one.path for one in web.emulator.log]


WAYS = [((TARGET,), ()), ((FILLED, "dev"), ("--dry-run",)), ((FILLED, "dev"), ())]


@pytest.mark.parametrize(
    ("words", "named", "target", "more"), [(*name, *WAYS[at % 3]) for at, name in enumerate(NAMES)]
)
def test_a_copy_is_refused(
    web: CommandLine, words: tuple[str, ...], named: str, target: tuple[str, ...], more: tuple[str, ...]
) -> None:
    """As soon as it can be known, also between branches: no entry is read for the name of something else."""
    command = ("copy", web.place(FILLED), web.place(*target), "--on-conflict", "update", *words, *more, *FAST)
    web.emulator.log.clear()
    for _ in range(2):
        done = web.run(*command)
        assert (done.code, web.writes) == (2, 0), done.err
        assert named in done.err
    assert any("/entries" in path for path in paths(web)) is ("--query" in words)


def test_a_copy_that_was_refused_reads_anew(web: CommandLine) -> None:
    """Somebody makes what was missing."""
    words = (
        "copy",
        web.place(FILLED),
        web.place(TARGET),
        "--on-conflict",
        "update",
        "--release",
        "Nope",
        *FAST,
    )
    assert web.run(*words).code == 2
    web.emulator.stacks[FILLED].main.put_release(
        {"uid": "bltnope", "name": "Nope", "status": [], **STAMPS}, []
    )
    assert web.run(*words).code == 0
    assert [one.raw["name"] for one in web.emulator.stacks[TARGET].main.releases.values()] == ["Nope"]


def test_a_release_whose_name_several_have(web: CommandLine) -> None:
    stack: Stack = web.emulator.stacks[FILLED]
    stack.main.put_release({"uid": "bltother", "name": "Spring", "status": [], **STAMPS}, [])
    done = web.run("copy", web.place(FILLED), web.place(TARGET), "--release", "Spring", *FAST)
    assert (done.code, web.writes) == (2, 0)
    assert "bltother, bltspring" in done.err


@pytest.mark.parametrize(("words", "named"), NAMES)
def test_an_import_is_refused(web: CommandLine, words: tuple[str, ...], named: str) -> None:
    snapshot = web.home / "snapshot"
    assert web.run("export", web.place(FILLED), snapshot, *FAST).code == 0
    done = web.run("import", snapshot, web.place(TARGET), *words, *FAST)
    assert (done.code, web.writes) == (2, 0), done.err
    assert named in done.err


@pytest.mark.parametrize(("words", "named"), NAMES[:3])
def test_an_export_has_a_gap(web: CommandLine, words: tuple[str, ...], named: str) -> None:
    """What else was asked for is exported: a backup does not end because somebody has removed a type."""
    done = web.run("export", web.place(FILLED), web.home / "snapshot", *words, "--json", *FAST)
    assert done.code == 3
    assert named.split("'")[1] in [gap["uid"] for gap in done.report["gaps"]]


def test_verify_compares_what_is_selected(web: CommandLine) -> None:
    """After an import of some entries; a name of nothing is refused, and so is a selection of a snapshot alone."""
    snapshot, chosen = web.home / "snapshot", ("--content-type", "note")
    assert web.run("export", web.place(FILLED), snapshot, *FAST).code == 0
    assert web.run("import", snapshot, web.place(TARGET), *FAST).code == 3
    stack = web.emulator.stacks[TARGET].main
    for kind, table in stack.entries.items():
        for uid, one in table.items():
            stack.put_entry_version(
                kind, "en-us", {**one.documents["en-us"].latest, "title": f"By hand {uid}", "_version": 9}
            )
    words = ("verify", snapshot, "--against", web.place(TARGET), *FAST)
    assert web.run(*words, *chosen).code == 5
    assert web.run("import", snapshot, web.place(TARGET), *chosen, "--on-conflict", "update", *FAST).code == 0
    assert [web.run(*words, *more).code for more in ((), chosen)] == [0, 0]
    assert web.run(*words, "--content-type", "page").code == 5
    refused = web.run(*words, "--content-type", "notes")
    assert (refused.code, "content type 'notes'" in refused.err) == (2, True)
    assert web.run("verify", snapshot, *chosen).code == 2


@pytest.mark.parametrize("words", [("--locale", "fr=fr-ca"), ("--environment", "prodction=staging")])
def test_a_name_that_is_mapped_and_that_nothing_has(web: CommandLine, words: tuple[str, ...]) -> None:
    """With a typo the language would keep its name, and what is live would be published under it."""
    name = words[1].partition("=")[0]
    snapshot = web.home / "snapshot"
    assert web.run("export", web.place(SOURCE), snapshot, *FAST).code == 0
    for what in (("import", snapshot), ("copy", web.place(SOURCE))):
        done = web.run(*what, web.place(TARGET), *words, *FAST)
        assert (done.code, web.writes) == (2, 0), done.err
        assert f"called '{name}', which {words[0]} names; it holds " in done.err
