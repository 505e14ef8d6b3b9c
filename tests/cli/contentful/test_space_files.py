"""A file of contentful-export where a snapshot is expected: shown, listed, compared, imported, converted both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from command_line import FAST, CommandResult
from vendor_files import asset, complaints, entry, put_file, small, write

from stackferry import exact_json
from stackferry.cli.app import app
from stackferry.emulators.contentful import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "cf-invented-token"


@dataclass
class Shell:
    """A directory with a file of an export, and an emulated space that is empty."""

    home: Path
    file: Path
    emulator: Emulator
    place: str

    def run(self, *words: object) -> CommandResult:
        environment = {
            "STACKFERRY_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(self.home / "state"),
            "STACKFERRY_LOCK_DIR": str(self.home / "locks"),
            "XDG_CONFIG_HOME": "/nonexistent",
        }
        done = CliRunner().invoke(app, [str(word) for word in words], env=environment)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def report(self, code: int, *words: object) -> Any:
        """The report of a command that must end so."""
        result = self.run(*words, "--json")
        assert result.code == code, (result.code, result.out, result.err)
        return result.report


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    plan = asset("plan", "plan.pdf", 4)
    (tmp_path / "in").mkdir()
    put_file(tmp_path / "in", plan, b"plan")
    file = write(tmp_path / "in" / "export.json", small(assets=[plan], tags=[]))
    emulator = Emulator()
    emulator.add_space(key="target", token=TOKEN)
    with serve(emulator) as origin:
        place = f"contentful+http://target@{origin.partition('://')[2]}/master"
        yield Shell(tmp_path, file, emulator, place)


def test_it_is_shown_and_listed(shell: Shell) -> None:
    shown = shell.run("show", shell.file)
    assert shown.code == 0
    assert shown.out.splitlines()[0] == "contentful://inventedspace/staging"
    assert "concepts * - a file of contentful-export holds none of these" in shown.out
    listed = shell.run("ls", shell.file, "entries")
    assert [line[0] for line in listed.columns] == ["egg", "hen"]
    found = shell.run("cat", shell.file.parent, "entries", "hen")
    assert exact_json.loads(found.out.encode()) == entry("hen")


def test_it_is_imported_and_equal(shell: Shell) -> None:
    report = shell.report(3, "import", shell.file, shell.place, *FAST)
    gaps = {(gap["kind"], gap["uid"]) for gap in report["gaps"]}
    assert {("workflows", "*"), ("releases", "*"), ("ui_config", "*")} <= gaps
    space = shell.emulator.spaces["target"]
    assert [file.content for file in space.files.values()] == [b"plan"]
    verified = shell.report(3, "verify", shell.file, "--against", shell.place, *FAST)
    assert verified["differences"] == []
    shell.emulator.log.clear()
    shell.report(3, "import", shell.file, shell.place, "--on-conflict", "update", *FAST)
    assert [(one.method, one.path) for one in shell.emulator.log if one.method != "GET"] == []


def test_it_is_compared(shell: Shell) -> None:
    assert shell.report(0, "diff", shell.file, shell.file)["differences"] == []
    edited = small(
        entries=[entry("hen", "Hen, edited", version=5, publishedVersion=4), entry("fox")], tags=[]
    )
    (shell.home / "later").mkdir()
    later = write(shell.home / "later" / "export.json", edited)
    told = shell.run("diff", shell.file, later)
    assert told.code == 5
    assert told.out.splitlines() == [
        "only in A: entries page egg",
        'changed: entries page hen "Hen, edited" Title (en-US): A "hen" → B "Hen, edited"',
        'changed: publications page hen "Hen, edited" Published again (en-US): A "version 2" → B "version 4"',
        "only in B: entries page fox",
    ]


def test_it_is_converted_both_ways(shell: Shell) -> None:
    shell.report(3, "convert", shell.file, shell.home / "snapshot")
    report = shell.report(3, "convert", shell.home / "snapshot", shell.home / "out", "--to", "contentful")
    again = shell.run("convert", shell.home / "snapshot", shell.home / "out", "--to", "contentful")
    assert (again.code, "holds an export, complete since 20" in again.err) == (2, True)
    (file,) = (shell.home / "out").glob("*.json")
    assert file.name == "inventedspace-staging-contentful-export.json"
    assert complaints(exact_json.loads(file.read_bytes())) == []  # type: ignore[arg-type]  # an object
    assert report["objects"]["assets"] == 1
    assert shell.report(0, "diff", shell.file, shell.home / "out")["differences"] == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("convert", "{home}/nothing.json", "{home}/new"), 2, "nothing.json"),
        (("import", "{home}/other.json", "{place}"), 2, "is neither a snapshot nor an export of a space"),
        (("convert", "{home}/other.json", "{home}/new"), 2, "is neither a snapshot nor an export of a space"),
        (("import", "{home}/cut.json", "{place}"), 6, "cut.json is cut short"),
        (("show", "{home}/cut.json"), 6, "cut.json is cut short"),
        (("convert", "{file}", "{home}/new", "--branch", "main"), 2, "has no branches: leave --branch out"),
        (("convert", "{file}", "{home}/new", "--to", "contentful"), 2, "is not a complete snapshot"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    shell: Shell, words: tuple[str, ...], code: int, message: str
) -> None:
    (shell.home / "other.json").write_text("[1]")
    (shell.home / "cut.json").write_bytes(shell.file.read_bytes()[:-40])
    filled = [word.format(home=shell.home, file=shell.file, place=shell.place) for word in words]
    result = shell.run(*filled)
    assert (result.code, message in " ".join(result.err.split())) == (code, True), result.err
    assert shell.emulator.log == []
    assert not (shell.home / "new").exists()
