"""What cannot be meant or is not allowed: the right exit code, a message that names the thing, no trace."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import click
import pytest
from command_line import DATASETS, FAST, FILLED, READ_ONLY, SOURCE, TARGET, TOKEN, CommandLine

from stackferry.cli.app import app
from stackferry.cli.lazy_group import ELSEWHERE
from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    where = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), where, *FAST).code == 0
    return where


def refused(cli: CommandLine, code: int, *words: object) -> str:
    """The message of a command that is refused and leaves no trace, neither on disk nor in the service."""
    files, writes = cli.files(), cli.writes
    result = cli.run(*words)
    assert result.code == code, result.err
    assert cli.files() == files
    assert cli.writes == writes
    assert result.out == ""
    assert result.err.startswith("Error: ")
    assert "Traceback" not in result.err
    return result.err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("check", "there is no command 'check'; that is 'stackferry verify' here"),
        ("prune", "that is 'stackferry forget' here"),
        ("exprot", "there is no command 'exprot'; did you mean 'export'?"),
        ("zzz", "there is no command 'zzz'\n"),
    ],
)
def test_a_command_of_another_tool_is_told_by_its_name_here(cli: CommandLine, word: str, said: str) -> None:
    result = cli.run(word)
    assert (result.code, said in result.err) == (2, True), result.err


def test_what_other_tools_call_commands_leads_to_commands() -> None:
    assert not {*ELSEWHERE} & {*app.list_commands(click.Context(app))}
    for meant in ELSEWHERE.values():
        first = meant.split()[0]
        assert first.startswith("--") or first in app.list_commands(click.Context(app))


@pytest.mark.parametrize("branch", ["main", "redesign"])
def test_a_wrong_token_is_exit_code_4(cli: CommandLine, snapshot: Path, branch: str) -> None:
    """A credential that the service does not accept is exit code 4, whichever branch is asked for."""
    cli.token = "cs-invented-mistake"
    place = cli.place(TARGET, branch)
    for words in (
        ("export", place, cli.home / "new"),
        ("import", snapshot, place),
        ("verify", snapshot, "--against", place),
    ):
        result = refused(cli, 4, *words, *FAST)
        assert "cs-invented-mistake" not in result


def test_an_unknown_stack_is_exit_code_4(cli: CommandLine, snapshot: Path) -> None:
    """An API key that names no stack is exit code 4."""
    place = cli.place("blt_invented_nobody")
    assert "API key" in refused(cli, 4, "export", place, cli.home / "new", *FAST)
    assert "API key" in refused(cli, 4, "import", snapshot, place, *FAST)


def test_a_token_without_write_permission_is_exit_code_4(cli: CommandLine, snapshot: Path) -> None:
    """A read-only token reads; what it may not write is exit code 4, and nothing has changed."""
    cli.token = READ_ONLY
    result = cli.run("import", snapshot, cli.place(TARGET), *FAST)
    assert result.code == 4
    assert "rights" in result.err
    main = cli.emulator.stacks[TARGET].main
    assert not main.content_types
    assert list(main.locales) == ["en-us"]


def test_an_unknown_branch_is_a_usage_error(cli: CommandLine, snapshot: Path) -> None:
    """A branch that is not there is exit code 2, and named."""
    place = cli.place(TARGET, "nowhere")
    assert "'nowhere'" in refused(cli, 2, "export", place, cli.home / "new", *FAST)
    assert "'nowhere'" in refused(cli, 2, "import", snapshot, place, *FAST)


def test_a_target_that_is_the_source(cli: CommandLine, snapshot: Path) -> None:
    """A stack is not imported into itself, and not copied onto itself."""
    assert SOURCE in refused(cli, 2, "import", snapshot, cli.place(SOURCE), *FAST)
    assert SOURCE in refused(cli, 2, "copy", cli.place(SOURCE), cli.place(SOURCE), *FAST)


def test_a_target_that_holds_other_content(cli: CommandLine, snapshot: Path) -> None:
    """A filled target is refused unless --on-conflict says what to do; emptied, it is taken."""
    assert "--on-conflict" in refused(cli, 2, "import", snapshot, cli.place(FILLED), *FAST)
    cli.emulator.stacks[FILLED].main.content_types.clear()
    assert cli.run("import", snapshot, cli.place(FILLED), *FAST).code == 0


def test_a_target_with_content_is_written_with_on_conflict(cli: CommandLine, snapshot: Path) -> None:
    """With --on-conflict update what was there stays, and what is new comes."""
    assert cli.run("import", snapshot, cli.place(FILLED), "--on-conflict", "update", *FAST).code == 0
    assert set(cli.emulator.stacks[FILLED].main.content_types) == {"other", "page"}


def test_another_master_locale_is_refused_before_the_first_write(cli: CommandLine, snapshot: Path) -> None:
    """A target of another master locale is refused with the option that would map it."""
    cli.emulator.add_stack(api_key="blt_invented_french", management_token=TOKEN, master_locale="fr-ca")
    result = refused(cli, 2, "import", snapshot, cli.place("blt_invented_french"), *FAST)
    assert "--locale en-us=fr-ca" in result


def test_an_export_into_a_directory_with_other_files_is_refused(cli: CommandLine) -> None:
    """An export never goes where other files lie, nor over a file."""
    other = cli.home / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("do not touch")
    assert str(other) in refused(cli, 2, "export", cli.place(SOURCE), other, *FAST)
    assert "is a file" in refused(cli, 2, "export", cli.place(SOURCE), other / "thesis.txt", *FAST)
    assert (other / "thesis.txt").read_text() == "do not touch"


def test_an_export_onto_a_complete_snapshot_is_refused(cli: CommandLine, snapshot: Path) -> None:
    """A finished snapshot is never written to again."""
    assert "complete" in refused(cli, 2, "export", cli.place(SOURCE), snapshot, *FAST)


@pytest.mark.parametrize("command", ["import", "verify", "show", "ls", "cat"])
def test_a_directory_without_a_snapshot_is_refused(cli: CommandLine, command: str) -> None:
    """Whatever reads a snapshot says that there is none, and where it looked."""
    words = {"import": [cli.place(TARGET), *FAST], "cat": ["entries", "bltpage00001"]}.get(command, [])
    assert "manifest.json" in refused(cli, 2, command, cli.home / "nothing", *words)


@pytest.mark.parametrize("damage", ["missing", "cut", "edited", "added"])
def test_a_damaged_snapshot_is_exit_code_6(cli: CommandLine, snapshot: Path, damage: str) -> None:
    """Verify names the damaged file with exit code 6; no import begins from it."""
    entries = snapshot / "entries" / "page" / "en-us.jsonl"
    whole = entries.read_bytes()
    if damage == "missing":
        entries.unlink()
    elif damage == "added":
        entries = snapshot / "entries" / "page" / "de-de.jsonl"
        entries.write_bytes(whole)
    else:
        entries.write_bytes(whole[:-7] if damage == "cut" else whole.replace(b"Quay", b"Kwai"))
    result = cli.run("verify", snapshot)
    assert result.code == 6
    assert "entries/page/" in result.out
    report = cli.run("verify", snapshot, "--json").report
    assert (report["ok"], report["exit_code"], len(report["damage"])) == (False, 6, 1)
    assert entries.name in refused(cli, 6, "import", snapshot, cli.place(TARGET), *FAST)


def test_every_damage_is_listed(cli: CommandLine, snapshot: Path) -> None:
    """Verify does not stop at the first damaged file."""
    (snapshot / "locales.jsonl").unlink()
    (snapshot / "assets.jsonl").write_bytes(b"")
    assert len(cli.run("verify", snapshot).out.splitlines()) == 2


def test_an_unreadable_manifest_is_exit_code_6(cli: CommandLine, snapshot: Path) -> None:
    """Half a manifest is damage, not a missing snapshot."""
    manifest = snapshot / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:40])
    assert "manifest.json" in refused(cli, 6, "show", snapshot)


def test_an_invalid_place_is_a_usage_error(cli: CommandLine) -> None:
    """Mistyped places, unsupported systems and unknown profiles are exit code 2 and named."""
    for place, word in (
        ("ftp://key@host/main", "ftp"),
        ("contentstack://eu/main", "API_KEY@REGION_OR_HOST"),
        ("contentful://eu/main", "SPACE@REGION_OR_HOST"),
        ("azure-devops://org@dev.azure.com", "lacks a project"),
        ("production", "'production' is neither a place"),
    ):
        assert word in refused(cli, 2, "export", place, cli.home / "new")


def test_places_and_directories_that_were_swapped_are_told(cli: CommandLine) -> None:
    """Each side says what it is; a credential in a place is not repeated."""
    (cli.home / "old").mkdir()
    place = f"contentstack://{SOURCE}:cs-invented-password@eu/main"
    for words in (("verify", place), ("show", place), ("cat", place, "entries", "x")):
        told = refused(cli, 2, *words)
        assert "a place is given where a snapshot is asked for" in told
        assert "cs-invented-password" not in told
    assert "it is a directory here" in refused(cli, 2, "export", cli.home / "old", cli.place(SOURCE))


def test_a_credential_in_a_place_is_refused_and_not_repeated(cli: CommandLine) -> None:
    """A password in a URL is refused and not repeated."""
    place = f"contentstack://{SOURCE}:cs-invented-password@eu/main"
    assert "cs-invented-password" not in refused(cli, 2, "export", place, cli.home / "new")


def test_a_missing_credential_is_a_usage_error(cli: CommandLine) -> None:
    """Without a credential the message says which variable to set."""
    cli.token = ""
    assert "STACKFERRY_SOURCE_TOKEN" in refused(cli, 2, "export", cli.place(SOURCE), cli.home / "new")


def test_a_profile_can_stand_for_a_place(cli: CommandLine) -> None:
    """A profile's name stands for its place and its token file."""
    cli.token = ""
    config = cli.home / "config" / "stackferry"
    config.mkdir(parents=True)
    (config / "token").write_text(TOKEN)
    facts = {"place": cli.place(SOURCE), "token_file": str(config / "token")}
    lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items()]
    (config / "config.toml").write_text("\n".join(["[profiles.harbour]", *lines]))
    assert cli.run("export", "harbour", cli.home / "snapshot", *FAST).code == 0


