"""`stackferry bulk`, typed and answered, and what it did to the stack."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import DRAFTS, FIRST, LIVE, PICTURE, SECOND, SPRING, STAGES, Row
from stackferry import exact_json
from stackferry.cli.contentstack.bulk_jobs import follow_jobs, read_jobs
from stackferry.cli.report import Report
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.errors import ExitCode
from stackferry.model import JsonObject, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.api import Call

BOTH = ("--entry", f"page/{FIRST}", "--entry", f"page/{SECOND}")


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def test_publish_follows_its_job(line: LiveCommandLine) -> None:
    """Entries and assets are published, and the job is followed to its end."""
    result = line.ok(
        "bulk", "publish", *BOTH, "--asset", PICTURE, "-e", "live", "-e", "drafts", "--locale", "en-us"
    )
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2), (DRAFTS, "en-us", 2)}
    assert len(line.live.branch.assets[PICTURE].live) == 2
    assert result.columns[-1][1] == "completed"


def test_a_version_counts_in_every_language(line: LiveCommandLine) -> None:
    """A request for each language, because in one request the version would count for one of them only."""
    line.live.put(FIRST, "Deuxième", 2, "fr-fr")
    words = ("--entry", f"page/{FIRST}@1", "-e", "live", "--locale", "en-us", "--locale", "fr-fr")
    line.ok("bulk", "publish", *words)
    assert line.live.live(FIRST) == {(LIVE, "en-us", 1), (LIVE, "fr-fr", 1)}
    line.ok("bulk", "publish", *BOTH[:2], *words[2:])
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2), (LIVE, "fr-fr", 2)}
    assert len(line.live.write_log()) == 3


def test_more_than_ten_items_need_more_requests(line: LiveCommandLine) -> None:
    """21 entries: 3 requests, 3 jobs, all published."""
    uids = [f"blt{number}" for number in range(21)]
    for uid in uids:
        line.live.put(uid, uid)
    named = [word for uid in uids for word in ("--entry", f"page/{uid}")]
    report = line.ok("bulk", "publish", *named, "-e", "live", "--json").report
    assert (len(report["jobs"]), report["requests"]["bulk"]) == (3, 3)
    assert all(line.live.live(uid) == {(LIVE, "en-us", 1)} for uid in uids)


def test_items_that_a_job_did_not_publish_are_listed(line: LiveCommandLine) -> None:
    """Exit 1, and a line for the item that failed; the others are published."""
    result = line.run("bulk", "publish", *BOTH, "--entry", "page/blt_gone", "-e", "live")
    assert result.code == 1
    assert result.columns[-1][1:3] == ["page", "blt_gone"]
    assert "did not do everything" in result.err
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2)}
    result = line.run("bulk", "publish", "--entry", "page/blt_gone", "-e", "live", "--json")
    (job,) = result.report["jobs"]
    assert result.report["error"] == f"job {job['job_id']} did not do everything"
    assert (result.code, [row["uid"] for row in job["failed_items"]]) == (1, ["blt_gone"])


def test_answers_before_a_failure_are_in_the_report(line: LiveCommandLine) -> None:
    """The second request is refused: the first one's job can be looked up."""
    named = [word for number in range(10) for word in ("--entry", f"page/blt{number}")]
    for number in range(10):
        line.live.put(f"blt{number}", f"T{number}")
    fault = Fault(
        path="/bulk/publish", status=422, body=b'{"error_message":"No."}', after=1, carried_out=False
    )
    line.live.emulator.faults.add(fault)
    result = line.run("bulk", "publish", *named, *BOTH, "-e", "live", "--json")
    assert (result.code, len(result.report["answers"]), "No." in result.report["error"]) == (1, 1, True)
    assert line.live.live("blt9") == {(LIVE, "en-us", 1)}


def test_no_wait_leaves_the_job_to_status() -> None:
    """The answer is told at once; `bulk status` follows the job to its end."""
    with open_live_command_line(Switches(job_requests=4)) as line:
        report = line.ok("bulk", "publish", *BOTH, "-e", "live", "--no-wait", "--json").report
        assert (report["jobs"], line.live.live(FIRST)) == ([], set())
        job = report["answers"][0]["job_id"]
        assert line.ok("bulk", "status", job).columns == [[job, "in_progress"]]
        assert line.ok("bulk", "status", job, "--wait").columns == [[job, "completed"]]
        assert line.live.live(FIRST) == {(LIVE, "en-us", 2)}


