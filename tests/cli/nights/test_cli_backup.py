"""`backup` and `snapshots` as commands: what they print, what their reports say, how they end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, at_a_terminal, content_type

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from command_line import CommandLine

NAME = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ"


def configure(cli: CommandLine, **profiles: str) -> None:
    """A configuration file; each profile's place is followed by the lines given."""
    keys = {"source": SOURCE, "target": TARGET, "filled": FILLED, "nobody": "blt_nobody"}
    text = "".join(
        f'[profiles.{name}]\nplace = "{cli.place(keys[name])}"\n{rest}\n' for name, rest in profiles.items()
    )
    file = cli.home / "config" / "stackferry" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def add_gap(cli: CommandLine, uid: str) -> None:
    cli.emulator.stacks[SOURCE].main.put_asset({"uid": uid, "filename": "a.txt", "title": uid, "_version": 1})


def test_a_profile_is_backed_up_into_its_own_directory(cli: CommandLine) -> None:
    configure(cli, source="")
    done = cli.run("backup", "source", "--into", cli.home / "b", *FAST)
    assert (done.code, done.out) == (0, "")
    snapshot = str((cli.home / "b" / "source" / "latest").resolve())
    assert re.search(rf"source: {snapshot}, \d+ records, \d+ requests in ", done.err)
    again = cli.run("backup", "source", "--into", cli.home / "b", "--json", *FAST)
    report = again.report
    assert (again.code, report["ok"], report["command"]) == (0, True, "backup")
    (stack,) = report["stacks"]
    assert (stack["name"], stack["base"], stack["previous"]) == ("source", snapshot, snapshot)
    assert stack["snapshot"] == str((cli.home / "b" / "source" / "latest").resolve())
    assert report["requests"] == stack["requests"]
    assert report["objects"] == stack["objects"]


def test_a_content_type_that_was_never_there_is_refused_on_the_first_night(cli: CommandLine) -> None:
    """The name is misspelt: no night that lacks it may pass for a backup."""
    configure(cli, source='[profiles.source.defaults.backup]\ncontent-type = ["page", "paeg"]')
    done = cli.run("backup", "source", "--into", cli.home / "b", *FAST)
    assert (done.code, "holds no content type 'paeg'" in done.err, "did you mean 'page'?" in done.err) == (
        ExitCode.USAGE,
        True,
        True,
    )
    assert [path.name for path in (cli.home / "b").rglob("*.jsonl")] == []


def test_a_content_type_that_is_gone_is_a_gap_and_the_night_is_kept(cli: CommandLine) -> None:
    """It was there in an earlier night, so somebody has deleted it since."""
    branch = cli.emulator.stacks[SOURCE].main
    branch.put_content_type(content_type("gone"))
    configure(cli, source='[profiles.source.defaults.backup]\ncontent-type = ["page", "gone"]')
    assert cli.run("backup", "source", "--into", cli.home / "b", *FAST).code == 0
    del branch.content_types["gone"]
    done = cli.run("backup", "source", "--into", cli.home / "b", "--json", *FAST)
    assert done.code == ExitCode.GAPS
    (stack,) = done.report["stacks"]
    assert [one["uid"] for one in stack["gaps"]] == ["gone"]
    assert stack["objects"]["entries"] > 0


def test_of_several_profiles_each_gets_a_line_and_the_worst_is_the_exit_code(cli: CommandLine) -> None:
    configure(cli, source="", target="", nobody="")
    add_gap(cli, "bltlost")
    done = cli.run("backup", "source", "target", "nobody", "misspelt", "--into", cli.home / "b", *FAST)
    assert done.code == ExitCode.ACCESS
    assert re.search(r"^source: .*, 1 gap$", done.err, re.MULTILINE)
    assert re.search(r"^target: ", done.err, re.MULTILINE)
    assert re.search(r"^Error: nobody: .*The api key is not valid", done.err, re.MULTILINE)
    assert re.search(r"^Error: misspelt: 'misspelt' is neither a place", done.err, re.MULTILINE)
    assert "4 profiles: 1 with gaps, 1 complete, 1 refused, 1 not begun" in done.err
    report = cli.run("backup", "source", "target", "--into", cli.home / "b", "--json", *FAST).report
    assert (report["exit_code"], [row["exit_code"] for row in report["stacks"]]) == (3, [3, 0])
    assert [gap["profile"] for gap in report["gaps"]] == ["source"]


def test_a_line_says_when_gaps_changed_and_accepted_ones_end_with_0(cli: CommandLine) -> None:
    configure(cli, source="")
    into, file = cli.home / "b", cli.home / "gaps.toml"
    backup = ("backup", "source", "--into", into, *FAST)
    add_gap(cli, "bltlost1")
    first = cli.run(*backup)
    assert (first.code, "gaps since" in first.err) == (3, False)
    written = cli.run("snapshots", into, "--write-gaps", file)
    assert (written.code, "gaps.toml: 1 gaps added" in written.err) == (0, True)

    accepted = cli.run(*backup, "--accept", file)
    assert (accepted.code, "gaps since" in accepted.err) == (0, False)
    assert "1 gap, 1 of them accepted" in accepted.err
    assert "1 gap: accepted, because the file says that they are known" in accepted.err

    add_gap(cli, "bltlost2")
    more = cli.run(*backup, "--accept", file)
    assert more.code == 3
    assert re.search(rf"^  gaps since {NAME}: 1 new$", more.err, re.MULTILINE)

    del cli.emulator.stacks[SOURCE].main.assets["bltlost1"]
    gone = cli.run(*backup, "--accept", file)
    assert re.search(rf"^  gaps since {NAME}: 1 gone$", gone.err, re.MULTILINE)
    assert re.search(
        r"accepted, and no gap any more: source files bltlost1 version 1 - .* \(line 4\)", gone.err
    )
    report = cli.run(*backup, "--accept", file, "--json").report
    assert [one["uid"] for one in report["unused"]] == ["bltlost1"]


