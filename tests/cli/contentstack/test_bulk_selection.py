"""`stackferry bulk publish` of what is selected, and what is live in the stack after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import DRAFTS, FIRST, LIVE, PICTURE, SECOND, STAGES
from stackferry.emulators.contentstack import Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISH = ("bulk", "publish")
TO_LIVE = ("-e", "live", "--yes")


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def live_assets(line: LiveCommandLine) -> set[tuple[str, str, int]]:
    found = line.live.branch.assets[PICTURE].live.values()
    return {(one.environment, one.locale, one.version) for one in found}


def many(line: LiveCommandLine, count: int) -> list[str]:
    uids = [f"bltmany{number:03}" for number in range(count)]
    for uid in uids:
        line.live.put(uid, uid)
    return uids


def test_every_entry_of_a_type(line: LiveCommandLine) -> None:
    """23 and the two of the stack: three requests of ten at most, all live at their latest version; no asset."""
    uids = many(line, 23)
    result = line.ok(*PUBLISH, "--content-type", "page", *TO_LIVE)
    assert result.out.splitlines()[-1] == "published 25 of 25 to live"
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2)}
    assert all(line.live.live(uid) == {(LIVE, "en-us", 1)} for uid in [*uids, SECOND])
    assert live_assets(line) == set()
    assert line.live.write_log() == [("POST", "/v3/bulk/publish")] * 3


def test_more_entries_than_a_page_holds(line: LiveCommandLine) -> None:
    """Listings are read to their end."""
    uids = many(line, 103)
    report = line.ok(*PUBLISH, "--content-type", "page", *TO_LIVE, "--json").report
    assert (len(report["selected"]), report["objects"], report["gaps"]) == (105, {"published": 105}, [])
    assert all(line.live.live(uid) == {(LIVE, "en-us", 1)} for uid in uids)


def test_a_locale_publishes_its_own_documents(line: LiveCommandLine) -> None:
    """In fr-fr the one entry that is localized, and not what falls back there."""
    line.ok(*PUBLISH, "--content-type", "page", "--locale", "fr-fr", *TO_LIVE)
    assert (line.live.live(FIRST), line.live.live(SECOND)) == ({(LIVE, "fr-fr", 1)}, set())


def test_what_a_query_finds(line: LiveCommandLine) -> None:
    """The others stay as they are; a query without a type is refused here."""
    line.ok(*PUBLISH, "--content-type", "page", "--query", '{"title": "Second"}', *TO_LIVE)
    assert (line.live.live(FIRST), line.live.live(SECOND)) == (set(), {(LIVE, "en-us", 1)})
    assert line.run(*PUBLISH, "--query", "{}", *TO_LIVE).code == 2


@pytest.mark.parametrize("since", ["2026-03-01", "2026-03-01T01:00+01:00", "2026-03-01T00:00:00Z"])
def test_what_was_changed_since(line: LiveCommandLine, since: str) -> None:
    """From this time on, in any zone; entries of all types, and assets."""
    line.live.latest(SECOND)["updated_at"] = "2026-03-01T00:00:00.000Z"
    line.live.branch.assets[PICTURE].latest["updated_at"] = "2026-02-28T23:59:59.000Z"
    line.ok(*PUBLISH, "--changed-since", since, *TO_LIVE)
    assert (line.live.live(FIRST), line.live.live(SECOND)) == (set(), {(LIVE, "en-us", 1)})
    assert live_assets(line) == set()
    line.ok(*PUBLISH, "--changed-since", "2026-02-28", "--assets", *TO_LIVE)
    assert live_assets(line) == {(LIVE, "en-us", 1)}
    assert line.run(*PUBLISH, "--changed-since", "yesterday", *TO_LIVE).code == 2


def test_from_environment_to_environment(line: LiveCommandLine) -> None:
    """The versions that are live there, not the latest, in every locale, with assets; what is not there stays."""
    words = ("-e", "drafts", "--locale", "en-us")
    line.ok(*PUBLISH, "--entry", f"page/{FIRST}@1", "--asset", PICTURE, *words)
    line.ok(*PUBLISH, "--entry", f"page/{FIRST}", "-e", "drafts", "--locale", "fr-fr")
    line.live.put(FIRST, "Encore", 2, "fr-fr")
    line.ok(*PUBLISH, "--from-environment", "drafts", *TO_LIVE)
    assert {row for row in line.live.live(FIRST) if row[0] == LIVE} == {
        (LIVE, "en-us", 1),
        (LIVE, "fr-fr", 1),
    }
    assert line.live.live(SECOND) == set()
    assert live_assets(line) == {(DRAFTS, "en-us", 1), (LIVE, "en-us", 1)}


def test_from_environment_with_what_falls_back(line: LiveCommandLine) -> None:
    """What is live in a locale without content of its own is so in the other environment, at the same version."""
    words = ("entry", "publish", "page", FIRST, "--version", 1)
    line.ok(*words, "--locale", "de-de", "--source-locale", "en-us", "-e", "drafts")
    assert line.live.live(FIRST) == {(DRAFTS, "de-de", 1)}
    line.ok(*PUBLISH, "--from-environment", "drafts", "--content-type", "page", *TO_LIVE)
    assert line.live.live(FIRST) == {(DRAFTS, "de-de", 1), (LIVE, "de-de", 1)}


def test_from_environment_with_what_falls_back_to_another_locale(line: LiveCommandLine) -> None:
    """Only the master document tells of it; the locale's own fallback says whose version is meant."""
    branch = line.live.branch
    branch.put_locale({"uid": "bltde-de", "code": "de-de", "name": "de", "fallback_locale": "fr-fr"})
    words = ("entry", "publish", "page", FIRST, "--version", 1)
    line.ok(*words, "--locale", "de-de", "--source-locale", "fr-fr", "-e", "drafts")
    line.ok(*PUBLISH, "--from-environment", "drafts", "--content-type", "page", *TO_LIVE)
    published = branch.entries["page"][FIRST].live[LIVE, "de-de"]
    assert (published.version, published.source) == (1, "fr-fr")