def test_an_unknown_job_is_called_unknown(line: LiveCommandLine) -> None:
    """Where the service does not tell, nothing is claimed; that is no failure."""
    assert line.ok("bulk", "status", "cs-none").columns == [["cs-none", "unknown"]]


def test_unpublish_takes_items_down(line: LiveCommandLine) -> None:
    """What is named is taken off what is named."""
    line.ok("bulk", "publish", *BOTH, "-e", "live", "-e", "drafts")
    line.ok("bulk", "unpublish", *BOTH, "-e", "live", "--yes")
    assert line.live.live(FIRST) == {(DRAFTS, "en-us", 2)}


def test_delete_removes_entries_and_assets(line: LiveCommandLine) -> None:
    """Entries in their languages, and assets; never a version."""
    assert line.run("bulk", "delete", "--entry", f"page/{FIRST}@1", "--yes").code == 2
    line.ok("bulk", "delete", "--entry", f"page/{FIRST}", "--locale", "fr-fr", "--yes")
    assert line.live.languages(FIRST) == {"en-us"}
    line.ok("bulk", "delete", *BOTH, "--asset", PICTURE, "--yes")
    assert (line.live.languages(FIRST), line.live.languages(SECOND)) == (set(), set())
    assert line.live.branch.assets == {}


def test_publish_with_references_publishes_them_too(line: LiveCommandLine) -> None:
    """--with-references publishes, or pins, what the named entry refers to as well."""
    named = ("--entry", f"page/{SECOND}", "--with-references")
    line.ok("bulk", "add-to-release", SPRING, *named)
    assert {row[0] for row in line.live.items()} == {FIRST, SECOND}
    line.ok("bulk", "publish", *named, "-e", "live")
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2)}


@pytest.mark.parametrize("name", ["publish", "unpublish"])
def test_publish_rules_are_obeyed_or_skipped(line: LiveCommandLine, name: str) -> None:
    """A rule for a later stage refuses all; --skip-workflow-stage-check leaves out what the rule does not allow."""
    rule: Row = {"uid": "bltrule", "environment": LIVE, "workflow_stage": STAGES[1], "actions": [name]}
    line.live.stack.put("publish_rules", rule)
    line.live.branch.entries["page"][SECOND].documents["en-us"].workflow = {"uid": STAGES[1]}
    yes = ("--yes",) if name == "unpublish" else ()
    result = line.run("bulk", name, *BOTH, "-e", "live", *yes)
    assert (result.code, "publish rules" in result.err) == (1, True)
    line.ok("bulk", name, *BOTH, "-e", "live", "--skip-workflow-stage-check", "--approvals", *yes)
    query = next(query for query, body in reversed(line.live.emulator.sent) if body is not None)
    assert (query["skip_workflow_stage_check"], query["approvals"]) == ("true", "true")
    if name == "publish":
        assert (line.live.live(FIRST), line.live.live(SECOND)) == (set(), {(LIVE, "en-us", 1)})


def stub(*statuses: str) -> Call:
    """A service whose jobs have these statuses, the last one for ever."""
    waiting = list(statuses)

    async def call(request: Request) -> Response:
        if request.path.endswith("/items"):
            return Response(200, {}, b'{"items":[]}')
        word = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return Response(200, {}, exact_json.dumps({"status": word}))

    return call


async def no_sleep(_: float) -> None:
    """Waits for nothing."""


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["in_progress", "complete"], ExitCode.COMPLETE),
        (["in_progress"], ExitCode.FAILED),
        (["queued", "failed"], ExitCode.FAILED),
    ],
)
def test_a_job_that_does_not_end_well_is_a_failure(statuses: list[str], code: ExitCode) -> None:
    """Not ended when patience has, or failed as a whole: exit 1, and the report says which status it was."""
    report = Report("bulk publish")
    assert anyio.run(partial(read_jobs, stub(*statuses), ["cs-1"], report, wait=True, sleep=no_sleep)) is code
    jobs: Any = report.facts["jobs"]
    assert [job["status"] for job in jobs] == statuses[-1:]
    assert ("cs-1" in report.error) is (code is ExitCode.FAILED)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("number", [0, 100, 150, 200])
