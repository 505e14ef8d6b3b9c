"""A 2xx whose work was not done: a moved entry, a removed document, a version's name. Each is looked for, and told.

Their answers are notices that show nothing. The judge is the emulator's state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from random_stack import STAMPS
from workbench import RecordingTransport, Workbench, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

TITLE: JsonObject = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True,
                     "unique": False, "multiple": False, "field_metadata": {"_default": True}}  # fmt: skip
ENTRIES = [f"blt00000000000{number:04}" for number in range(12)]
FOREIGN = "blt000000000000fff"  # in another language alone
DRAFT, DONE = "blt00000000000s01", "blt00000000000s02"
BULK, SINGLE = r"POST /v3/bulk/workflow", r"POST /v3/content_types/page/entries/\w+/workflow"
NAME, DELETE = r"POST .*/versions/\d+/name", r"DELETE /v3/content_types/page/entries/"


def fill(stack: Stack) -> None:
    """Twelve entries in a stage, two of them with named versions, and one that has no master document."""
    stack.main.put_locale({"uid": "bltfr", "code": "fr-fr", "name": "French", "fallback_locale": "en-us"})
    options: JsonObject = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    schema: list[Any] = [TITLE]
    row: JsonObject = {
        "uid": "page",
        "title": "Page",
        "description": "",
        "options": options,
        "schema": schema,
    }
    stack.main.put_content_type({**row, **STAMPS})
    stages: list[Any] = [
        {"uid": uid, "name": name, "color": "#111111", "next_available_stages": ["$all"]}
        for uid, name in ((DRAFT, "Draft"), (DONE, "Done"))
    ]
    flow: JsonObject = {"uid": "blt000000000000w1", "name": "Review", "content_types": ["$all"], **STAMPS}
    stack.put("workflows", {**flow, "branches": ["main"], "enabled": True, "workflow_stages": stages})
    for uid in ENTRIES:
        for version in (1, 2):
            entry: JsonObject = {"uid": uid, "title": f"{uid} {version}", "tags": [], "_version": version}
            stack.main.put_entry_version("page", "en-us", {**entry, **STAMPS})
        stack.main.entries["page"][uid].documents["en-us"].workflow = {"uid": DONE, "name": "Done"}
    for uid, version, name in ((ENTRIES[0], 1, "First"), (ENTRIES[0], 2, "Second"), (ENTRIES[1], 2, "Other")):
        stack.main.put_version_name("page", uid, "en-us", version, {"title": name})
    french: JsonObject = {"uid": FOREIGN, "title": "Seul", "tags": [], "_version": 1, "locale": "fr-fr"}
    stack.main.put_entry_version("page", "fr-fr", {**french, **STAMPS})


class IdleTransport(RecordingTransport):
    """Answers a 2xx with a notice to the requests that it does not carry out."""

    def __init__(self, app: Any, pattern: str, is_idle: Callable[[int], bool] = lambda _: True) -> None:
        super().__init__(app)
        self.seen = 0
        self._pattern, self._is_idle = re.compile(pattern), is_idle

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._pattern.match(f"{request.method} {request.url.path}"):
            self.seen += 1
            if self._is_idle(self.seen):
                self.log.append(f"{request.method} {request.url.raw_path.decode()}")
                return httpx.Response(200, json={"notice": "Done."})
        return await super().handle_async_request(request)


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)


def imported(bench: Workbench, pattern: str, is_idle: Callable[[int], bool] = lambda _: True) -> Any:
    transport = IdleTransport(bench.emulator, pattern, is_idle)
    result = bench.import_snapshot(bench.export(versions="all"), versions="all", transport=transport)
    return [(gap["kind"], gap["locale"], gap.get("path"), gap["reason"]) for gap in result.gaps], transport


def stages(bench: Workbench) -> list[Any]:
    (flow,) = bench.target.workflows.values()
    rows: Any = flow["workflow_stages"]
    names = {row["uid"]: row["name"] for row in rows}
    found = (entry.documents.get("en-us") for entry in bench.target.main.entries["page"].values())
    return sorted(names.get(one.workflow.get("uid"), "") for one in found if one is not None)


def test_undisturbed_everything_is_done_and_looked_for_once(bench: Workbench) -> None:
    """One listing for the stages of a type and language, one for master documents, one for each named document."""
    gaps, transport = imported(bench, r"nothing")
    assert gaps == []
    assert stages(bench) == ["Done"] * 12
    log = transport.log
    assert len([line for line in log if "include_workflow" in line and "query=" in line]) == 1
    assert len([line for line in log if "/versions?" in line and "named=true" in line]) == 2
    assert len([line for line in log if re.match(SINGLE, line)]) == 0
    assert len([line for line in log if "query=" in line and "locale=en-us" in line]) == 3, (
        "twice for masters"
    )


def test_a_move_that_was_not_made_is_made_singly(bench: Workbench) -> None:
    gaps, transport = imported(bench, BULK)
    assert transport.seen == 2
    assert gaps == []
    assert stages(bench) == ["Done"] * 12


def test_a_move_that_is_never_made_is_a_gap_for_each_entry(bench: Workbench) -> None:
    gaps, _ = imported(bench, f"{BULK}|{SINGLE}")
    assert len(gaps) == 12
    assert {gap[:2] for gap in gaps} == {("workflow_stages", "en-us")}
    assert "move it there by hand" in gaps[0][3]
    assert stages(bench) == [""] * 12


def test_one_entry_that_cannot_be_moved_costs_the_others_nothing(bench: Workbench) -> None:
    """The service then moves none of a request (page: Update workflow details in bulk)."""
    snapshot = bench.export(versions="all")

    def refuse(_: RecordingTransport, request: Any, done: bool) -> None:
        path = request.url.path
        if not done and (
            path.endswith("/bulk/workflow") or (path.endswith("/workflow") and len(refused) < 1)
        ):
            if "/entries/" in path:
                refused.append(path)
            request.url = request.url.copy_with(path="/v3/content_types/absent")

    refused: list[str] = []
    transport = RecordingTransport(bench.emulator, hook=refuse)
    result = bench.import_snapshot(snapshot, versions="all", transport=transport)
    assert [(gap["kind"], gap["uid"]) for gap in result.gaps] == [("workflow_stages", ENTRIES[0])]
    assert stages(bench) == ["", *["Done"] * 11]


def test_a_document_that_was_not_removed_is_a_gap(bench: Workbench) -> None:
    gaps, transport = imported(bench, DELETE)
    assert transport.seen == 1
    assert [gap[:2] for gap in gaps] == [("entries", "en-us")]
    assert "still shows it: delete that language" in gaps[0][3]


def test_a_name_that_was_not_given_is_a_gap_with_its_version(bench: Workbench) -> None:
    gaps, transport = imported(bench, NAME, lambda number: number != 2)
    assert transport.seen == 3
    assert len(gaps) == 2
    assert {gap[:2] for gap in gaps} == {("version_names", "en-us")}
    assert all(re.fullmatch(r"version [12]", gap[2]) and "name it by hand" in gap[3] for gap in gaps)


@pytest.mark.parametrize("pattern", [BULK, f"{BULK}|{SINGLE}", DELETE, NAME])
def test_a_second_run_says_the_same_and_writes_nothing(bench: Workbench, pattern: str) -> None:
    snapshot = bench.export(versions="all")
    first = bench.import_snapshot(snapshot, versions="all", transport=IdleTransport(bench.emulator, pattern))
    before = bench.writes()
    assert bench.import_snapshot(snapshot, versions="all").gaps == first.gaps
    assert bench.writes() == before


class ForgetfulTransport(RecordingTransport):
    """Moves documents into their stage, and forgets when they are due."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/workflow"):
            body = (await request.aread()).replace(b'"due_date"', b'"forgotten"')
            headers = [row for row in request.headers.raw if row[0].lower() != b"content-length"]
            request = httpx.Request(request.method, request.url, headers=headers, content=body)
        return await super().handle_async_request(request)


def test_a_due_date_that_is_forgotten_is_a_gap(bench: Workbench) -> None:
    for document in (bench.source.main.entries["page"][uid].documents["en-us"] for uid in ENTRIES[:2]):
        document.workflow.update({"due_date": "2097-03-01T10:00:00.000Z", "comment": "words"})
    snapshot = bench.export()
    result = bench.import_snapshot(snapshot, transport=ForgetfulTransport(bench.emulator))
    assert [(gap["kind"], gap["uid"]) for gap in result.gaps] == [
        ("workflow_stages", uid) for uid in ENTRIES[:2]
    ]
    assert ["due date" in str(gap["reason"]) for gap in result.gaps] == [True, True]
    assert stages(bench) == ["Done"] * 12