def test_what_was_live_before_a_locale_was_localized_is_a_gap(line: LiveCommandLine) -> None:
    """Its version is the number of another document's: nothing is published in its place, and that is told."""
    words = ("entry", "publish", "page", SECOND, "--version", 1)
    line.ok(*words, "--locale", "de-de", "--source-locale", "en-us", "-e", "drafts")
    line.live.put(SECOND, "Zweite", 1, "de-de")
    with_gap = line.run(
        *PUBLISH, "--from-environment", "drafts", "--content-type", "page", *TO_LIVE, "--json"
    )
    told = {(row["uid"], row["locale"]) for row in with_gap.report["gaps"]}
    published = (LIVE, "de-de", 1) in line.live.live(SECOND)
    assert (with_gap.code, told, published) == (3, {(SECOND, "de-de")}, False)


def test_dry_run_says_how_many(line: LiveCommandLine) -> None:
    """A line for each item, and their number; nothing is written, and nobody is asked."""
    result = line.ok(*PUBLISH, "--content-type", "page", "--assets", "-e", "live", "--dry-run")
    assert result.columns[:-1] == [
        ["page", FIRST, "en-us", "2", "First"],
        ["page", SECOND, "en-us", "1", "Second"],
        ["assets", PICTURE, "en-us", "1", "Picture"],
    ]
    assert result.out.splitlines()[-1] == "would publish 3 to live"
    assert line.live.write_log() == []