def test_a_directory_that_another_run_holds_is_exit_code_7(cli: CommandLine) -> None:
    """While another run holds a snapshot or a checkpoint, a second one is exit code 7 and touches nothing."""
    from stackferry.io.storage.files import Files

    (cli.home / "busy" / ".work").mkdir(parents=True)
    with Files(cli.home / "busy").lock(".work/lock"):
        assert "is running here" in refused(cli, 7, "export", cli.place(SOURCE), cli.home / "busy", *FAST)
    snapshot, state = cli.home / "snapshot", cli.home / "state-elsewhere"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    state.mkdir()
    with Files(state).lock("lock"):
        words = ("import", snapshot, cli.place(TARGET), "--state", state, *FAST)
        assert "is running here" in refused(cli, 7, *words)


def test_a_damaged_checkpoint_is_exit_code_6(cli: CommandLine, snapshot: Path) -> None:
    """A checkpoint that is no database is exit code 6, and it stays where it is."""
    state = cli.home / "state-elsewhere"
    state.mkdir()
    (state / "checkpoint.sqlite").write_bytes(b"not a database" * 100)
    result = refused(cli, 6, "import", snapshot, cli.place(TARGET), "--state", state, *FAST)
    assert str(state) in result


def test_the_checkpoint_of_an_unfinished_import_is_no_other_imports(cli: CommandLine, snapshot: Path) -> None:
    """A checkpoint belongs to one snapshot and one target until its import is finished."""
    state = cli.home / "state-elsewhere"
    words = ("--state", state, *FAST)
    cli.emulator.faults.add(Fault(path="entries/import", status=401, times=ALWAYS, carried_out=False))
    assert cli.run("import", snapshot, cli.place(TARGET), *words).code == 4
    cli.emulator.faults.clear()
    place = cli.place(TARGET, "redesign")
    assert "unfinished" in refused(cli, 2, "import", snapshot, place, *words)
    assert cli.run("import", snapshot, cli.place(TARGET), *words).code == 0
    assert cli.run("import", snapshot, place, *words).code == 0


