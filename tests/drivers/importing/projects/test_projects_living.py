"""Imports into projects that hold definitions and releases already: what is updated, left, refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from project_oracle import definitions, releases, self_starting, started
from project_pair import OTHER, OTHER_TOKEN, ProjectPair, project_pair

from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.errors import Different, ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair(8) as made:
        yield made


def editor(pair: ProjectPair) -> Api:
    return Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)


def whole(pair: ProjectPair, name: str) -> Any:
    api = editor(pair)
    row = next(row for row in api.rows("release/definitions") if row["name"] == name)
    return api.get(f"release/definitions/{row['id']}")


def edit(pair: ProjectPair, name: str, **changes: Any) -> None:
    editor(pair).put("release/definitions", {**whole(pair, name), **changes})


def sides(pair: ProjectPair) -> tuple[Any, Any]:
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    return definitions(home, pair.project, quiet=True), definitions(other, pair.target, quiet=False)


def test_a_target_with_content_is_refused_unless_it_is_said_what_to_do(pair: ProjectPair) -> None:
    snapshot = pair.export()
    pair.import_snapshot(snapshot)
    for on_conflict in ("", "fail"):
        with pytest.raises(UsageError, match="4 definitions, 7 releases"):
            pair.import_snapshot(snapshot, "another", on_conflict=on_conflict)
        assert pair.writes() == []


def test_an_edit_in_the_target_is_told_and_undone_by_an_update(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    edit(pair, "Payments", description="by hand", variables={"limit": {"value": "9"}, "more": {"value": "1"}})
    with pytest.raises(Different, match="definitions 2"):
        pair.import_snapshot(snapshot)
    ids = [stage["id"] for stage in whole(pair, "Payments")["environments"]]
    pair.import_snapshot(snapshot, on_conflict="update")
    assert [line.split()[0] for line in pair.writes()] == ["PUT"]
    wanted, found = sides(pair)
    assert found == wanted
    assert [stage["id"] for stage in whole(pair, "Payments")["environments"]] == ids
    assert releases(pair.target) == releases(pair.project)


def test_skip_leaves_what_is_there(pair: ProjectPair) -> None:
    snapshot = pair.export()
    pair.import_snapshot(snapshot)
    edit(pair, "Payments", description="by hand")
    pair.import_snapshot(snapshot, "another", on_conflict="skip")
    assert pair.writes() == []


def test_definitions_first_and_releases_later(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    first = pair.import_snapshot(snapshot, "definitions", only={"definitions"})
    assert pair.target.releases == {}
    assert {gap["kind"] for gap in first.gaps} == {"definitions", "definition_revisions"}
    pair.import_snapshot(snapshot, "releases", only={"releases"})
    assert not [line for line in pair.writes() if "/definitions" in line or "/folders" in line]
    assert releases(pair.target) == releases(pair.project)
    assert started(pair.target) == []


def test_releases_of_definitions_that_are_not_there_are_gaps(pair: ProjectPair) -> None:
    done = pair.import_snapshot(pair.export(), only={"releases"})
    assert pair.target.releases == {}
    assert pair.writes() == []
    lost = [gap for gap in done.gaps if gap["reason"] == "its definition is not in the target"]
    assert len(lost) == sum(len(rows) for rows in releases(pair.project).values())


def make_automatic(pair: ProjectPair) -> None:
    """Continuous deployment on every definition of the target."""
    event = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
    for name in [one.raw["name"] for one in pair.target.definitions.values()]:
        stages = [{**stage, "conditions": [event]} for stage in whole(pair, str(name))["environments"]]
        trigger = {"triggerType": "artifactSource", "artifactAlias": "_Shop.CI", "triggerConditions": []}
        edit(pair, str(name), environments=stages, triggers=[trigger])


@pytest.mark.parametrize("shows", [True, False])
def test_nothing_starts_where_every_definition_deploys_by_itself(pair: ProjectPair, shows: bool) -> None:
    snapshot = pair.export()
    pair.import_snapshot(snapshot, "definitions", only={"definitions"})
    make_automatic(pair)
    pair.emulator.switches = replace(pair.emulator.switches, create_shows_start=shows)
    pair.import_snapshot(snapshot, "releases", only={"releases"})
    assert releases(pair.target).keys() == releases(pair.project).keys()
    assert started(pair.target) == []


def test_triggers_and_schedules_are_off_after_an_update(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot, "definitions", only={"definitions"})
    make_automatic(pair)
    pair.import_snapshot(snapshot, "all", on_conflict="update")
    assert self_starting(pair.target) == []
    assert started(pair.target) == []
    assert releases(pair.target) == releases(pair.project)


@pytest.mark.parametrize("shows", [True, False])
def test_a_service_that_holds_no_stage_is_noticed_at_the_first_release(
    pair: ProjectPair, shows: bool
) -> None:
    snapshot = pair.export()
    pair.import_snapshot(snapshot, "definitions", only={"definitions"})
    make_automatic(pair)
    ignores = {"manual_environments_hold": False, "create_shows_start": shows, "deploy_seconds": 100.0}
    pair.emulator.switches = replace(pair.emulator.switches, **ignores)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ServiceError, match="the service started"):
            pair.import_snapshot(snapshot, "releases", only={"releases"})
        active = [raw for raw in pair.target.releases.values() if raw["status"] == "active"]
        assert len(active) == 1


def test_a_service_that_holds_no_stage_does_no_harm_to_new_definitions(pair: ProjectPair) -> None:
    pair.emulator.switches = replace(pair.emulator.switches, manual_environments_hold=False)
    pair.import_snapshot(pair.export())
    assert started(pair.target) == []


def test_triggers_stay_on_where_they_are_asked_for(pair: ProjectPair) -> None:
    pair.import_snapshot(pair.export(keep_secrets=True), enable_triggers=True)
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    assert definitions(other, pair.target, quiet=False) == definitions(home, pair.project, quiet=False)
    assert started(pair.target) == []


@pytest.mark.parametrize("status", [400, 409])
def test_an_update_meets_somebody_elses(pair: ProjectPair, status: int) -> None:
    """The service refuses a revision that is not the current one: it is read again, and sent once more."""
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    edit(pair, "Payments", description="by hand")
    pair.emulator.switches = replace(pair.emulator.switches, revision_conflict=status)  # type: ignore[arg-type]
    done = set[str]()

    def between(_: object, request: httpx.Request, carried_out: bool) -> None:
        if request.method == "PUT" and not carried_out and not done:
            done.add("edited")
            edit(pair, "Payments", description="by hand, again")

    result = pair.import_snapshot(snapshot, on_conflict="update", hook=between)
    assert [line.split()[0] for line in pair.writes()] == ["PUT", "PUT"]
    wanted, found = sides(pair)
    assert found == wanted
    assert not [gap for gap in result.gaps if "refused" in str(gap["reason"])]


def test_a_definition_that_is_refused_takes_its_releases_with_it(pair: ProjectPair) -> None:
    """A policy that scans variables names them; everything else arrives."""
    pair.emulator.switches = replace(pair.emulator.switches, scan_variables=True)
    done = pair.import_snapshot(pair.export(keep_secrets=True))
    (gap,) = (gap for gap in done.gaps if "dbPassword" in str(gap["reason"]))
    assert gap["uid"] == "3"
    assert len(pair.target.definitions) == 3
    wanted = releases(pair.project)
    wanted.pop("\\/Nightly", None)
    assert releases(pair.target) == wanted


def test_a_release_that_was_deleted_is_made_anew_by_an_update(pair: ProjectPair) -> None:
    snapshot = pair.export()
    pair.import_snapshot(snapshot)
    pair.target.destroy_release(max(pair.target.releases))
    with pytest.raises(Different, match="releases"):
        pair.import_snapshot(snapshot)
    pair.import_snapshot(snapshot, on_conflict="update")
    assert len(pair.target.releases) == sum(len(rows) for rows in releases(pair.project).values())


def test_a_changed_state_is_brought_up_to_date(pair: ProjectPair) -> None:
    pair.import_snapshot(pair.export("first", keep_secrets=True))
    api = Api(pair.emulator, "fabrikam", pair.project.name, "invented-token")
    number = max(uid for uid, raw in pair.project.releases.items() if raw["status"] == "active")
    api.patch(f"release/releases/{number}", {"keepForever": True, "name": "Kept"})
    api.post(f"release/releases/{number}/tags", ["late"])
    pair.import_snapshot(pair.export("second", keep_secrets=True), "second", on_conflict="update")
    assert len(pair.writes()) == 2
    assert releases(pair.target) == releases(pair.project)


@pytest.mark.parametrize("arrives", [True, False])
def test_the_answer_to_an_update_is_lost(pair: ProjectPair, arrives: bool) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    edit(pair, "Payments", description="by hand")
    revision = whole(pair, "Payments")["revision"]
    lost: list[str] = []

    def lose(_: object, request: httpx.Request, done: bool) -> None:
        if request.method == "PUT" and done is arrives and not lost:
            lost.append(request.url.path)
            raise httpx.ReadTimeout("no answer", request=request)

    pair.import_snapshot(snapshot, on_conflict="update", hook=lose)
    assert lost
    wanted, found = sides(pair)
    assert found == wanted
    assert whole(pair, "Payments")["revision"] == revision + 1


def test_a_definition_that_was_deleted_and_another_of_its_name(pair: ProjectPair) -> None:
    """An archive that grows holds both: each keeps its releases, and the older one gets its id into its name."""
    api = Api(pair.emulator, "fabrikam", pair.project.name, "invented-token")
    first = pair.export("first", keep_secrets=True)
    old = next(row for row in api.rows("release/definitions") if row["name"] == "Nightly")
    body = api.get(f"release/definitions/{old['id']}")
    api.delete(f"release/definitions/{old['id']}")
    new = api.post("release/definitions", body)
    api.post("release/releases", {"definitionId": new["id"], "isDraft": True})
    grown = pair.export("grown", base=first, keep_secrets=True)
    done = pair.import_snapshot(grown)
    names = sorted(str(one.raw["name"]) for one in pair.target.definitions.values())
    assert f"Nightly ({old['id']})" in names
    assert "Nightly" in names
    assert len(names) == 5
    (gap,) = (gap for gap in done.gaps if "has its name" in str(gap["reason"]))
    assert gap["uid"] == str(old["id"])
    pair.import_snapshot(grown)
    assert pair.writes() == []
    pair.import_snapshot(grown, "another", on_conflict="update")
    assert pair.writes() == []


def test_what_vanished_is_made_anew_too(pair: ProjectPair) -> None:
    first = pair.export("first", keep_secrets=True)
    wanted = releases(pair.project)
    for number in [*pair.project.releases][:3]:
        pair.project.destroy_release(number)
    pair.import_snapshot(pair.export("grown", base=first, keep_secrets=True))
    assert releases(pair.target) == wanted