def test_without_yes_nothing_is_sent(line: LiveCommandLine) -> None:
    """The question says what is selected, and where it would go."""
    result = line.run(*PUBLISH, "--content-type", "page", "--changed-since", "2026-01-01", "-e", "live")
    assert (result.code, line.live.emulator.log) == (2, [])
    assert "Publish entries of page that were changed since 2026-01-01T00:00:00.000Z to live?" in result.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--content-type", "pages"), "page"),
        (("--from-environment", "draft"), "drafts"),
        (("--content-type", "page", "--entry", f"page/{FIRST}"), "not both"),
        (("--entry", f"page/{FIRST}", "--dry-run"), "--dry-run"),
        (("--dry-run",), "--entry"),
    ],
)
def test_unknown_names_are_refused(line: LiveCommandLine, words: tuple[str, ...], hint: str) -> None:
    """Exit 2 with what is near, and nothing is published."""
    result = line.run(*PUBLISH, *words, *TO_LIVE)
    assert (result.code, hint in result.err, line.live.write_log()) == (2, True, [])


def test_a_refused_request_leaves_gaps_and_the_others_go_on(line: LiveCommandLine) -> None:
    """The second of three requests is refused: its ten items are gaps with the reason, fifteen are live; exit 3."""
    uids = many(line, 23)
    body = b'{"error_message": "invented refusal", "errors": {"entries": ["is not valid."]}}'
    line.live.emulator.faults.add(
        Fault(path="/bulk/publish", status=422, body=body, after=1, times=1, carried_out=False)
    )
    result = line.run(*PUBLISH, "--content-type", "page", *TO_LIVE, "--json")
    gaps = {row["uid"] for row in result.report["gaps"]}
    assert (result.code, len(gaps), result.report["objects"]) == (3, 10, {"published": 15})
    assert all("invented refusal" in row["reason"] for row in result.report["gaps"])
    assert {uid for uid in [*uids, FIRST, SECOND] if not line.live.live(uid)} == gaps


def test_what_a_rule_leaves_out_is_a_gap(line: LiveCommandLine) -> None:
    """The service takes the request and leaves an entry out: no job says so, the environment does."""
    rule: Any = {"uid": "bltrule", "environment": LIVE, "workflow_stage": STAGES[1], "actions": ["publish"]}
    line.live.stack.put("publish_rules", rule)
    line.live.branch.entries["page"][SECOND].documents["en-us"].workflow = {"uid": STAGES[1]}
    words = ("--content-type", "page", "--skip-workflow-stage-check", "--approvals")
    result = line.run(*PUBLISH, *words, *TO_LIVE)
    assert (line.live.live(FIRST), line.live.live(SECOND)) == (set(), {(LIVE, "en-us", 1)})
    assert result.code == 3
    assert ["gap", "page", FIRST, "en-us", "not live in live when its job had ended"] in result.columns
    assert result.out.splitlines()[-1] == "published 1 of 2 to live"


def test_jobs_that_the_service_does_not_tell_of(line: LiveCommandLine) -> None:
    """Items are accounted for all the same: the environment is looked at."""
    line.live.emulator.faults.add(Fault(path="/bulk/jobs/", status=404, times=99, carried_out=False))
    result = line.ok(*PUBLISH, "--content-type", "page", *TO_LIVE)
    assert result.out.splitlines()[-1] == "published 2 of 2 to live"
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2)}


def test_scheduled_and_unwaited_items_are_sent_and_not_claimed() -> None:
    """Nothing is said to be published that may come later."""
    with open_live_command_line(Switches(job_requests=50)) as line:
        result = line.ok(*PUBLISH, "--content-type", "page", *TO_LIVE, "--no-wait")
        assert result.out.splitlines()[-1] == "sent 2 of 2 to live"
        later = ("--at", "2099-01-01T00:00:00Z")
        result = line.ok(*PUBLISH, "--content-type", "page", *TO_LIVE, *later)
        assert result.out.splitlines()[-1] == "sent 2 of 2 to live"
        assert (line.live.live(FIRST), len(line.live.branch.waiting)) == (set(), 2)
