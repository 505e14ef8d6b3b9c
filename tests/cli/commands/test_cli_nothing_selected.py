"""A selection that matches nothing is said aloud, and is no failure: nothing was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, open_command_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPO = ("--query", '{"titel": "Quay 0"}')
GOOD = ("--query", '{"title": "Quay 0"}')


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.chdir(tmp_path)
    with open_command_line(tmp_path) as made:
        yield made


@pytest.mark.parametrize("words", [(), ("--json",), ("-v",)])
def test_a_query_with_a_misspelled_field_says_that_nothing_matches(
    cli: CommandLine, words: tuple[str, ...]
) -> None:
    done = cli.run("export", cli.place(SOURCE), "snap", *TYPO, *words, *FAST)
    assert done.code == 0
    assert '0 entries match query {"titel":"Quay 0"}' in done.err
    assert "check the names" in done.err


def test_an_import_and_a_copy_say_it_too(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    assert "0 entries match" in cli.run("import", "snap", cli.place(TARGET), *TYPO, *FAST).err
    assert (
        "0 entries match"
        in cli.run("copy", cli.place(SOURCE), cli.place(TARGET, "redesign"), *TYPO, *FAST).err
    )


def test_a_selection_that_matches_says_nothing(cli: CommandLine) -> None:
    done = cli.run("export", cli.place(SOURCE), "snap", *GOOD, *FAST)
    assert (done.code, "match" in done.err) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        "export {source} snap --release",
        "export {source} snap --locale en-us --content-type",
        "export {source} snap --tag",
        "export {source} snap --since",
        "copy {source} {target} --only-locale",
        "import snap {target} --only",
        "import snap {target} --state",
        "import snap {target} --branch",
        "restore bltpage00000 {target} --from snap --locale",
        "ls snap entries --locale",
        "evidence snap --stage",
    ],
)
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_name_is_refused(cli: CommandLine, words: str, value: str) -> None:
    """`--release "$NAME"` with no such variable would select everything."""
    asked = words.format(source=cli.place(SOURCE), target=cli.place(TARGET))
    done = cli.run(*asked.split(), value)
    assert (done.code, cli.emulator.log) == (2, [])
    assert "it is empty" in done.err


def test_a_list_of_nothing_says_so(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    done = cli.run("ls", "snap", "assets", "--content-type", "page")
    assert (done.code, done.out, done.err) == (0, "", "0 assets match: check the names\n")