def test_snapshots_are_listed_in_columns_and_in_json(cli: CommandLine) -> None:
    configure(cli, source="")
    for _ in range(2):
        cli.run("backup", "source", "--into", cli.home / "b", *FAST)
    done = cli.run("snapshots", cli.home / "b")
    head, first, second = done.out.splitlines()
    assert head.split() == ["profile", "snapshot", "size", "shared", "gaps", "state", "place"]
    assert re.fullmatch(
        rf"source +{NAME} +[\d.]+ kB +[\d.]+ kB +0  whole +{cli.place(SOURCE)}".replace("+http", r"\+http"),
        first,
    )
    assert "whole, latest" in second
    assert re.search(r"^2 snapshots, [\d.]+ kB on disk$", done.err, re.MULTILINE)
    report = cli.run("snapshots", cli.home / "b", "--json").report
    rows = report["snapshots"]
    assert [row["latest"] for row in rows] == [False, True]
    assert rows[0]["at"].endswith("Z")
    assert {row["bytes"] for row in rows} == {row["shared_bytes"] for row in rows}


def test_a_snapshot_whose_manifest_is_broken_ends_with_6_and_hides_no_other(cli: CommandLine) -> None:
    configure(cli, source="")
    cli.run("backup", "source", "--into", cli.home / "b", *FAST)
    broken = cli.home / "b" / "source" / "2020-01-01"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    done = cli.run("snapshots", cli.home / "b")
    assert done.code == ExitCode.CORRUPT
    assert [line.split()[1] for line in done.out.splitlines()][1] == "2020-01-01"
    assert len(done.out.splitlines()) == 3
    assert "2020-01-01/manifest.json cannot be read" in done.err


def test_a_directory_that_is_not_there_ends_with_2(cli: CommandLine) -> None:
    done = cli.run("snapshots", cli.home / "nowhere")
    assert (done.code, "there is no directory" in done.err) == (2, True)


def test_each_profile_has_the_defaults_of_its_own(cli: CommandLine) -> None:
    """A flag goes before them; they go before those for all."""
    configure(
        cli,
        source='[profiles.source.defaults.backup]\nversions = "all"\nno-assets = true',
        filled='[defaults.backup]\nversions = "latest"',
    )
    backup = ("backup", "source", "filled", "--into", cli.home / "b", *FAST)
    assert cli.run(*backup).code == 0
    assert options(cli) == {"source": ("all", False), "filled": ("latest", True)}
    assert cli.run(*backup, "--versions", "pinned").code == 0
    assert options(cli) == {"source": ("pinned", False), "filled": ("pinned", True)}


def test_a_default_that_means_nothing_is_that_profiles_own_failure(cli: CommandLine) -> None:
    configure(cli, source='[profiles.source.defaults.backup]\nversion = "all"', target="")
    done = cli.run("backup", "source", "target", "--into", cli.home / "b", *FAST)
    assert done.code == ExitCode.USAGE
    assert re.search(r"^Error: source: .*config.toml:4: 'version' is no option", done.err, re.MULTILINE)
    assert (cli.home / "b" / "target" / "latest").is_dir()


def options(cli: CommandLine) -> dict[str, tuple[str, bool]]:
    """The options of each profile's newest snapshot."""
    found = {}
    for folder in (cli.home / "b").iterdir():
        facts = json.loads((folder / "latest" / "manifest.json").read_bytes())["options"]
        found[folder.name] = (facts["versions"], facts["assets"])
    return found


def test_an_option_of_another_system_is_that_profiles_own_failure(cli: CommandLine) -> None:
    configure(cli, source="", target="")
    done = cli.run("backup", "source", "--into", cli.home / "b", "--no-logs", *FAST)
    assert done.code == ExitCode.USAGE
    assert "--no-logs is an option of Azure DevOps" in done.err


def test_all_is_every_profile_of_the_configuration_file(cli: CommandLine) -> None:
    into = cli.home / "b"
    assert cli.run("backup", "--all", "--into", into).code == ExitCode.USAGE
    configure(cli, target="", filled="")
    assert cli.run("backup", "--all", "target", "--into", into).code == ExitCode.USAGE
    report = cli.run("backup", "--all", "--into", into, "--json", *FAST).report
    assert [row["name"] for row in report["stacks"]] == ["target", "filled"]


@pytest.mark.parametrize("words", [(), ("--into", "b"), ("source",)])
def test_a_command_line_that_lacks_something_ends_with_2(cli: CommandLine, words: tuple[str, ...]) -> None:
    assert cli.run("backup", *words).code == 2


def test_at_a_terminal_a_table_shows_who_is_read(cli: CommandLine) -> None:
    configure(cli, source="", target="", filled="")
    shown = at_a_terminal(cli, "backup", "source", "target", "filled", "--into", cli.home / "b", *FAST)
    assert re.search(r"profiles +.* \d of 3 ", shown)
    assert re.search(r"source +\d+ read ", shown)
    for name in ("source", "target", "filled"):
        assert re.search(rf"{name}: {cli.home}/b/{name}/{NAME}", shown)
    assert "3 profiles: 3 complete" in shown
