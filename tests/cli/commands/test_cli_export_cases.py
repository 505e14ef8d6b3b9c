"""Small exports that once went wrong, through the commands and over a socket: exported, imported, compared.

The judge is what the exports hold, read here with nothing but json, and what the emulator holds afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, TARGET, CommandLine, open_command_line, start

from repository import SHARED
from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not at hand")
KEY = "blt_invented_case"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.chdir(tmp_path)
    with open_command_line(tmp_path) as made:
        made.token = "emulated-token"  # what `emulate` gives out
        for stack in made.emulator.stacks.values():
            stack.management_tokens.add(made.token)
        yield made


def entries_of(export: Path) -> dict[str, set[str]]:
    """The titles of the entries in an export, by language."""
    found: dict[str, set[str]] = {}
    for file in export.glob("entries/*/*/*-entries.json"):
        rows: dict[str, Any] = json.loads(file.read_text())
        found.setdefault(file.parent.name, set()).update(row["title"] for row in rows.values())
    return found


def titles(cli: CommandLine, key: str = TARGET, branch: str = "main") -> dict[str, set[str]]:
    """The same of a branch of the emulator."""
    found: dict[str, set[str]] = {}
    for entries in cli.emulator.stacks[key].branches[branch].entries.values():
        for entry in entries.values():
            for locale, document in entry.documents.items():
                found.setdefault(locale, set()).add(str(document.latest["title"]))
    return found


def test_a_language_without_a_fallback_is_not_the_master(cli: CommandLine) -> None:
    """cases/languages-and-fallbacks: en-us is, as master-locale.json says; de-de names no fallback."""
    export = CASES / "languages-and-fallbacks"
    expected = entries_of(export)
    add_seeded_stack(cli.emulator, read_seed(export), api_key=KEY, management_token=cli.token)
    assert titles(cli, KEY) == expected
    assert cli.run("export", cli.place(KEY), "snap", *FAST).code == 0
    assert json.loads(Path("snap/manifest.json").read_text())["master_locale"] == "en-us"
    for source, extra in (("snap", ()), (export, ("--on-conflict", "skip"))):
        done = cli.run("import", source, cli.place(TARGET), *extra, *FAST)
        assert done.code == 0, done.out + done.err
    assert titles(cli) == expected
    locales = cli.emulator.stacks[TARGET].main.locales
    assert {code: row["fallback_locale"] for code, row in locales.items()} == {
        "en-us": None,
        "de-de": "en-us",
        "fr-fr": "en-us",
        "fr-ca": "fr-fr",
        "sv-se": "fr-ca",
    }
    compared = cli.run("verify", "snap", "--against", cli.place(TARGET), *FAST)
    assert compared.code == 0, compared.out + compared.err


def test_each_branch_of_an_export_can_be_read(cli: CommandLine) -> None:
    """cases/two-branches: the message names the way out, and every command takes it."""
    export = CASES / "two-branches"
    refused = cli.run("import", export, cli.place(TARGET), *FAST)
    assert (refused.code, "name one of dev, main with --branch" in refused.err) == (2, True)
    for branch, place in (("main", cli.place(TARGET)), ("dev", cli.place(TARGET, "redesign"))):
        done = cli.run("import", export, place, "--branch", branch, *FAST)
        assert done.code == 0, done.out + done.err
        into = place.rpartition("/")[2]
        assert titles(cli, TARGET, into) == entries_of(export / branch)
        same = cli.run("verify", export, "--against", place, "--branch", branch, *FAST)
        assert same.code == 0, same.out + same.err
        assert cli.run("diff", export, place, "--branch", branch, *FAST).code == 0
        assert cli.run("convert", export, f"converted-{branch}", "--branch", branch).code == 0
        assert cli.run("show", export, "--branch", branch).code == 0
        shown = cli.run("ls", export, "entries", "--branch", branch).columns
        assert {row[-1] for row in shown} == set.union(*entries_of(export / branch).values())
        assert cli.run("cat", export, "entries", shown[0][0], "--branch", branch).code == 0
        assert cli.run("import", f"converted-{branch}", place, "--branch", "other", *FAST).code == 2


def test_the_emulator_serves_every_branch_of_an_export(cli: CommandLine) -> None:
    export = CASES / "two-branches"
    with start("emulate", export, "--port", "0") as process:
        try:
            lines = [process.stdout.readline().split() for _ in range(2)] if process.stdout else []
            places = [line[0] for line in lines]
            assert [place.rpartition("/")[2] for place in places] == ["main", "dev"]
            for place in places:
                branch = place.rpartition("/")[2]
                done = cli.run("export", place, f"from-{branch}", "--json", *FAST)
                assert done.code == 0, done.out + done.err
                found = {
                    json.loads(line)["title"]
                    for file in Path(f"from-{branch}").glob("entries/*/*.jsonl")
                    for line in file.read_text().splitlines()
                }
                assert found == set.union(*entries_of(export / branch).values())
        finally:
            process.terminate()
            process.communicate()
