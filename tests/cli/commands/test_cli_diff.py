"""`stackferry diff`: snapshots and places side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import FAST, SOURCE, TARGET

if TYPE_CHECKING:
    from command_line import CommandLine


def test_a_place_and_its_snapshot_do_not_differ(cli: CommandLine) -> None:
    """A snapshot says what the place it was taken from says, and exit code 0 tells."""
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    result = cli.run("diff", snapshot, cli.place(SOURCE), "--json", *FAST)
    assert (result.code, result.report["differences"]) == (0, [])
    assert result.report["objects"]["entries"] > 0


def test_what_is_never_compared_is_told_when_it_is_asked_for(cli: CommandLine) -> None:
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    told = cli.run("diff", snapshot, cli.place(SOURCE), "-v", *FAST).err
    assert "assets file_size - bytes are compared by their SHA-256" in told
    assert "not compared" not in cli.run("diff", snapshot, cli.place(SOURCE), *FAST).err


def test_no_difference_says_how_far_it_reaches(cli: CommandLine) -> None:
    """One side holds a part of the other: what it does not hold may well differ."""
    whole, part, bare = (cli.home / name for name in ("whole", "part", "bare"))
    cli.run("export", cli.place(SOURCE), whole, *FAST)
    cli.run("export", cli.place(SOURCE), part, "--locale", "fr-fr", *FAST)
    cli.run("export", cli.place(SOURCE), bare, "--no-assets", *FAST)
    told = cli.run("diff", whole, part)
    assert (told.code, "one snapshot is narrowed: what it does not hold is not compared" in told.err) == (
        0,
        True,
    )
    assert "not compared: assets, one snapshot was made without assets" in cli.run("diff", whole, bare).err


def test_a_changed_title_is_a_difference(cli: CommandLine) -> None:
    """One entry edited in a copy is one difference that names it, with both values, and exit code 5."""
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    branch = cli.emulator.stacks[SOURCE].main
    kind, entries = next((kind, entries) for kind, entries in branch.entries.items() if entries)
    uid, entry = next(iter(entries.items()))
    locale, document = next(iter(entry.documents.items()))
    branch.put_entry_version(
        kind, locale, {**document.latest, "title": "Quite another title", "_version": document.version + 1}
    )
    result = cli.run("diff", snapshot, cli.place(SOURCE), "--json", *FAST)
    found = [one for one in result.report["differences"] if one["kind"] == "entries"]
    assert result.code == 5
    assert [(one["uid"], one["path"], one["right"]) for one in found] == [
        (uid, "/title", "Quite another title")
    ]


def test_an_empty_place_lacks_everything(cli: CommandLine) -> None:
    """Whatever only one side holds is told as a difference."""
    result = cli.run("diff", cli.place(SOURCE), cli.place(TARGET), "--json", *FAST)
    assert result.code == 5
    assert {one["kind"] for one in result.report["differences"]} >= {"entries", "content_types"}


def test_a_place_does_not_differ_from_itself(cli: CommandLine) -> None:
    result = cli.run("diff", cli.place(SOURCE), cli.place(SOURCE), "--json", *FAST)
    assert (result.code, result.report["differences"], result.report["gaps"]) == (0, [], [])


def test_an_export_of_the_vendor_does_not_differ_from_itself(cli: CommandLine) -> None:
    snapshot, export = cli.home / "snapshot", cli.home / "export"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    cli.run("convert", snapshot, export, "--to", "csdx")
    result = cli.run("diff", export, export, "--json", *FAST)
    assert (result.code, result.report["differences"], result.report["gaps"]) == (0, [], [])


def test_two_nights_are_told_in_short_lines(cli: CommandLine) -> None:
    """A line for each edit; long values stand below it, one for each side."""
    monday, tuesday = cli.home / "monday", cli.home / "tuesday"
    cli.run("export", cli.place(SOURCE), monday, *FAST)
    branch = cli.emulator.stacks[SOURCE].main
    entry = branch.entries["page"]["bltpage00000"]
    for locale, title in (("en-us", "Pier"), ("fr-fr", "A title that is much too long for one line")):
        document = entry.documents[locale]
        changed = {**document.latest, "title": title, "_version": document.version + 1}
        branch.put_entry_version("page", locale, changed)
    del branch.entries["page"]["bltpage00001"]
    cli.run("export", cli.place(SOURCE), tuesday, *FAST)
    result = cli.run("diff", monday, tuesday, *FAST)
    assert result.code == 5
    assert result.out.splitlines() == [
        'changed: entries page bltpage00000 en-us "Pier" Title: A "Quay 0" → B "Pier"',
        'only in A: entries page bltpage00001 "Quay 1" (en-us, fr-fr)',
        'changed: entries page bltpage00000 fr-fr "A title that is much too long for one line" Title',
        '    A "Quai 0"',
        '    B "A title that is much too long for one line"',
    ]
    assert "3 differences" in result.err


def test_two_copies_of_one_stack_do_not_differ(cli: CommandLine) -> None:
    """What is live in an older version is compared by what it says: nobody knows the numbers of both places."""
    cli.emulator.add_stack(api_key="blt_invented_third", management_token=cli.token)
    places = [cli.place(key) for key in (SOURCE, TARGET, "blt_invented_third")]
    for place in places[1:]:
        assert cli.run("copy", places[0], place, *FAST).code == 0
    for number, place in enumerate(places):
        assert cli.run("export", place, cli.home / str(number), *FAST).code == 0
    for left, right in ((places[0], places[1]), (places[1], places[2]), (cli.home / "1", cli.home / "2")):
        result = cli.run("diff", left, right, "--json", *FAST)
        assert (result.code, result.report["differences"]) == (0, []), result.err
    verified = cli.run("verify", cli.home / "1", "--against", places[2], "--json", *FAST)
    assert (verified.code, verified.report["gaps"]) == (0, [])


def test_another_version_that_is_live_in_a_copy_is_a_difference(cli: CommandLine) -> None:
    """Under the same number: both have a first version, of other content."""
    assert cli.run("copy", cli.place(SOURCE), cli.place(TARGET), *FAST).code == 0
    entries = cli.emulator.stacks[TARGET].main.entries["page"]
    one = next(iter(entries.values())).documents["en-us"]
    one.versions[1] = {**one.versions[1], "body": "never in the source"}
    result = cli.run("diff", cli.place(SOURCE), cli.place(TARGET), "--json", *FAST)
    assert result.code == 5
    told = {(row["kind"], row["change"], row["path"]) for row in result.report["differences"]}
    assert told == {("publications", "changed", "/publish_details/production")}
