"""People whom workflows, publish rules and roles name: in another stack a gap, in a branch of the same stack they stay.

The judge is what the emulator holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from random_stack import STAMPS
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

ANN, BEN, EVE = "blt00000000000000a1", "blt00000000000000b1", "blt00000000000000e1"
FLOW, RULE, ROLE, LIVE = (
    "blt00000000000f0001",
    "blt00000000000f0002",
    "blt00000000000f0003",
    "blt00000000000f0004",
)
STAGES = ("blt00000000000s0001", "blt00000000000s0002")


def put_flow(stack: Stack, uid: str, stages: tuple[str, str], users: list[Any], admins: list[Any]) -> None:
    rows: list[Any] = [
        {"uid": one, "name": name, "color": "#111111", "next_available_stages": ["$all"],
         "SYS_ACL": {"users": {"uids": named, "read": True}, "roles": {"uids": [], "read": True}}}
        for one, name, named in zip(stages, ("Draft", "Done"), (users, ["$all"]), strict=True)
    ]  # fmt: skip
    flow: JsonObject = {
        "uid": uid,
        "name": "Review",
        "content_types": ["$all"],
        "branches": ["main"],
        **STAMPS,
    }
    admin: JsonObject = {"users": admins, "roles": []}
    stack.put("workflows", {**flow, "enabled": True, "workflow_stages": rows, "admin_users": admin})


def fill(stack: Stack) -> None:
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    put_flow(stack, FLOW, STAGES, [ANN, BEN], [ANN])
    rule: JsonObject = {
        "uid": RULE,
        "workflow": FLOW,
        "workflow_stage": STAGES[1],
        "environment": LIVE,
        **STAMPS,
    }
    facts: JsonObject = {"actions": ["publish"], "content_types": ["$all"], "locales": ["en-us"]}
    approvers: JsonObject = {"users": [ANN, "$all"], "roles": []}
    stack.put("publish_rules", {**rule, **facts, "branches": ["main"], "approvers": approvers})
    stack.put(
        "roles", {"uid": ROLE, "name": "Press", "description": "", "rules": [], "users": [BEN], **STAMPS}
    )


def named(stack: Stack) -> list[Any]:
    """The people in the workflow's first stage, its administrators and the rule's approvers."""
    (flow,), (rule,) = stack.workflows.values(), stack.publish_rules.values()
    stages: Any = flow["workflow_stages"]
    admins: Any = flow["admin_users"]
    approvers: Any = rule["approvers"]
    assert stages[1]["SYS_ACL"]["users"]["uids"] == ["$all"]
    return [stages[0]["SYS_ACL"]["users"]["uids"], admins["users"], approvers["users"]]


def told(gaps: list[Any]) -> list[tuple[str, str, str]]:
    assert all(word in gap["reason"] for gap in gaps for word in ("team", "left out"))
    return [(gap["kind"], gap["uid"], gap["path"]) for gap in gaps]


TOLD = [
    ("publish_rules", RULE, "/approvers/users/0"),
    ("roles", ROLE, "/users/0"),
    ("workflows", FLOW, "/admin_users/users/0"),
    ("workflows", FLOW, "/workflow_stages/0/SYS_ACL/users/uids/0"),
    ("workflows", FLOW, "/workflow_stages/0/SYS_ACL/users/uids/1"),
]


def make(root: Any) -> Workbench:
    return make_workbench(root, fill, switches=Switches())


def test_in_another_stack_people_are_left_out_and_each_is_a_gap() -> None:
    with memory_directory() as root:
        bench = make(root)
        snapshot = bench.export()
        assert told(bench.import_snapshot(snapshot).gaps) == TOLD
        assert named(bench.target) == [[], [], ["$all"]]
        before = bench.writes()
        assert told(bench.import_snapshot(snapshot, "again").gaps) == TOLD
        assert bench.writes() == before


def test_an_object_of_the_target_keeps_the_people_that_it_names() -> None:
    with memory_directory() as root:
        bench = make(root)
        put_flow(
            bench.target, "blt00000000000t0001", ("blt00000000000t0002", "blt00000000000t0003"), [EVE], [EVE]
        )
        (flow,) = bench.target.workflows.values()
        flow["enabled"] = False
        result = bench.import_snapshot(bench.export(), on_conflict="update")
        assert told(result.gaps) == TOLD
        assert flow["uid"] in bench.target.workflows
        assert next(iter(bench.target.workflows.values()))["enabled"] is True
        assert named(bench.target) == [[EVE], [EVE], ["$all"]]


def test_in_a_branch_of_the_same_stack_people_stay() -> None:
    with memory_directory() as root:
        bench = make(root)
        bench.source.branches["dev"] = bench.source.main.fork("dev", {"uid": "dev"})
        before = named(bench.source)
        result = bench.import_snapshot(bench.export(), key=SOURCE, branch="dev")
        assert [gap for gap in result.gaps if "team" in str(gap["reason"])] == []
        assert named(bench.source) == before
        assert TARGET != SOURCE
