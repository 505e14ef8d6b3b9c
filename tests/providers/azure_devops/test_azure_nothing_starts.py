"""The one place that every write of an import passes through: what would start something is not sent."""

from __future__ import annotations

from typing import Any

import pytest

from stackferry import exact_json
from stackferry.model import Budget, Gap, Request
from stackferry.providers.azure_devops.hosts import Root, parse_place
from stackferry.providers.azure_devops.importing.nothing_starts import Guard, quiet, starting_parts
from stackferry.providers.azure_devops.requests.build import write_release_area
from stackferry.providers.azure_devops.requests.definitions import create_definition, replace_definition
from stackferry.providers.azure_devops.requests.releases import (
    add_tags,
    create_release,
    remove_tag,
    update_approval,
    update_release,
    update_stage,
)
from stackferry.providers.azure_devops.versions import RELEASES
from stackferry.providers.target import Await, PreparedWrite, Write, WriteResult

ROOT = Root.of(parse_place("fabrikam", "services", "Web", secure=True))
STARTED = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
AFTER = {"name": "Dev", "conditionType": "environmentState", "value": "4"}
NAMES: Any = ["Dev", "Prod"]


def definition(**stage: Any) -> Any:
    return {"id": 1, "environments": [{"name": "Dev", **stage}, {"name": "Prod", "conditions": [AFTER]}]}


def release(**more: Any) -> Request:
    return create_release(ROOT, {"definitionId": 1, "manualEnvironments": NAMES, **more})


STARTS = {
    "an active release": release(manualEnvironments=None),
    "one stage left out": release(manualEnvironments=["Dev"]),
    "a definition that nobody knows": release(definitionId=2),
    "no draft": release(isDraft=False, manualEnvironments=[]),
    "a draft made active": update_release(ROOT, 1, {"status": "active"}),
    "a draft made active by its number": update_release(ROOT, 1, {"status": 2}),
    "a stage": update_stage(ROOT, 1, 2, {"status": "inProgress"}),
    "an approval": update_approval(ROOT, 1, {"status": "approved"}),
    "a whole release": write_release_area(ROOT, RELEASES, "PUT", "releases", 1, body={}),
    "a removed tag": remove_tag(ROOT, 1, "kept"),
    "an automatic stage": create_definition(ROOT, definition(conditions=[STARTED])),
    "one by its number": create_definition(ROOT, definition(conditions=[{**STARTED, "conditionType": 1}])),
    "one in another letter case": replace_definition(
        ROOT, definition(conditions=[{**STARTED, "conditionType": "Event"}])
    ),
    "a trigger": replace_definition(ROOT, {**definition(), "triggers": [{"triggerType": "schedule"}]}),
    "a schedule": create_definition(ROOT, definition(schedules=[{"startHours": 3}])),
    "a trigger of a stage": create_definition(ROOT, definition(environmentTriggers=[{"triggerType": 1}])),
    "another area": Request(method="POST", path="/fabrikam/Web/_apis/build/builds", budget=Budget.WRITE),
}
HARMLESS = {
    "a release that waits": release(),
    "a draft": release(isDraft=True, manualEnvironments=None),
    "an abandoned release": update_release(ROOT, 1, {"status": "abandoned", "name": "x"}),
    "tags": add_tags(ROOT, 1, ["a"]),
    "a chain": create_definition(ROOT, definition()),
}


def step(request: Request, *, in_fallback: bool = False) -> Write:
    built = PreparedWrite(request=request)
    return Write(
        key="k",
        kind="releases",
        build=lambda: PreparedWrite() if in_fallback else built,
        read=lambda _: WriteResult(),
        failed=Gap(kind="releases", uid="1", reason=""),
        fallback=(lambda: built) if in_fallback else None,
    )


def sent(guard: Guard, write: Write) -> None:
    (checked,) = guard.checked(iter([write]))
    assert isinstance(checked, Write)
    checked.build()
    if checked.fallback is not None:
        checked.fallback()


def guard(*, deploy: bool = False, triggers: bool = False) -> Guard:
    return Guard(lambda target: NAMES if target == 1 else [], deploy=deploy, triggers=triggers)


@pytest.mark.parametrize("in_fallback", [False, True])
@pytest.mark.parametrize("name", STARTS)
def test_what_would_start_something_is_not_sent(name: str, in_fallback: bool) -> None:
    with pytest.raises(AssertionError, match="was not sent"):
        sent(guard(), step(STARTS[name], in_fallback=in_fallback))


@pytest.mark.parametrize("name", HARMLESS)
def test_what_starts_nothing_is_sent(name: str) -> None:
    sent(guard(), step(HARMLESS[name]))


def test_what_was_asked_for_is_sent() -> None:
    sent(guard(deploy=True), step(STARTS["a stage"]))
    sent(guard(triggers=True), step(STARTS["a trigger"]))
    for name in ("an active release", "an approval", "a draft made active"):
        with pytest.raises(AssertionError):
            sent(guard(deploy=True, triggers=True), step(STARTS[name]))


def test_reads_and_pauses_pass() -> None:
    look = Await(key="k", kind="releases", request=release(), observe=lambda _: pytest.fail("not now"))
    assert [*guard().checked(iter([look, None]))] == [look, None]


def test_a_quiet_definition_passes_and_keeps_the_rest() -> None:
    loud = {
        **definition(conditions=[STARTED, AFTER], schedules=[{"startHours": 3}], unknown=1),
        "triggers": [{"triggerType": "artifactSource"}],
    }
    assert len([*starting_parts(loud)]) == 3
    made = quiet(loud)
    assert [*starting_parts(made)] == []
    assert made["triggers"] == []
    stage = exact_json.loads(exact_json.dumps(made["environments"]))[0]  # type: ignore[index]
    assert stage == {"name": "Dev", "conditions": [AFTER], "schedules": [], "unknown": 1}
    sent(guard(), step(create_definition(ROOT, made)))
