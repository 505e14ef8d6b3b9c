"""Small exports that once went wrong, through the commands and over a socket: exported, imported, compared.

The judge is what the exports hold, read here with nothing but json, and what the emulator holds afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, TARGET, CommandLine, open_command_line

from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[3] / "shared/cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not at hand")
KEY = "blt_invented_case"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.chdir(tmp_path)
    with open_command_line(tmp_path) as made:
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
