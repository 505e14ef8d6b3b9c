"""Names that nothing in the source has: they are refused before anything is written, with the nearest names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine
from linked_stack import FRONT, fill_linked
from random_stack import STAMPS
from sample_pairs import FAST as ANY_RATE
from sample_pairs import TOKEN, sample_pair

from stackferry import ReadOptions, UsageError, sync
from stackferry.emulators.contentstack.state import ForkTerms

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize(("words", "named"), NAMES)
def test_an_export_is_refused(web: CommandLine, words: tuple[str, ...], named: str) -> None:
    """As soon as the small kinds are listed: no entry is read for a name, and no directory is left."""
    words = tuple("--locale" if word == "--only-locale" else word for word in words)
    web.emulator.log.clear()
    done = web.run("export", web.place(FILLED), web.home / "snapshot", *words, *FAST)
    assert (done.code, named in done.err) == (2, True), done.err
    assert not (web.home / "snapshot").exists()
    assert any("/entries" in path for path in paths(web)) is ("--query" in words)


NEAR = [
    (("--content-type", "pages"), "did you mean 'page'?"),
    (("--release", "spring"), "did you mean 'Spring'?"),
    (("--locale", "en-su"), "did you mean 'en-us'?"),
]


@pytest.mark.parametrize(("words", "near"), NEAR)
def test_the_nearest_name(web: CommandLine, words: tuple[str, ...], near: str) -> None:
    done = web.run("export", web.place(FILLED), web.home / "snapshot", *words, *FAST)
    assert (done.code, near in done.err) == (2, True), done.err


@pytest.mark.parametrize(
    ("command", "words", "near"),
    [
        ("import", ("--only", "content_type"), "did you mean 'content_types'"),
        ("import", ("--environment", "prodction=x"), "did you mean 'production'?"),
        ("import", ("--locale", "fr-f=x"), "did you mean 'fr-fr'"),
        ("import", ("--content-type", "pages"), "did you mean 'page'?"),
        ("ls", ("entrie",), "did you mean 'entries'"),
        ("ls", ("entries", "--content-type", "pages"), "did you mean 'page'?"),
        ("ls", ("entries", "--locale", "fr"), "did you mean 'fr-fr'"),
        ("cat", ("entries", "x", "--locale", "en"), "did you mean 'en-us'"),
    ],
)
def test_the_nearest_name_of_a_snapshot(
    web: CommandLine, command: str, words: tuple[str, ...], near: str
) -> None:
    snapshot = web.home / "snapshot"
    assert web.run("export", web.place(SOURCE), snapshot, *FAST).code == 0
    place = (web.place(TARGET), *FAST) if command == "import" else ()
    done = web.run(command, snapshot, *place, *words)
    assert (done.code, web.writes) == (2, 0), done.err
    assert near in done.err


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


@pytest.mark.parametrize(
    "words",
    [("--content-type", "nope"), ("--locale", "de-de"), ("--release", "Nope")],
    ids=lambda one: one[0],
)
def test_an_export_lists_one_kind_to_refuse_a_name(web: CommandLine, words: tuple[str, str]) -> None:
    """Nobody waits for all small kinds, or spends requests on them, to be told of a misspelled word."""
    web.emulator.log.clear()
    done = web.run("export", web.place(FILLED), web.home / "new", *words, *FAST)
    assert (done.code, f"'{words[1]}'" in done.err) == (2, True), done.err
    assert len(paths(web)) == 1, paths(web)


def test_releases_of_a_space_are_suggested(tmp_path: Path) -> None:
    """Only the one that is asked for is kept, but what there is is known."""
    options = ReadOptions(release="Sumer opening", strict=True)
    with (
        sample_pair("contentful") as spaces,
        pytest.raises(UsageError, match="'Last winter', 'Summer o") as told,
    ):
        sync.export(spaces.source, tmp_path / "new", token=TOKEN, options=options, speed=ANY_RATE)
    assert "did you mean 'Summer opening'" in str(told.value)
    assert not (tmp_path / "new").exists()
