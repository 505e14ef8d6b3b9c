"""`--only KIND`: an import of some kinds, by command."""

from __future__ import annotations

from command_line import FAST, SOURCE, TARGET, CommandLine

TYPES = ("--only", "locales", "--only", "environments", "--only", "content_types", "--only", "global_fields")


def test_kinds_can_be_imported_one_after_the_other(cli: CommandLine) -> None:
    """Foretold, done, verified, and done again: types first, then entries with their publications."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    words = ("import", snapshot, cli.place(TARGET), *FAST, "--json")
    assert cli.run(*words, *TYPES).report["objects"].keys() == {"content_types", "locales", "environments"}
    entries = (*words, "--only", "entries", "--state", cli.home / "entries")
    planned = cli.run(*entries, "--dry-run").report
    assert planned["plan"].keys() == {"entries", "publications"}
    writes = cli.writes
    done = cli.run(*entries).report
    assert done["objects"] == {"entries": 3, "entry_versions": 9}
    assert (done["exit_code"], "minimum" in done) == (0, False)
    assert planned["planned_requests"] == {
        name: done["requests"][name] for name in planned["planned_requests"]
    }
    assert cli.writes - writes == done["requests"]["write"] + done["requests"]["bulk"] > 0
    writes = cli.writes
    assert cli.run(*entries).code == 0
    assert cli.writes == writes
    against = ("verify", snapshot, "--against", cli.place(TARGET), "--json", *FAST)
    verified = cli.run(*against, "--state", cli.home / "entries").report
    assert (verified["differences"], verified["exit_code"]) == ([], 0)
    assert verified["objects"].keys() == {"entries", "documents", "publications"}
    assert cli.run(*against, "--state", cli.home / "nothing").code == 5  # the asset is not there


def test_an_import_of_one_kind_names_what_it_needs_and_the_target_lacks(cli: CommandLine) -> None:
    """Entries into an empty stack: exit code 2 with the names, and nothing is written."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    result = cli.run("import", snapshot, cli.place(TARGET), "--only", "entries", *FAST)
    assert (result.code, cli.writes) == (2, 0)
    assert "lacks content types that are needed: page; add --only content_types" in result.err
    assert "lacks locales that are needed: fr-fr; add --only locales" in result.err


def test_a_copy_writes_one_kind_with_its_parts(cli: CommandLine) -> None:
    done = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--only", "assets", *FAST, "--json")
    assert done.code == 0, done.err
    assert done.report["objects"] == {"assets": 1}


def test_only_with_an_unknown_kind_is_a_usage_error(cli: CommandLine) -> None:
    """Exit code 2 with the names of the kinds, and no request."""
    result = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--only", "pages", *FAST)
    assert (result.code, cli.emulator.count("read")) == (2, 0)
    assert "kinds are locales, environments" in result.err
