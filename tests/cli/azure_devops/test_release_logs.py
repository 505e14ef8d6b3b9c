"""`stackferry release logs` and `task-log` on a project: bytes as the service has them, under names that are safe."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_client import ASK, COPY, phase, stage
from project_line import ProjectLine, open_project_line

from stackferry.cli.azure_devops.log_files import extract, members, safe_paths, save
from stackferry.emulators.azure_devops import Fault, Switches
from stackferry.errors import BadAnswer
from stackferry.providers.azure_devops.content.zips import check_zip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

HOSTILE = (
    "../../etc/passwd",
    "..",
    "=cmd()",
    "<script>alert(1)</script>",
    "C:\\x",
    "nul.log",
    "a" * 10_000,
    "./x",
)


@pytest.fixture
def line() -> Iterator[ProjectLine]:
    with open_project_line() as opened:
        yield opened


def deployed(line: ProjectLine, *names: str, **more: Any) -> int:
    """A release that was deployed to its stages, of these names."""
    release = line.made(line.definition(*(stage(name, **more) for name in names or ("Dev",))))
    line.api.get("release/releasesettings")  # time passes before a request
    return release


def texts(line: ProjectLine, release: int) -> dict[str, bytes]:
    """What the service holds, by the names of its zip."""
    return {log.entry: log.content for key, log in line.project.logs.items() if key[0] == release}


def test_the_zip_is_saved_as_it_is_and_its_members_listed(line: ProjectLine, tmp_path: Path) -> None:
    release = deployed(line)
    file = tmp_path / "new" / "logs.zip"
    report = line.ok("logs", release, "-o", file, "--json").report
    with zipfile.ZipFile(file) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == texts(line, release)
    assert [(row["name"], row["size"]) for row in report["members"]] == [
        (name, len(content)) for name, content in texts(line, release).items()
    ]
    assert report["file"] == str(file)
    assert [file.name] == [one.name for one in file.parent.iterdir()]
    listed = line.ok("logs", release).columns
    assert listed == [[str(len(content)), name] for name, content in texts(line, release).items()]
    assert list(tmp_path.iterdir()) == [file.parent]


def test_logs_are_extracted_under_safe_names(line: ProjectLine, tmp_path: Path) -> None:
    release = deployed(line, *HOSTILE)
    directory = tmp_path / "logs"
    line.ok("logs", release, "--extract", directory)
    found = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert sorted(one.read_bytes() for one in found) == sorted(texts(line, release).values())
    assert all(directory in one.parents for one in found)
    assert (directory / "=cmd()" / "Job" / "2_Copy.log").exists()


def test_a_release_that_never_ran_has_no_log(tmp_path: Path) -> None:
    for empty in (404, 204, "zip"):
        with open_project_line(switches=Switches(empty_logs=empty)) as line:
            release = line.made(line.definition(stage("Dev", by_hand=True)))
            result = line.ok("logs", release, "-o", tmp_path / "x.zip", "--extract", tmp_path / "x")
            assert f"release {release} has no log: nothing of it has run yet" in result.err
            assert list(tmp_path.iterdir()) == []
            assert "release 99: GET" in line.failed(1, "logs", 99)
    with open_project_line() as line:
        release = line.made(line.definition(stage("Dev", by_hand=True)))
        assert line.ok("logs", release, "--json").report["members"] == []


def test_a_zip_that_is_cut_is_asked_for_again(line: ProjectLine, tmp_path: Path) -> None:
    release, file = deployed(line), tmp_path / "logs.zip"
    line.emulator.faults.add(Fault(path="/logs", keep=40))
    line.ok("logs", release, "-o", file)
    assert len(members(file)) == len(texts(line, release))


def test_a_broken_zip_takes_the_place_of_nothing(tmp_path: Path) -> None:
    """What was saved before stays, and no part of the new one is left."""
    file = tmp_path / "logs.zip"
    file.write_bytes(b"before")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"PK broken"

    async def save_broken() -> None:
        with pytest.raises(BadAnswer, match="the log is no whole zip"):
            await save(pieces(), file, check_zip)

    anyio.run(save_broken)
    assert file.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("place", ["place", "old_place"])
def test_the_log_of_a_task_in_both_forms_of_its_address(line: ProjectLine, place: str) -> None:
    more = () if place == "place" else ("--api-version", "3.0-preview.2")
    release = deployed(line)
    content = texts(line, release)["Dev/Job/2_Copy.log"].decode()
    for words in (("Dev", "Copy"), ("dev", "2")):
        shown = line.ok("task-log", release, *words, *more, place=getattr(line, place))
        assert shown.out == content.replace("\r\n", "\n")
        assert ("deployPhases" in line.sent[-1].path) is (place == "place")
    rows = content.splitlines()
    for lines, wanted in (("2-3", rows[1:3]), ("11-", rows[10:]), ("-1", rows[:1]), ("4", rows[3:4])):
        shown = line.ok("task-log", release, "Dev", "2", "--lines", lines, *more, place=getattr(line, place))
        assert shown.out.splitlines() == wanted


def test_the_log_of_a_task_is_saved_byte_by_byte(line: ProjectLine, tmp_path: Path) -> None:
    release = deployed(line)
    content = texts(line, release)["Dev/Job/2_Copy.log"]
    line.ok("task-log", release, "Dev", "Copy", "-o", tmp_path / "copy.log")
    assert (tmp_path / "copy.log").read_bytes() == content
    report = line.ok("task-log", release, "Dev", "Copy", "--json", "--lines", "1-1").report
    assert report["lines"] == content.decode().splitlines()[:1]
    assert report["task"] == 2


def test_of_an_earlier_attempt_and_of_one_phase_of_several(line: ProjectLine) -> None:
    line.emulator.outcome = lambda *words: "rejected" if words[2] == 1 else "succeeded"
    release = deployed(line, deployPhases=[phase(COPY), {**phase(COPY), "name": "Second"}])
    line.ok("stage", release, "Dev", "start", "--wait")
    said = line.failed(2, "task-log", release, "Dev", "Copy")
    assert "several tasks are 'Copy': give an id, and --phase, of Copy (2, phase Job " in said
    first = line.ok("task-log", release, "Dev", "Copy", "--phase", "second", "--attempt", "1").out
    assert first.encode() == texts(line, release)["Dev/Second/4_Copy.log"].replace(b"\r\n", b"\n")
    again = line.ok("task-log", release, "Dev", "Copy", "--phase", "Second").out
    assert again.encode() == texts(line, release)["Dev/Attempt 2/Second/4_Copy.log"].replace(b"\r\n", b"\n")
    old = ("--attempt", "1", "--phase", "Second", "--api-version", "3.0-preview.2")
    assert "the log of the last attempt alone" in line.failed(2, "task-log", release, "Dev", "Copy", *old)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("1", "Dev", "Moon"), 2, "there is no task 'Moon'; it has Initialize job (1, phase Job "),
        (("1", "Moon", "Copy"), 2, "release 1 has no stage 'Moon'"),
        (("1", "Dev", "Copy", "--attempt", "7"), 2, "attempt 7: there is no such attempt; it has 1"),
        (("1", "Dev", "Copy", "--phase", "Moon"), 2, "there is no phase 'Moon'; it has "),
        (("9", "Dev", "Copy"), 1, "release 9: GET"),
        (("1", "Dev", "Copy", "--lines", "3-2"), 2, "'3-2' is not of the form A-B"),
        (("1", "Dev", "Copy", "--lines", "0-2"), 2, "'0-2' is not of the form A-B"),
    ],
)
def test_what_is_wrong_is_told(line: ProjectLine, words: tuple[str, ...], code: int, said: str) -> None:
    deployed(line)
    assert said in line.failed(code, "task-log", *words)


def test_logs_are_not_extracted_into_a_file(line: ProjectLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "is a file, and no directory" in line.failed(
        2, "logs", deployed(line), "--extract", tmp_path / "file"
    )


WORDS = (
    "..",
    "../../x",
    "C:\\x",
    "nul.log",
    "a",
    "A",
    "a/b",
    "A/B",
    "a\\b",
    "",
    "/",
    "é",
    "e\u0301",
    "a" * 300,
)
NAMES = st.one_of(st.text(max_size=6), st.sampled_from(WORDS))


@settings(max_examples=40)
@given(st.lists(NAMES, max_size=5))
def test_paths_never_meet_and_never_lead_out(names: list[str]) -> None:
    """On a file system that ignores case and forms of Unicode, too; no file is where another one needs a folder."""
    paths = [unicodedata.normalize("NFKC", path).casefold() for path in safe_paths(names)]
    assert len(set(paths)) == len(names)
    for path in paths:
        parts = path.split("/")
        assert not {"", ".", ".."} & {*parts}
        assert all(len(part.encode()) <= 600 for part in parts)
        assert not any("/".join(parts[:depth]) in paths for depth in range(1, len(parts)))


@pytest.mark.parametrize("option", ["--extract", "-o"])
def test_what_is_in_the_way_is_no_damage(line: ProjectLine, tmp_path: Path, option: str) -> None:
    """A device in place of a directory, a directory in place of a file: exit code 2, and nothing is replaced."""
    (tmp_path / "x").mkdir()
    where = "/dev/null" if option == "--extract" else tmp_path / "x"
    said = line.failed(2, "logs", deployed(line), option, where)
    assert str(where) in said
    assert [*(tmp_path / "x").iterdir()] == []


def test_members_of_one_name_are_all_extracted(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, name in enumerate(("a/b.log", "A/B.log", "a", "a/b.log/c", "../a/b.log", "folder/")):
            archive.writestr(name, f"{number}")
    file = tmp_path / "logs.zip"
    file.write_bytes(made.getvalue())
    extract(file, tmp_path / "out")
    found = {one.path: (tmp_path / "out" / one.path).read_text() for one in members(file)}
    assert found == {"a/b.log": "0", "A/B.log~2": "1", "a~2": "2", "a/b.log~3/c": "3", "%2E%2E/a/b.log": "4"}


def test_somebody_who_asks_people_in_between_has_logs_too(line: ProjectLine) -> None:
    """A phase that runs on the server has tasks without agents; what has run so far is in the zip."""
    release = deployed(line, deployPhases=[phase(COPY), phase(ASK, kind="runOnServer", queue=0)])
    assert [row[1] for row in line.ok("logs", release).columns][-1].startswith("Dev/Job/")