def test_a_vendor_export_with_a_missing_file_is_exit_code_6(cli: CommandLine) -> None:
    """An export of the vendor's CLI that lacks a file it lists is exit code 6, and the file is named."""
    if not DATASETS.is_dir():
        pytest.skip("the real exports are not part of this repository")
    export = cli.home / "export"
    shutil.copytree(DATASETS / "compass-starter-stack", export)
    chunk = next(path for path in export.rglob("entries/**/*-entries.json"))
    chunk.unlink()
    result = refused(cli, 6, "import", export, cli.place(TARGET), *FAST)
    assert chunk.name in result


@pytest.mark.parametrize("option", ["--locale", "--environment"])
@pytest.mark.parametrize("value", ["en-us", "=en-us", "en-us="])
def test_an_invalid_mapping_is_a_usage_error(cli: CommandLine, option: str, value: str) -> None:
    """A mapping must name both sides."""
    result = cli.run("import", cli.home, cli.place(TARGET), option, value)
    assert result.code == 2
    assert "SOURCE=TARGET" in result.err


def commands(group: click.Group = app, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command, by the words that name it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, *before, name)
        else:
            yield (*before, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_lists_its_exit_codes(cli: CommandLine, words: tuple[str, ...]) -> None:
    """--help of every command ends with what its exit codes mean."""
    result = cli.run(*words, "--help")
    assert result.code == 0
    _, heading, codes = result.out.partition("Exit status:\n")
    assert heading
    assert codes.split()[0] == "0"


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_an_archive_is_never_opened(cli: CommandLine, snapshot: Path, kind: str) -> None:
    """D2: an archive is no snapshot, whatever is in it: nothing of it is ever unpacked."""
    archive = shutil.make_archive(str(cli.home / "packed"), kind, snapshot)
    for words in (
        ("import", archive, cli.place(TARGET), *FAST),
        ("verify", archive),
        ("show", archive),
        ("convert", archive, cli.home / "out", "--to", "csdx"),
        ("emulate", archive),
    ):
        assert archive in refused(cli, 2, *words)


@pytest.mark.parametrize("policy", ["skip", "fail"])
def test_a_restore_in_place_that_leaves_what_is_there_is_a_usage_error(
    cli: CommandLine, snapshot: Path, policy: str
) -> None:
    words = ("import", snapshot, cli.place(SOURCE), "--in-place", "--on-conflict", policy, *FAST)
    assert "leave that out" in refused(cli, 2, *words)


def test_a_restore_in_place_elsewhere_names_the_place_as_it_can_be_given(
    cli: CommandLine, snapshot: Path
) -> None:
    said = refused(cli, 2, "import", snapshot, cli.place(TARGET), "--in-place", *FAST)
    assert f"where it comes from, which is {cli.place(SOURCE)}, not {cli.place(TARGET)}" in said
    assert cli.place(SOURCE) in cli.run("show", snapshot).out
