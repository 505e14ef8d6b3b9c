"""Lost answers, refusals, cut answers and kills: nothing is lost and nothing is there twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import raw_state
import rich_space as rich
import watched_service

from sampling import sampled

if TYPE_CHECKING:
    from pathlib import Path

    from plain_space import Space
    from watched_service import Call, Service

WORDS = ("--versions", "all", "--schedules", "--enable-webhooks", "--accept-app-terms")
WRITES = ("PUT **", "POST **")

LOST = [
    {"route": route, "nth": nth, "then": then, "act": "after"}
    for route in WRITES
    for nth, then in ((2, "reset"), (5, "close"), (9, "truncate"), (14, "reset"), (23, "close"))
]
REFUSED = [
    {
        "route": "POST /spaces/{}/environments/{}/releases",
        "nth": 1,
        "times": 2,
        "status": 502,
        "act": "after",
    },
    {"route": "PUT **", "nth": 4, "times": 2, "status": 503},
    {"route": "PUT **", "nth": 12, "times": 1, "status": 500, "act": "after"},
    {"route": "GET **", "nth": 3, "then": "truncate"},
    {
        "route": "GET **",
        "nth": 9,
        "status": 502,
        "body": "<html>Bad gateway</html>",
        "headers": {"Content-Type": "text/html"},
    },
]


def error(kind: str) -> str:
    return json.dumps({"sys": {"type": "Error", "id": kind}, "message": kind, "requestId": "r"})


THROTTLED = [
    *(
        {
            "route": route,
            "chance": 0.15,
            "times": "always",
            "status": 429,
            "headers": {"X-Contentful-RateLimit-Reset": "0"},
            "body": error("RateLimitExceeded"),
        }
        for route in WRITES
    ),
    {"route": "GET **", "nth": 5, "times": 3, "status": 429, "body": error("RateLimitExceeded")},
]
# §6: this one is no throttling, but says that five bulk actions run already.
BUSY = [
    {
        "route": "POST /spaces/{}/environments/{}/bulk_actions/publish",
        "times": 2,
        "status": 429,
        "body": error("Busy"),
    },
    {
        "route": "POST /spaces/{}/environments/{}/bulk_actions",
        "times": 1,
        "status": 429,
        "body": error("Busy"),
    },
]


FAULTS = {"lost": LOST, "busy": BUSY, "refused": REFUSED, "throttled": THROTTLED}


def of_mine(state: raw_state.State) -> raw_state.State:
    """Without what the emulator's own organization has besides."""
    other = (
        "concepts/boats",
        "concepts/dinghy",
        "concepts/sail",
        "concepts/weather",
        "concept-schemes/craft",
    )
    return {name: one for name, one in state.items() if not name.startswith(("app_inst", *other))}


def unlike(source: Space, target: Space) -> list[str]:
    expected = raw_state.moved(of_mine(raw_state.look(source)), source, target)
    return raw_state.differences(expected, of_mine(raw_state.look(target)))


@pytest.mark.parametrize("name", sampled(["lost", "busy", "refused", "throttled"], 1))
def test_an_import_arrives_in_spite_of(
    name: str, tmp_path: Path, full_space: Space, full_snapshot: Path
) -> None:
    with watched_service.serve(tmp_path, faults=FAULTS[name]) as service:
        target = service.spare()
        for _ in range(5):
            ended = service.carry("import", full_snapshot, target.place, *WORDS)
            assert ended.code in (0, 1, 3), ended.said
            if ended.code != 1:
                break
        assert {gap["kind"] for gap in ended.gaps()} <= {"app_installations"}, ended.said
        assert unlike(full_space, target) == []


def kill_at(service: Service, seen: Space, watcher: Any, number: int, side: str, *words: object) -> bool:
    """Start a command and kill it at its n-th write, before that is carried out or after it."""
    process = service.start(*words, seen.place, "--rate", 0, *WORDS)
    killed: list[Call] = []

    def kill(call: Call) -> None:
        if call.method != "GET" and call.writes == number and not killed:
            killed.append(call)
            process.kill()

    watcher.forget()
    setattr(watcher, side, kill)
    process.communicate(timeout=100)
    watcher.before = watcher.after = watched_service.nothing
    return bool(killed)


@pytest.mark.parametrize(
    "kill", sampled([(n, s) for n in range(5, 84, 6) for s in ("before", "after")], 1), ids=str
)
def test_an_import_that_is_killed_is_finished_by_the_same_command(
    kill: tuple[int, str], service: Service, full_space: Space, full_snapshot: Path
) -> None:
    target = service.space(rich.ORGANIZATION)
    with service.watched(target) as (watcher, seen):
        assert kill_at(service, seen, watcher, *kill, "import", full_snapshot)
        # A second kill, where the resumed run is at work again.
        kill_at(service, seen, watcher, 3, "after", "import", full_snapshot)
        ended = service.carry("import", full_snapshot, seen.place, *WORDS)
        assert ended.code == 0, ended.said
        assert unlike(full_space, target) == []
        watcher.forget()
        again = service.carry("import", full_snapshot, seen.place, *WORDS)
        assert (again.code, watcher.writes) == (0, [])


def test_an_export_that_is_killed_is_finished_by_the_same_command(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    snapshot = service.home / "snapshot"
    words = ("--versions", "all", "--editorial", "--keep-secrets", "--rate", 0)
    with service.watched(full_space) as (watcher, seen):
        del seen
        for number in (4, 20, 45):
            process = service.start(
                "export", full_space.place.replace(service.origin[7:], watcher.origin[7:]), snapshot, *words
            )
            watcher.forget()

            def kill(_: Call, process: Any = process, number: int = number) -> None:
                if len(watcher.calls) == number:
                    process.kill()

            watcher.before = kill
            process.communicate(timeout=100)
            assert process.returncode == -9
            assert not (snapshot / "manifest.json").exists()
        watcher.forget()
        place = full_space.place.replace(service.origin[7:], watcher.origin[7:])
        ended = service.carry("export", place, snapshot, *words[:-2])
        assert ended.code == 0, ended.said

    def content(folder: Path) -> dict[str, bytes]:
        """Of two origins: the manifest names the source."""
        files = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    assert content(snapshot) == content(full_snapshot)
