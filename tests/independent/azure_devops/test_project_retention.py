"""Nightly archives of a project from which things disappear."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import project_service
import pytest
import rich_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project_service import Service

EARLY, LATE = ("approved", "twin"), ("retried", "draft", "abandoned")


def lines(archive: Path, kind: str) -> list[Any]:
    file = archive / f"{kind}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def manifest(archive: Path) -> Any:
    return json.loads((archive / "manifest.json").read_text())


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, dict[str, int]]]:
    """Four nights in `1` to `4`: two releases go after the first, three and a definition after the second."""
    home = tmp_path_factory.mktemp("nights")
    with project_service.open_service(home) as service:
        source = service.source
        made = rich_project.fill(source)

        def night(number: int) -> None:
            base = ("--base", home / str(number - 1)) if number > 1 else ()
            ended = service.carry("export", source.place, home / str(number), *base)
            assert ended.code == 0, ended.said

        def delete(*names: str) -> None:
            for name in names:
                source.answer("DELETE", f"release/releases/{made[name]}", **{"api-version": "7.2-preview.9"})

        night(1)
        delete(*EARLY)
        source.post("release/releases", {"definitionId": 2, "description": "second night"})
        night(2)
        delete(*LATE)
        old = next(row["id"] for row in source.rows("release/definitions") if row["path"] == "\\Shop\\Old")
        source.answer("DELETE", f"release/definitions/{old}", forceDelete="true")
        night(3)
        night(4)
        yield service, {**made, "old definition": old}


def test_every_night_holds_all_that_was_ever_seen(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    first = {one["uid"] if "uid" in one else one["id"]: one for one in lines(service.home / "1", "releases")}
    for number in (2, 3, 4):
        held = {
            one["uid"] if "uid" in one else one["id"]: one
            for one in lines(service.home / str(number), "releases")
        }
        for name in (*EARLY, *LATE):
            assert held[made[name]] == first[made[name]]
        files = {(one["uid"], one["of"], one["sha256"]) for one in lines(service.home / str(number), "files")}
        assert files >= {(one["uid"], one["of"], one["sha256"]) for one in lines(service.home / "1", "files")}
        rows = {one["id"] for one in lines(service.home / str(number), "deployments")}
        assert rows >= {one["id"] for one in lines(service.home / "1", "deployments")}
        kept = {one["id"] for one in lines(service.home / str(number), "definitions")}
        assert made["old definition"] in kept
        assert service.run("verify", service.home / str(number)).code == 0


def test_what_is_gone_says_since_when(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    marks = {number: manifest(service.home / str(number))["watermark"] for number in range(1, 5)}
    gone = {
        number: {
            (row["kind"], row["uid"]): row["missing_since"]
            for row in manifest(service.home / str(number)).get("vanished", [])
            if row["kind"] in ("releases", "definitions")
        }
        for number in range(1, 5)
    }
    early = {("releases", str(made[name])): marks[2] for name in EARLY}
    late = {("releases", str(made[name])): marks[3] for name in LATE}
    late[("definitions", str(made["old definition"]))] = marks[3]
    assert gone[1] == {}
    assert {key: value for key, value in gone[2].items() if key[0] == "releases"} == early
    assert {**early, **late}.items() <= gone[3].items()
    assert gone[4] == gone[3]


def test_the_fourth_night_is_the_third(nights: tuple[Service, dict[str, int]]) -> None:
    service, _ = nights
    files = {path.name for path in (service.home / "3").iterdir()}
    assert files == {path.name for path in (service.home / "4").iterdir()}
    for name in files - {"files"}:
        assert (service.home / "3" / name).read_bytes() == (service.home / "4" / name).read_bytes(), name


def test_diff_tells_each_night_once(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    second = service.run("diff", service.home / "1", service.home / "2")
    text = json.dumps(second.report) + second.said
    for name in EARLY:
        assert any(str(one.get("uid")) == str(made[name]) for one in _rows(second.report)), text
    third = service.run("diff", service.home / "2", service.home / "3")
    told = {str(one.get("uid")) for one in _rows(third.report)}
    assert told >= {str(made[name]) for name in LATE}
    assert not told & {str(made[name]) for name in EARLY}
    fourth = service.run("diff", service.home / "3", service.home / "4")
    assert (fourth.code, _rows(fourth.report)) == (0, [])


def _rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [*report.get("differences", []), *report.get("vanished", [])]


def test_an_archive_is_right_although_the_service_forgot(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    for number in (1, 4):
        ended = service.carry("verify", service.home / str(number), "--against", service.source.place)
        gone = {str(row["uid"]) for row in ended.report.get("vanished", []) if row["kind"] == "releases"}
        assert {str(made[name]) for name in EARLY} <= gone
    assert (ended.code, ended.report["differences"]) == (0, [])


def test_show_counts_them(nights: tuple[Service, dict[str, int]]) -> None:
    service, _ = nights
    ended = service.run("show", service.home / "4")
    assert ended.report["vanished"] == manifest(service.home / "4")["vanished"]
    assert sum(row["kind"] == "releases" for row in ended.report["vanished"]) == len((*EARLY, *LATE))


def test_evidence_names_them(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    rows = service.run("evidence", service.home / "4").report["rows"]
    gone = {row["release_id"]: row["vanished"] for row in rows if row["vanished"]}
    marks = {number: manifest(service.home / str(number))["watermark"] for number in (2, 3)}
    assert gone == {made["approved"]: marks[2], made["retried"]: marks[3]}
    assert len(rows) == len(lines(service.home / "1", "deployments"))


def test_a_mirror_drops_them(nights: tuple[Service, dict[str, int]]) -> None:
    service, made = nights
    mirror = service.home / "mirror"
    ended = service.carry(
        "export", service.source.place, mirror, "--base", service.home / "3", "--drop-vanished"
    )
    assert ended.code == 0, ended.said
    held = {one["id"] for one in lines(mirror, "releases")}
    assert held == {row["id"] for row in service.source.rows("release/releases")}
    assert not held & {made[name] for name in (*EARLY, *LATE)}
    assert service.run("verify", mirror).code == 0


def test_the_fewest_requests_of_a_quiet_night(nights: tuple[Service, dict[str, int]]) -> None:
    """Research, section 6: pages, folders, kinds, deployments, and what was unfinished."""
    service, _ = nights
    mark = service.mark
    ended = service.carry("export", service.source.place, service.home / "5", "--base", service.home / "4")
    unfinished = len(manifest(service.home / "4")["unfinished"])
    assert ended.code == 0
    assert len(service.since(mark, writes=False)) <= 1 + 1 + 1 + 1 + 7 + unfinished


def test_what_went_before_it_was_read_stays_noted(tmp_path: Path) -> None:
    """Deleted between the list and its turn: no line can be kept, but every later night says that it was there."""
    with project_service.open_service(tmp_path) as service:
        project = service.source
        of = project.post("release/definitions", {"name": "D", "environments": [rich_project.stage("Dev")]})[
            "id"
        ]
        made = [project.post("release/releases", {"definitionId": of})["id"] for _ in range(3)]

        def delete(request: Any, answer: Any) -> None:
            if answer is not None and request.path.endswith("/releases"):
                service.emulator.watchers.remove(delete)
                held = service.emulator.project(*project_service.SOURCE)
                held.delete_release(made[1], datetime.now(UTC))

        service.emulator.watchers.append(delete)
        nights = [tmp_path / str(number) for number in range(3)]
        assert service.carry("export", project.place, nights[0]).code == 0
        first = manifest(nights[0])["vanished"]
        assert [row["uid"] for row in first] == [str(made[1])]
        for base, night in itertools.pairwise(nights):
            assert service.carry("export", project.place, night, "--base", base).code == 0
            assert manifest(night)["vanished"] == first
        diff = service.run("diff", nights[0], nights[2])
        assert (diff.code, _rows(diff.report)) == (0, [])
        assert service.run("verify", nights[2]).code == 0
        dropped = service.carry(
            "export", project.place, tmp_path / "mirror", "--base", nights[2], "--drop-vanished"
        )
        assert (dropped.code, manifest(tmp_path / "mirror").get("vanished", [])) == (0, [])
