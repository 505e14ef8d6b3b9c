"""Copies of one stack in two organizations: nothing has the same uid, people are of another team, roles have names.

The judge is the emulator's own state.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import FLOW, ROLE, SUMMER
from published_stack import edit_source, fill_published
from random_stack import STAMPS
from round_trip import explain_differences
from small_stack import EGG
from workbench import SOURCE, TARGET, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

ANN = "blt00000000000000a1"
SYSTEM_ROLES = ("Admin", "Developer", "Content Manager")
ALL: dict[str, Any] = {"versions": "all", "enable_webhooks": True}
_UID = re.compile(r"\b(?:blt|cs)[0-9a-zA-Z]{8,}")


def role(organization: str, name: str) -> str:
    return f"bltrole{organization}{SYSTEM_ROLES.index(name):09}"


def put_roles(stack: Stack, organization: str) -> None:
    """Every stack has these, each with uids of its own."""
    stack.raw["org_uid"] = f"bltorganization{organization}"
    for name in SYSTEM_ROLES:
        stack.put("roles", {"uid": role(organization, name), "name": name, "rules": [], **STAMPS})


def fill(stack: Stack) -> None:
    """Much of everything; roles and a person are named in stages, and a document is assigned to them."""
    fill_published(stack)
    stack.publish_rules.clear()
    put_roles(stack, "a")
    flow: Any = stack.workflows[FLOW]
    for stage in flow["workflow_stages"]:
        named = {"roles": {"uids": [role("a", "Developer"), ROLE], "read": True}, "users": {"uids": [ANN]}}
        stage["SYS_ACL"] = {**named, "others": {}}
    flow["admin_users"] = {"users": [ANN], "roles": [role("a", "Admin")]}
    stack.put("roles", {**stack.roles[ROLE], "users": [ANN]})
    document = stack.main.entries["page"][EGG].documents["fr-fr"]
    assigned: JsonObject = {"assigned_to": [{"uid": ANN, "name": "Ann", "email": "ann@example.org"}]}
    document.workflow |= {
        **assigned,
        "assigned_by_roles": [{"uid": role("a", "Developer"), "name": "Developer"}],
    }


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        made = make_workbench(root, fill)
        put_roles(made.target, "b")
        yield made


def uids(stack: Stack) -> set[str]:
    """Every uid that anything in a stack names, at any depth."""
    main = stack.main
    entries = [entry for of_type in main.entries.values() for entry in of_type.values()]
    found: list[object] = [
        *([one.versions, one.workflow] for entry in entries for one in entry.documents.values()),
        *(one.versions for entry in entries for one in entry.variants.values()),
        *(version.raw for asset in main.assets.values() for version in asset.versions.values()),
        *([one.raw, one.items] for one in main.releases.values()),
        *(
            main.content_types,
            main.global_fields,
            main.extensions,
            main.labels,
            main.variant_groups,
            main.metadata,
        ),
        *(stack.roles, stack.workflows, stack.webhooks, stack.environments),
    ]
    return set(_UID.findall(str(found)))


def differences(bench: Workbench) -> list[str]:
    """What differs, but for the workflow, whose people and roles are looked at elsewhere.

    Of an item for a variant the oracle shows its entry in the version of that number, which each stack counts itself.
    """
    found = explain_differences(bench.dump(SOURCE), bench.dump(TARGET), []).unexplained
    return [line for line in found if not line.startswith("workflow 'Review'") and '"variant"' not in line]


def test_nothing_of_one_is_named_in_the_other(bench: Workbench) -> None:
    done = bench.import_snapshot(bench.export(versions="all"), **ALL)
    # A variant may keep the uid that it is made with, also in another stack.
    assert uids(bench.target) & uids(bench.source) <= {"bltinvented", SUMMER}
    (flow,) = bench.target.workflows.values()
    (keeper,) = (uid for uid, row in bench.target.roles.items() if row["name"] == "Keeper")
    stages: Any = flow["workflow_stages"]
    assert stages[0]["SYS_ACL"]["roles"]["uids"] == [role("b", "Developer"), keeper]
    assert flow["admin_users"] == {"users": [], "roles": [role("b", "Admin")]}
    # Each place that named the person.
    told = sorted((gap["kind"], gap["path"]) for gap in done.gaps)
    assert told == [
        ("roles", "/users/0"),
        ("workflow_stages", "/_workflow/assigned_to"),
        ("workflows", "/admin_users/users/0"),
        ("workflows", "/workflow_stages/0/SYS_ACL/users/uids/0"),
        ("workflows", "/workflow_stages/1/SYS_ACL/users/uids/0"),
    ]
    assert differences(bench) == []


def test_without_any_memory_the_copy_is_recognised_and_brought_up_to_date(bench: Workbench) -> None:
    """By names, urls and titles; the people that are left out are told each time, and nothing is written for them."""
    bench.import_snapshot(bench.export(versions="all"), **ALL)
    edit_source(bench.source)
    snapshot, options = bench.export("edited", versions="all"), {"on_conflict": "update", **ALL}
    done = bench.import_snapshot(snapshot, "another state", **options)
    assert (done.left, {*done.remarks}) == ([], {"deployed"})
    assert {gap["kind"] for gap in done.gaps} == {"roles", "workflows"}
    assert differences(bench) == []
    before = bench.writes()
    assert bench.import_snapshot(snapshot, "a third one", **options).gaps == done.gaps
    assert bench.writes() == before
    assert bench.verify(snapshot, "a third one", **ALL).differences == []
    counts = [len(bench.emulator.stacks[key].main.entries["page"]) for key in (SOURCE, TARGET)]
    assert counts[0] == counts[1]
