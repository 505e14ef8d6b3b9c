"""Deployments that are still to come: scheduled again, or told, and never carried out at once.

The judge is the emulator: what is live in the target, before and after the time has come.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from small_stack import HEN, LIVE, RELEASE, fill_small
from workbench import SOURCE, TARGET, TOKEN, RecordingTransport, make_workbench, memory_directory, run_async

from stackferry.emulators.contentstack import Switches
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

NOW, THEN, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2030, 2031, 2032))
SECONDS = NOW.timestamp()


@pytest.fixture(params=["queue", "status", "both"])
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    """A release of the hen's first version, to be deployed in 2031; its second version is live. It is 2030."""
    with memory_directory() as root:
        made = make_workbench(root, fill_small, switches=Switches(scheduled_deployment=request.param))
        made.emulator.clock = lambda: NOW
        for place in [*made.source.main.queue]:
            del made.source.main.queue[place]
            made.source.main.waiting.discard(place)
        made.source.main.entries["page"][HEN].live[LIVE, "en-us"].version = 2
        deploy(made, "2031-01-01T00:00:00.000Z")
        yield made


def deploy(bench: Workbench, at: str) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(app=bench.emulator)
        async with httpx.AsyncClient(transport=transport, base_url=f"{bench.origin}/v3") as client:
            headers = {"api_key": SOURCE, "authorization": TOKEN, "content-type": "application/json"}
            sent: Any = {"release": {"environments": ["live"], **({"scheduled_at": at} if at else {})}}
            answer = await client.post(f"/releases/{RELEASE}/deploy", headers=headers, content=dumps(sent))
            assert answer.status_code == 200, answer.text

    run_async(run)


def live(bench: Workbench) -> str:
    """The title of the hen that is live in English in the target."""
    entries = bench.target.main.entries["page"].values()
    english = (one for one in entries if "en-us" in one.documents)
    (hen,) = (one for one in english if "Hen" in str(one.documents["en-us"].latest["title"]))
    ((_, shown),) = [one for one in hen.live.items() if one[0][1] == "en-us"]
    return str(hen.documents["en-us"].versions[shown.version]["title"])


def pass_time(bench: Workbench) -> None:
    bench.emulator.clock = lambda: LATER
    bench.emulator.finish_due_jobs()


def deployment_gaps(gaps: list[Any]) -> list[tuple[str, str, str]]:
    return [(gap["kind"], gap["uid"], gap["path"]) for gap in gaps]


@pytest.mark.parametrize("option", ["deploy", "schedules"])
def test_what_is_still_to_come_is_scheduled(bench: Workbench, option: str) -> None:
    """For the same time, with either option, once."""
    snapshot = bench.export()
    wanted: dict[str, Any] = {"schedules": False, option: True, "now": SECONDS}
    imported = bench.import_snapshot(snapshot, **wanted)
    assert imported.gaps == []
    before = live(bench)
    assert bench.verify(snapshot, now=SECONDS).differences == []
    sent = bench.writes()
    again = bench.import_snapshot(snapshot, "another", on_conflict="update", **wanted)
    assert (bench.writes(), again.gaps) == (sent, [])
    pass_time(bench)
    assert (before, live(bench)) == ("Hen, revised", "Hen")


def test_without_the_option_it_is_a_gap(bench: Workbench) -> None:
    """That says what to do; verify explains by it what is not there."""
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot, schedules=False, now=SECONDS)
    assert deployment_gaps(imported.gaps) == [("schedules", RELEASE, f"deploy/{LIVE}")]
    assert "--schedules" in str(imported.gaps[0]["reason"])
    assert "2031" in str(imported.gaps[0]["reason"])
    assert bench.verify(snapshot, now=SECONDS).differences == []
    pass_time(bench)
    assert live(bench) == "Hen, revised"
    assert "schedules" in {row["kind"] for row in bench.verify(snapshot, None, now=SECONDS).differences}


def test_what_came_due_meanwhile_is_a_gap(bench: Workbench) -> None:
    """It is not deployed late, whatever option is given."""
    snapshot = bench.export()
    bench.emulator.clock = lambda: LATER
    imported = bench.import_snapshot(snapshot, deploy=True, now=LATER.timestamp())
    assert deployment_gaps(imported.gaps) == [("schedules", RELEASE, f"deploy/{LIVE}")]
    assert "is past" in str(imported.gaps[0]["reason"])
    assert live(bench) == "Hen, revised"


def test_what_was_deployed_is_deployed_again_if_asked_for(bench: Workbench) -> None:
    """Beside what is still to come."""
    deploy(bench, "")
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot, deploy=True, now=SECONDS)
    assert imported.gaps == []
    assert live(bench) == "Hen"


def test_a_deployment_that_failed_in_the_source_is_not_tried_here(bench: Workbench) -> None:
    """Nothing is live there because of it."""
    status: Any = [{"environment": LIVE, "status": "failed", "time": "2025-01-01T00:00:00.000Z"}]
    bench.source.main.releases[RELEASE].raw["status"] = status
    imported = bench.import_snapshot(bench.export(), deploy=True, now=SECONDS)
    assert imported.gaps == []
    assert live(bench) == "Hen, revised"


class Idle(RecordingTransport):
    """A service that takes deployments and does nothing."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/deploy"):
            return httpx.Response(200, json={"notice": "Release sent successfully for deployment."})
        return await super().handle_async_request(request)


def test_a_deployment_that_the_service_only_takes_is_a_gap(bench: Workbench) -> None:
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot, deploy=True, now=SECONDS, transport=Idle(bench.emulator))
    assert deployment_gaps(imported.gaps) == [("schedules", RELEASE, f"deploy/{LIVE}")]
    assert "does not show it" in str(imported.gaps[0]["reason"])


class Busy(RecordingTransport):
    """A stack whose editors publish 250 times after each deployment that the import schedules."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method == "POST" and request.url.path.endswith("/deploy"):
            busy: Any = {"type": "entry", "action": "publish", "publish_status": "success"}
            for number in range(250):
                row = {**busy, "uid": f"bltbusy{number:010}", "created_at": "2098-01-01T00:00:00.000Z"}
                self.app.stacks[TARGET].main.put_queue_item(row)
        return answer


def test_a_deployment_is_found_behind_the_rows_of_a_busy_queue(bench: Workbench) -> None:
    snapshot = bench.export()
    imported = bench.import_snapshot(snapshot, deploy=True, now=SECONDS, transport=Busy(bench.emulator))
    assert imported.gaps == []
