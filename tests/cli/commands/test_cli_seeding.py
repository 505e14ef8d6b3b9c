"""Seeding an environment by command: export, import and copy of some entries with what they refer to."""

from __future__ import annotations

import json

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine
from linked_stack import ABOUT, FRONT, fill_linked

FRONT_ONLY = ("--content-type", "page", "--query", '{"title": "Front"}')


@pytest.fixture
def web(cli: CommandLine) -> CommandLine:
    """The command line with a stack whose entries refer to each other."""
    fill_linked(cli.emulator.stacks[FILLED])
    return cli


def test_a_selection_is_exported_verified_and_imported(web: CommandLine) -> None:
    """The whole way: the border is told with exit code 3 on export and on import, the snapshot is whole."""
    snapshot = web.home / "seed"
    report = web.run("export", web.place(FILLED), snapshot, *FRONT_ONLY, "--json", *FAST).report
    assert (report["exit_code"], report["objects"]["documents"]) == (3, 2)
    gap = {
        "kind": "references",
        "content_type": "page",
        "uid": FRONT,
        "locale": "en-us",
        "path": "/links/0/uid",
    }
    reason = f"it refers to entry {ABOUT}, which is outside what was asked for"
    assert {**gap, "reason": reason} in report["gaps"]
    assert web.run("verify", snapshot).code == 0
    done = web.run("import", snapshot, web.place(TARGET), "--json", *FAST).report
    assert (done["exit_code"], len(done["gaps"])) == (3, 4)
    assert web.run("verify", snapshot, "--against", web.place(TARGET), *FAST).code == 3


def test_with_all_references_a_selection_has_no_gap(web: CommandLine) -> None:
    """With --with-references all nothing is cut off: exit code 0."""
    words = (*FRONT_ONLY, "--with-references", "all")
    report = web.run("export", web.place(FILLED), web.home / "seed", *words, "--json", *FAST).report
    assert (report["exit_code"], report["objects"]["documents"]) == (0, 8)


def test_a_copy_selects_with_the_same_options(web: CommandLine) -> None:
    """On copy --locale maps, so --only-locale chooses."""
    words = ("--query", '{"title": "Seul"}', "--only-locale", "fr-fr", *FAST)
    result = web.run("copy", web.place(FILLED), web.place(TARGET), *words)
    assert result.code == 0, result.err
    (entry,) = web.emulator.stacks[TARGET].main.entries["page"].values()
    assert [*entry.documents] == ["fr-fr"]


def test_a_part_of_a_snapshot_is_imported_and_verified(web: CommandLine) -> None:
    """The checkpoint knows what was chosen: verify compares that. Another choice finds a target with content."""
    snapshot = web.home / "whole"
    assert web.run("export", web.place(FILLED), snapshot, *FAST).code == 0
    words = ("import", snapshot, web.place(TARGET), "--content-type", "page", "--limit", "2", *FAST)
    planned = web.run(*words, "--with-references", "1", "--dry-run", "--json").report
    assert planned["plan"]["entries"]["create"] > 0
    assert web.writes == 0
    assert web.run(*words, "--with-references", "1").code == 3
    verified = web.run("verify", snapshot, "--against", web.place(TARGET), "--json", *FAST).report
    assert (verified["exit_code"], verified["differences"]) == (3, [])
    assert verified["objects"]["documents"] == 5
    writes = web.writes
    again = web.run(*words, "--with-references", "2")
    assert again.code == 2
    assert "--on-conflict" in again.err
    assert web.writes == writes
    assert web.run(*words, "--with-references", "2", "--on-conflict", "update").code == 3
    verified = web.run("verify", snapshot, "--against", web.place(TARGET), "--json", *FAST).report
    assert (verified["exit_code"], verified["differences"]) == (3, [])
    assert verified["objects"]["documents"] > 5


@pytest.mark.parametrize("depth", ["0", "1", "all"])
@pytest.mark.parametrize(
    "query",
    [
        '{"title": {"$regex": "^a", "$options": "i"}}',
        f'{{"$or": [{{"title": "Seul"}}, {{"links.uid": {{"$in": ["{ABOUT}"]}}}}]}}',
        '{"links": {"$exists": true}, "title": {"$nin": ["Front", "Note 1"]}}',
    ],
)
def test_an_import_chooses_what_the_service_would(web: CommandLine, query: str, depth: str) -> None:
    """The same query on an export, and on an import of a whole snapshot: the same entries arrive."""
    words = ("--query", query, "--with-references", depth)
    narrow = web.run("export", web.place(FILLED), web.home / "seed", *words, "--json", *FAST).report
    assert web.run("export", web.place(FILLED), web.home / "whole", *FAST).code == 0
    done = web.run("import", web.home / "whole", web.place(TARGET), *words, "--json", *FAST).report
    assert done["objects"]["entries"] > 0
    arrived = web.emulator.stacks[TARGET].main.entries
    titles = {
        one.latest["title"] for row in arrived.values() for e in row.values() for one in e.documents.values()
    }
    sought = {
        json.loads(line)["title"]
        for path in (web.home / "seed" / "entries").rglob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert titles == sought
    assert done["exit_code"] in (0, 3)
    assert narrow["exit_code"] in (0, 3)


def test_a_query_that_needs_the_service_is_refused_for_a_snapshot(web: CommandLine) -> None:
    """Exit code 2 with the operator's name, before anything is written or the target is looked through."""
    assert web.run("export", web.place(FILLED), web.home / "whole", *FAST).code == 0
    asked = web.emulator.count("read")
    query = '{"links": {"$in_query": {"title": "Door"}}}'
    result = web.run("import", web.home / "whole", web.place(TARGET), "--query", query, *FAST)
    assert result.code == 2
    assert "'$in_query'" in result.err
    assert (web.writes, web.emulator.count("read")) == (0, asked)
    assert not list((web.home / "state").rglob("*.sqlite"))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--query", "[1]"), "not a JSON object"),
        (("--query", "{title"), "not JSON"),
        (("--limit", "0"), "--limit"),
        (("--with-references", "deep"), "neither a number nor 'all'"),
        (("--with-references", "-1"), "neither a number nor 'all'"),
    ],
)
def test_an_invalid_selection_is_a_usage_error(cli: CommandLine, words: tuple[str, ...], named: str) -> None:
    """A query that is no object, a limit of nothing, a depth that is none: exit code 2, and nothing is done."""
    result = cli.run("export", cli.place(SOURCE), cli.home / "seed", *words, *FAST)
    assert result.code == 2
    assert named in result.err
    assert cli.files() == []
    assert cli.emulator.count("read") == 0


def test_a_query_that_the_service_refuses_is_a_failure(cli: CommandLine) -> None:
    """The service's own words, and exit code 1, however often it is tried: no snapshot without the entries."""
    for _ in range(3):
        result = cli.run(
            "export", cli.place(SOURCE), cli.home / "seed", "--query", '{"title": {"$near": 1}}', *FAST
        )
        assert result.code == 1
        assert "$near" in result.err
        assert "left out" not in result.err
