"""Which stage may follow which: what the source's stages say arrives as it is said.

The judge is what the emulator holds, which is what an import sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from random_stack import STAMPS
from workbench import Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

DRAFT, REVIEW, DONE = "blt00000000000s01", "blt00000000000s02", "blt00000000000s03"
ABSENT = "absent"


def imported(*following: Any, default: Literal["empty", "absent"] = "absent") -> tuple[Workbench, Any]:
    """The bench and the result after an import of a workflow whose stages have these next stages."""
    stages: list[Any] = [
        {"uid": uid, "name": name, "color": "#111111", **({} if given == ABSENT else {"next_available_stages": given})}
        for uid, name, given in zip((DRAFT, REVIEW, DONE), ("Draft", "Review", "Done"), following, strict=True)
    ]  # fmt: skip
    flow: JsonObject = {"uid": "blt000000000000w1", "name": "Review", "content_types": ["$all"], **STAMPS}

    def fill(stack: Stack) -> None:
        stack.put("workflows", {**flow, "branches": ["main"], "enabled": True, "workflow_stages": stages})

    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(next_stages_default=default))
        result = bench.import_snapshot(bench.export())
    return bench, result


def next_stages(bench: Workbench) -> list[Any]:
    """What every stage of the target's workflow says, by the names of stages."""
    (flow,) = bench.target.workflows.values()
    stages: Any = flow["workflow_stages"]
    names = {stage["uid"]: stage["name"] for stage in stages}
    return [
        [names.get(uid, uid) for uid in stage["next_available_stages"]] if "next_available_stages" in stage else ABSENT
        for stage in stages
    ]  # fmt: skip


def test_all_none_and_nothing_said_arrive_as_they_are_with_one_write() -> None:
    bench, result = imported(["$all"], [], ABSENT)
    assert result.gaps == []
    assert next_stages(bench) == [["$all"], [], ABSENT]
    assert bench.writes() == 1


def test_stages_that_name_others_take_a_second_write() -> None:
    bench, result = imported([REVIEW], ["$all"], [])
    assert result.gaps == []
    assert next_stages(bench) == [["Review"], ["$all"], []]
    assert bench.writes() == 2


def test_a_stage_that_says_nothing_beside_one_that_names_others_still_says_nothing() -> None:
    bench, _ = imported([DONE, REVIEW], ABSENT, ["$all"])
    assert next_stages(bench) == [["Done", "Review"], ABSENT, ["$all"]]


@pytest.mark.parametrize("default", ["empty", "absent"])
def test_a_service_that_answers_an_empty_list_for_nothing_leaves_no_gap(
    default: Literal["empty", "absent"],
) -> None:
    bench, result = imported(["$all"], ABSENT, [REVIEW], default=default)
    assert result.gaps == []
    assert next_stages(bench) == [["$all"], [] if default == "empty" else ABSENT, ["Review"]]


def test_an_updated_workflow_keeps_its_stages_and_what_is_in_them() -> None:
    """A stage that is sent without its uid would be a new one."""

    def put(stack: Stack, uids: Sequence[str], color: str) -> None:
        stages: list[Any] = [
            {"uid": uid, "name": name, "color": color, "next_available_stages": ["$all"]}
            for uid, name in zip(uids[1:], ("Draft", "Done"), strict=True)
        ]
        flow: JsonObject = {"uid": uids[0], "name": "Review", "content_types": ["$all"], **STAMPS}
        stack.put("workflows", {**flow, "branches": ["main"], "enabled": True, "workflow_stages": stages})

    held = ("blt000000000000w2", "blt00000000000t01", "blt00000000000t02")
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: put(stack, ("blt000000000000w1", DRAFT, DONE), "#111111"))
        put(bench.target, held, "#222222")
        result = bench.import_snapshot(bench.export(), on_conflict="update")
    (flow,) = bench.target.workflows.values()
    stages: Any = flow["workflow_stages"]
    assert [(stage["uid"], stage["color"]) for stage in stages] == [(uid, "#111111") for uid in held[1:]]
    assert result.gaps == []
