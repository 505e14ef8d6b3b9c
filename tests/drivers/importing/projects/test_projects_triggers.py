"""Triggers, schedules and automatic stages come on last, once every release is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from project_oracle import definitions, releases, self_starting, started
from project_pair import OTHER, OTHER_TOKEN, ProjectPair, project_pair
from workbench import Cut, cut_at

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

PUTS = 4  # definitions of the source that start something
REQUESTS = 37  # of the import, as `test_they_come_on_after_the_last_release` checks


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair(6) as made:
        yield made


def edit(pair: ProjectPair, name: str, **changes: Any) -> None:
    api = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
    row = next(row for row in api.rows("release/definitions") if row["name"] == name)
    api.put("release/definitions", {**api.get(f"release/definitions/{row['id']}"), **changes})


def assert_arrived(pair: ProjectPair) -> None:
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    assert definitions(other, pair.target, quiet=False) == definitions(home, pair.project, quiet=False)
    assert releases(pair.target) == releases(pair.project)
    assert started(pair.target) == []


def test_they_come_on_after_the_last_release(pair: ProjectPair) -> None:
    early: list[str] = []

    def look(_: object, request: httpx.Request, done: bool) -> None:
        if request.url.path.endswith("/releases") and request.method == "POST" and not done:
            early.extend(self_starting(pair.target))

    done = pair.import_snapshot(pair.export(keep_secrets=True), enable_triggers=True, hook=look)
    assert early == []
    assert_arrived(pair)
    methods = [line.split()[0] for line in pair.writes()]
    assert methods[-PUTS:] == ["PUT"] * PUTS
    assert "PUT" not in methods[:-PUTS]
    assert len(pair.log) == REQUESTS == sum(done.minimum.values())
    assert not [gap for gap in done.gaps if "/triggers" in str(gap.get("path"))]


def test_a_second_run_writes_nothing(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot, enable_triggers=True)
    for state, policy in (("state", ""), ("another", "update"), ("third", "skip")):
        pair.import_snapshot(snapshot, state, on_conflict=policy, enable_triggers=True)
        assert pair.writes() == []


def test_they_are_asked_for_afterwards(pair: ProjectPair) -> None:
    """Definitions that an import left quiet are not written twice to get their triggers."""
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    pair.import_snapshot(snapshot, on_conflict="update", enable_triggers=True)
    assert [line.split()[0] for line in pair.writes()] == ["PUT"] * PUTS
    assert_arrived(pair)


def test_an_edited_definition_is_quiet_until_the_releases_are_there(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot, only={"definitions"}, enable_triggers=True)
    edit(pair, "Payments", description="by hand")
    early: list[str] = []

    def look(_: object, request: httpx.Request, done: bool) -> None:
        if request.url.path.endswith("/releases") and request.method == "POST" and not done:
            early.extend(row for row in self_starting(pair.target) if row.startswith("Payments"))

    pair.import_snapshot(snapshot, "all", on_conflict="update", enable_triggers=True, hook=look)
    assert early == []
    assert_arrived(pair)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", sampled(range(REQUESTS - PUTS, REQUESTS + 1), 2))
def test_a_kill(pair: ProjectPair, number: int, after: bool) -> None:
    snapshot = pair.export(keep_secrets=True)
    with pytest.raises(Cut):
        pair.import_snapshot(snapshot, enable_triggers=True, hook=cut_at(number, after=after))
    pair.import_snapshot(snapshot, enable_triggers=True)
    assert_arrived(pair)
    pair.import_snapshot(snapshot, enable_triggers=True)
    assert pair.writes() == []


@pytest.mark.parametrize("arrives", [True, False], ids=["carried out", "never arrived"])
def test_every_answer_is_lost_once(pair: ProjectPair, arrives: bool) -> None:
    seen = set[bytes]()

    def lose(_: object, request: httpx.Request, done: bool) -> None:
        if request.method == "PUT" and done is arrives and request.content not in seen:
            seen.add(request.content)
            raise httpx.ReadTimeout("no answer", request=request)

    pair.import_snapshot(pair.export(keep_secrets=True), enable_triggers=True, hook=lose)
    assert len(seen) == PUTS
    assert_arrived(pair)


def test_what_somebody_writes_meanwhile_is_not_overwritten(pair: ProjectPair) -> None:
    done = set[str]()

    def between(_: object, request: httpx.Request, carried_out: bool) -> None:
        if request.method == "PUT" and not carried_out and not done:
            done.add("edited")
            name = exact_json.loads(request.content)["name"]  # type: ignore[call-overload, index]
            edit(pair, str(name), description="by hand")
            done.add(str(name))

    result = pair.import_snapshot(pair.export(keep_secrets=True), enable_triggers=True, hook=between)
    (gap,) = (gap for gap in result.gaps if gap.get("path") == "/triggers")
    assert "are off" in str(gap["reason"])
    (held,) = (one.raw for one in pair.target.definitions.values() if one.raw["name"] in done)
    assert held["description"] == "by hand"
    assert held["triggers"] == []


def test_a_dry_run_tells_them(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    _, planned = pair.plan(snapshot, enable_triggers=True)
    assert planned["actions"]["definitions"] == {"create": 4, "enable": PUTS}
    pair.import_snapshot(snapshot, enable_triggers=True)
    sent = {"write": len(pair.writes()), "read": len(pair.log) - len(pair.writes())}
    assert planned["requests"] == sent
