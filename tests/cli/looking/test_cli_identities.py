"""Who became whom, as a file: written by an import, read by the next one, listed by a command of its own."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

from repository import SAMPLES

if TYPE_CHECKING:
    from command_line import CommandLine

GUIDE = SAMPLES / "harbour-guide"
HOME = "blt727bdd3c34949fbc"


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_next_import_knows_everybody_by_the_file(cli: CommandLine, ending: str) -> None:
    """From a machine that has no state of it: nothing is made anew."""
    file = cli.home / f"who.{ending}"
    cli.run("import", GUIDE, cli.place(TARGET), "--identities-out", file, *FAST)
    shutil.rmtree(cli.home / "state")
    again = cli.run(
        "import",
        GUIDE,
        cli.place(TARGET),
        "--identities",
        file,
        "--on-conflict",
        "update",
        "--dry-run",
        "--json",
        *FAST,
    )
    assert again.report["plan"]["entries"] == {"skip": again.report["plan"]["entries"]["skip"]}
    assert "create" not in str(again.report["plan"])


def test_the_command_lists_and_writes_them(cli: CommandLine) -> None:
    first, again = cli.home / "who.json", cli.home / "again.json"
    cli.run("import", GUIDE, cli.place(TARGET), "--identities-out", first, *FAST)
    listed = cli.run("identities", cli.place(TARGET), "--kind", "entries")
    (target,) = (row[2] for row in listed.columns if row[:2] == ["entries", HOME])
    assert target in cli.emulator.stacks[TARGET].main.entries["page"]
    assert {row[0] for row in listed.columns} == {"entries"}
    assert cli.run("identities", cli.place(TARGET), "--out", again).code == 0
    assert again.read_bytes() == first.read_bytes()
    report = cli.run("identities", cli.place(TARGET), "--json").report
    assert report["objects"]["identities"] == len(report["rows"])
    assert {
        "kind": "entries",
        "source": HOME,
        "target": target,
        "source_place": report["rows"][0]["source_place"],
    } in report["rows"]


def test_a_copy_writes_them_too(cli: CommandLine) -> None:
    file = cli.home / "who.csv"
    assert cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--identities-out", file, *FAST).code == 0
    rows = [*csv.DictReader(io.StringIO(file.read_text("utf-8")))]
    pages = cli.emulator.stacks[TARGET].main.entries["page"]
    assert {row["target"] for row in rows if row["kind"] == "entries"} >= {*pages}


def test_two_sources_are_told_apart(cli: CommandLine) -> None:
    cli.run("import", GUIDE, cli.place(TARGET), *FAST)
    cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--on-conflict", "update", *FAST)
    refused = cli.run("identities", cli.place(TARGET), "--out", cli.home / "who.csv")
    assert (refused.code, "--source" in refused.err) == (2, True)
    own = cli.run("identities", cli.place(TARGET), "--source", cli.place(SOURCE), "--json").report["rows"]
    assert len({row["source_place"] for row in own}) == 1
    assert (
        len(
            {row["source_place"] for row in cli.run("identities", cli.place(TARGET), "--json").report["rows"]}
        )
        == 2
    )


def test_a_place_of_which_nothing_is_known_and_a_name_without_a_form(cli: CommandLine) -> None:
    assert cli.run("identities", cli.place(TARGET)).code == 2
    for words in (["import", GUIDE, cli.place(TARGET)], ["copy", cli.place(SOURCE), cli.place(TARGET)]):
        refused = cli.run(*words, "--identities-out", cli.home / "who.txt", *FAST)
        assert (refused.code, ".csv or .json" in refused.err) == (2, True)
    assert (
        cli.run("import", GUIDE, cli.place(TARGET), "--dry-run", "--identities-out", cli.home / "a.csv").code
        == 2
    )
    refused = cli.run("identities", cli.place(TARGET), "--out", cli.home / "who.txt")
    assert (refused.code, "--out" in refused.err, "unexpected" in refused.err) == (2, True, False)
