"""Archives of a project on the command line: made, looked at, checked, grown; and what is refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, CommandLine, CommandResult

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.azure_devops import Project

TOKEN, NAME = "ado-invented-token", "My Web"


class Archives:
    """A shell, and a place with a project."""

    def __init__(self, origin: str, home: Path, project: Project) -> None:
        self.project, self.home = project, home
        self.place = f"azure-devops+http://fabrikam@{origin.removeprefix('http://')}/My%20Web"
        self._shell = CommandLine(None, origin, home, TOKEN)  # type: ignore[arg-type]  # its emulator is not asked

    def run(self, *words: object) -> CommandResult:
        return self._shell.run(*words)

    def export(self, name: str, *more: object) -> CommandResult:
        return self.run("export", self.place, self.home / name, *FAST, *more)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    emulator = Emulator()
    project = generate(emulator, "fabrikam", NAME, token=TOKEN, seed=3, releases=14)
    with serve(emulator) as origin:
        yield Archives(origin, tmp_path_factory.mktemp("archives"), project)


def test_an_archive_is_made_looked_at_and_checked(shell: Archives) -> None:
    made = shell.export("first", "--json")
    assert made.code == 0, made.err
    assert made.report["objects"]["releases"] == len(shell.project.releases)
    assert made.report["requests"]["read"] == made.report["minimum"]["read"]
    assert made.report["source"] == shell.place
    first = shell.home / "first"
    shown = shell.run("show", first)
    assert "unfinished when they were read" in shown.out
    assert "master locale" not in shown.out
    listed = shell.run("ls", first, "releases").columns
    assert [int(row[0]) for row in listed] == sorted(shell.project.releases)
    raw: dict[int, Any] = {**shell.project.releases}
    one = raw[max(raw)]
    for name in (one["id"], f"{one['releaseDefinition']['name']}/{one['name']}"):
        assert f'"id": {one["id"]}' in shell.run("cat", first, "releases", name).out
    assert shell.run("verify", first).code == 0


def test_a_damaged_log_is_found_although_its_digest_was_made_right(shell: Archives, tmp_path: Path) -> None:
    import hashlib
    import json
    import shutil

    shell.export("sound")
    damaged = tmp_path / "damaged"
    shutil.copytree(shell.home / "sound", damaged)
    row = json.loads((damaged / "files.jsonl").read_text().splitlines()[0])
    old, cut = row["sha256"], (damaged / "files" / row["sha256"][:2] / row["sha256"]).read_bytes()[:-9]
    new = hashlib.sha256(cut).hexdigest()
    (damaged / "files" / new[:2]).mkdir(exist_ok=True)
    (damaged / "files" / old[:2] / old).unlink()
    (damaged / "files" / new[:2] / new).write_bytes(cut)
    lines = (
        (damaged / "files.jsonl")
        .read_text()
        .replace(old, new)
        .replace(f'"size":{len(cut) + 9}', f'"size":{len(cut)}')
    )
    (damaged / "files.jsonl").write_text(lines)
    manifest = (damaged / "manifest.json").read_text().replace(f"{old[:2]}/{old}", f"{new[:2]}/{new}")
    facts = json.loads(manifest)
    for entry in facts["files"]:
        content = (damaged / entry["path"]).read_bytes()
        entry |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (damaged / "manifest.json").write_text(json.dumps(facts))
    found = shell.run("verify", damaged)
    assert found.code == 6
    assert f"the log of release {row['uid']}" in found.out


def test_what_vanished_is_told(shell: Archives) -> None:
    shell.export("before")
    lost = max(shell.project.releases)
    shell.project.delete_release(lost, datetime(2026, 6, 1, tzinfo=UTC))
    grown = shell.export("after", "--base", shell.home / "before")
    assert grown.code == 0, grown.err
    assert (
        "1 vanished: the service no longer has them (1 releases)"
        in shell.run("show", shell.home / "after").out
    )
    report = shell.run("show", shell.home / "after", "--json").report
    assert [row["uid"] for row in report["vanished"]] == [str(lost)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("import", "{first}", "{other}"), "project does not exist"),
        (("import", "{first}", "{other}", "--mirror"), "an import never deletes"),
        (("import", "{first}", "{place}", "--in-place"), "cannot be put back where it came from"),
        (("restore", "4", "--from", "{first}", "{place}"), "cannot be put back"),
        (("copy", "{place}", "{other}"), "project does not exist"),
        (("export", "{place}", "{home}/x", "--content-type", "page"), "--definition, --since"),
        (("export", "{place}", "{home}/x", "--api-version", "new"), "--api-version"),
        (("export", "azure-devops://fabrikam@services", "{home}/x"), "lacks a project"),
    ],
)
def test_what_is_not_done_is_refused_with_its_reason(
    shell: Archives, words: tuple[str, ...], message: str
) -> None:
    shell.export("refused")
    other = shell.place.replace("My%20Web", "Other")
    names = {"first": shell.home / "refused", "place": shell.place, "other": other, "home": shell.home}
    answered = shell.run(*(word.format(**names) for word in words))
    assert answered.code == 2
    assert message in answered.err


@pytest.mark.parametrize("version", ["7.2", "5.1", "3.0-preview.2", "2.2-preview.1"])
def test_every_version_of_the_api_gives_the_same_releases(shell: Archives, version: str) -> None:
    shell.export(f"usual {version}")
    made = shell.export(f"by {version}", "--api-version", version)
    assert made.code == 0, made.err
    one, other = ((shell.home / f"{name} {version}" / "releases.jsonl") for name in ("by", "usual"))
    assert one.read_bytes() == other.read_bytes()


def test_the_release_host_may_be_named(shell: Archives) -> None:
    """As a host of its own: the emulator serves the vendor's hosts by the first part of a path."""
    origin = shell.place.partition("@")[2].partition("/")[0]
    made = shell.export("by host", "--vsrm-url", f"http://{origin}/vsrm.dev.azure.com")
    assert made.code == 0, made.err


def test_two_nights_and_the_project_itself_are_compared(shell: Archives) -> None:
    assert shell.export("night 1").code == 0
    raw: dict[int, Any] = {**shell.project.releases}
    lost, changed = min(raw), max(raw)
    shell.project.delete_release(lost, datetime(2026, 6, 1, tzinfo=UTC))
    raw[changed]["description"] = "other words"
    assert shell.export("night 2", "--base", shell.home / "night 1").code == 0
    one, two = shell.home / "night 1", shell.home / "night 2"
    told = shell.run("diff", one, two)
    assert told.code == 5
    lines = told.out.splitlines()
    assert [line.split(" ", 3)[:3] for line in lines if "vanished" in line] == [
        ["vanished:", "releases", str(lost)]
    ]
    assert [line for line in lines if "other words" in line]
    assert len(lines) == 2
    assert shell.run("diff", two, two).code == 0
    whole = shell.run("verify", two, "--against", shell.place, "-v", *FAST[:2])
    assert whole.code == 0, whole.out
    assert "it follows from the releases, which are compared" in whole.err
    old = shell.run("verify", one, "--against", shell.place, "--json", *FAST[:2])
    assert old.code == 5
    assert [row["uid"] for row in old.report["vanished"]] == [str(lost)]
    assert [row["uid"] for row in old.report["differences"]] == [str(changed)]