def test_every_page_of_the_items_of_a_job_is_read(number: int, counts: bool) -> None:
    """A request takes 10 items in 10 languages and 10 environments; a page has some of these."""
    rows = [{"uid": f"e{at}", "publish_status": "failed"} for at in range(number)]

    async def call(request: Request) -> Response:
        if not request.path.endswith("/items"):
            return Response(200, {}, b'{"status":"complete"}')
        asked = dict(request.params)
        start = int(asked.get("skip", 0))
        answer: dict[str, Any] = {"items": rows[start : start + 100], **({"count": number} if counts else {})}
        return Response(200, {}, exact_json.dumps(answer))

    report = Report("bulk status")
    code = anyio.run(partial(read_jobs, call, ["cs-1"], report, wait=False))
    jobs: Any = report.facts["jobs"]
    assert [row["uid"] for row in jobs[0]["failed_items"]] == [row["uid"] for row in rows]
    assert code is (ExitCode.FAILED if rows else ExitCode.COMPLETE)


def test_without_a_job_there_is_nothing_to_follow() -> None:
    """Some answers name none: no question is asked, and nothing is claimed."""

    async def call(_: Request) -> Response:
        raise AssertionError("nobody is to be asked")

    report = Report("bulk delete")
    answers: list[JsonObject] = [{"notice": "in progress"}]
    assert anyio.run(partial(follow_jobs, call, answers, report, wait=True)) is ExitCode.COMPLETE
    assert report.facts["jobs"] == []


def test_workflow_moves_all_or_none(line: LiveCommandLine) -> None:
    """Entries of one stage go to another; more than 10 are refused before anything is sent."""
    line.ok("bulk", "workflow", *BOTH, "--stage", STAGES[1], "--comment", "look", "--notify")
    stages = [line.live.branch.entries["page"][uid].documents["en-us"].workflow for uid in (FIRST, SECOND)]
    assert [(one["uid"], one["comment"]) for one in stages] == [(STAGES[1], "look")] * 2
    users = ("--assign-user", "bltuser1", "--assign-user", "bltuser2,Ada,ada@example.com")
    line.ok("bulk", "workflow", *BOTH, "--stage", STAGES[0], *users, "--assign-role", "bltrole,Editors")
    for uid in (FIRST, SECOND):
        moved: Row = {**line.live.branch.entries["page"][uid].documents["en-us"].workflow}
        ada = {"uid": "bltuser2", "name": "Ada", "email": "ada@example.com"}
        assert moved["assigned_to"] == [{"uid": "bltuser1"}, ada]
        assert moved["assigned_by_roles"] == [{"uid": "bltrole", "name": "Editors"}]
    before = len(line.live.emulator.log)
    assert line.run("bulk", "workflow", *BOTH, "--stage", STAGES[0], "--assign-user", ",Ada").code == 2
    assert line.run("bulk", "workflow", *BOTH * 6, "--stage", STAGES[0]).code == 2
    assert line.run("bulk", "workflow", "--asset", PICTURE, "--stage", STAGES[0]).code == 2
    assert len(line.live.emulator.log) == before


def test_add_to_release_adds_items(line: LiveCommandLine) -> None:
    """Entries and assets at the versions given, by one job."""
    named = ("--entry", f"page/{FIRST}@1", "--entry", f"page/{SECOND}", "--asset", PICTURE)
    line.ok("bulk", "add-to-release", SPRING, *named, "--locale", "en-us")
    first, second = (FIRST, "page", "en-us", 1, "publish"), (SECOND, "page", "en-us", 1, "publish")
    assert line.live.items() == {first, second, (PICTURE, "built_io_upload", "en-us", 1, "publish")}


@pytest.mark.parametrize(
    "words", [("delete", *BOTH), ("unpublish", *BOTH, "-e", "live"), ("delete", *BOTH, "--quiet")]
)
def test_without_a_terminal_nothing_is_deleted_unconfirmed(
    line: LiveCommandLine, words: tuple[str, ...]
) -> None:
    """Exit 2, a word about --yes, and not one request."""
    result = line.run("bulk", *words)
    assert (result.code, line.live.emulator.log) == (2, [])
    assert "--yes" in result.err


def test_a_command_without_items_is_a_usage_error(line: LiveCommandLine) -> None:
    """Every command needs an entry or an asset."""
    for words in (("publish", "-e", "live"), ("delete", "--yes"), ("add-to-release", SPRING)):
        assert line.run("bulk", *words).code == 2
    assert line.live.emulator.log == []
