"""Looking inside a snapshot: show, ls, cat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, CommandLine
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.cli.json_format import pretty

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import JsonObject


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    where = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), where, *FAST).code == 0
    return where


def test_show_prints_a_page(cli: CommandLine, snapshot: Path) -> None:
    """Show names the source, the options and every kind with its number."""
    result = cli.run("show", snapshot)
    assert result.code == 0
    assert SOURCE in result.out
    assert "versions pinned" in result.out
    words = result.out.split()
    assert [words[words.index(one) + 1] for one in ("entries", "documents")] == ["3", "6"]
    report = cli.run("show", snapshot, "--json").report
    assert report["source"]["key"] == SOURCE
    assert (report["objects"]["entries"], report["objects"]["documents"]) == (3, 6)


def test_ls_lists_kinds(cli: CommandLine, snapshot: Path) -> None:
    """Without a kind, ls lists each kind and how many lines it has."""
    lines = dict(line.split("\t") for line in cli.run("ls", snapshot).out.splitlines())
    assert (lines["entries"], lines["documents"]) == ("3", "6")
    assert lines["versions"] == "3"


def test_ls_lists_objects(cli: CommandLine, snapshot: Path) -> None:
    """With a kind, ls has one line for each object, and options choose among them."""
    assert len(cli.run("ls", snapshot, "entries").out.splitlines()) == 6
    result = cli.run("ls", snapshot, "entries", "--locale", "fr-fr", "--content-type", "page")
    assert result.out.splitlines()[0] == "bltpage00000\tpage\tfr-fr\t1\tQuai 0"


def test_ls_of_an_unknown_kind_names_the_kinds_that_are_there(cli: CommandLine, snapshot: Path) -> None:
    """A kind that the snapshot lacks is exit code 2, with those that it has."""
    result = cli.run("ls", snapshot, "entires")
    assert result.code == 2
    assert "entries" in result.err


def test_cat_prints_one_object(cli: CommandLine, snapshot: Path) -> None:
    """Cat prints the document as the snapshot holds it, an older version when asked."""
    words = ("cat", snapshot, "entries", "bltpage00001", "--locale", "en-us")
    assert json.loads(cli.run(*words).out)["_version"] == 2
    assert json.loads(cli.run(*words, "--version", "1").out)["body"] == "draft 1"
    assert json.loads(cli.run("cat", snapshot, "locales", "fr-fr").out)["name"] == "French"
    assert json.loads(cli.run("cat", snapshot, "environments", "production").out)["urls"] == []
    assert cli.run(*words, "--json").report["found"][0]["title"] == "Quay 1"


def test_cat_of_an_ambiguous_name_lists_the_options_that_choose(cli: CommandLine, snapshot: Path) -> None:
    """An entry in two languages is exit code 2, with the options that choose."""
    result = cli.run("cat", snapshot, "entries", "bltpage00001")
    assert result.code == 2
    assert "--locale fr-fr" in result.err
    assert cli.run("cat", snapshot, "entries", "nobody").code == 2


def test_content_that_looks_like_a_credential_is_printed_unchanged(cli: CommandLine) -> None:
    """A document keeps its form and its values, also where it speaks of tokens; in the report too."""
    held: JsonObject = {
        "uid": "bltpage00000",
        "title": "authorization: Basic",
        "_version": 3,
        "locale": "en-us",
    }
    held["body"] = '{"authtoken": "of the reader"}'
    cli.emulator.stacks[SOURCE].main.put_entry_version("page", "en-us", {**held})
    assert cli.run("export", cli.place(SOURCE), cli.home / "snapshot", *FAST).code == 0
    words = ("cat", cli.home / "snapshot", "entries", "bltpage00000", "--locale", "en-us")
    for found in (json.loads(cli.run(*words).out), *cli.run(*words, "--json").report["found"]):
        assert {name: found[name] for name in held} == held


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(DOCUMENTS)
def test_pretty_json_changes_only_whitespace(document: Any) -> None:
    """What is printed for people is the same document."""
    canonical = exact_json.dumps(document)
    assert exact_json.dumps(exact_json.loads(pretty(document).encode())) == canonical


def test_pretty_keeps_numbers_to_the_digit() -> None:
    """A number is printed as it was written."""
    printed = pretty(exact_json.loads(b'{"a":1.10,"b":[1E2,{}]}'))
    assert printed == '{\n  "a": 1.10,\n  "b": [\n    1E2,\n    {}\n  ]\n}'


def test_what_reports_count_is_a_name_for_its_kind(cli: CommandLine, snapshot: Path) -> None:
    """Every name that `ls SNAPSHOT` prints is taken: "documents" are entries, one line for each language."""
    names = [row[0] for row in cli.run("ls", snapshot).columns]
    assert "documents" in names
    for name in names:
        assert cli.run("ls", snapshot, name).code == 0, name
    assert cli.run("ls", snapshot, "documents").out == cli.run("ls", snapshot, "entries").out
    words = ("bltpage00001", "--locale", "fr-fr")
    one = cli.run("cat", snapshot, "documents", *words)
    assert (one.code, one.out) == (0, cli.run("cat", snapshot, "entries", *words).out)
