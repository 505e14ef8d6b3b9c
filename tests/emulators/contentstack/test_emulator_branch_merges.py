"""What two branches differ in, and merging them: content types and global fields. Page: CMA | Branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import field_of, title

if TYPE_CHECKING:
    from emulator_client import EmulatorClient

COMPARE = "/stacks/branches_compare"
SIDES = {"base_branch": "main", "compare_branch": "dev"}


def two_branches(client: EmulatorClient) -> None:
    """`gone` is in main only, `new` in dev only, and `page` has another field on each side."""
    for uid in ("page", "gone", "same"):
        client.content_type(uid)
    client.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    dev = {"headers": {"branch": "dev"}}
    client.ok("DELETE", "/content_types/gone?force=true", **dev)
    type_of = {"title": "new", "uid": "new", "schema": [title()]}
    client.ok("POST", "/content_types", json={"content_type": type_of}, **dev)
    for name, headers in (("left", {}), ("right", dev)):
        raw = {"title": "page", "uid": "page", "schema": [title(), field_of("text", name)]}
        client.ok("PUT", "/content_types/page", json={"content_type": raw}, **headers)


def statuses(client: EmulatorClient, path: str = COMPARE, **params: Any) -> dict[str, str]:
    return {row["uid"]: row["status"] for row in client.get(path, **SIDES, **params)["diff"]}


def test_branches_are_compared(client: EmulatorClient) -> None:
    """All kinds, one kind, one type with its fields, page by page."""
    two_branches(client)
    every = {"gone": "base_only", "new": "compare_only", "page": "modified"}
    assert statuses(client) == statuses(client, f"{COMPARE}/content_types") == every
    assert statuses(client, f"{COMPARE}/global_fields") == {}
    first = client.get(COMPARE, **SIDES, limit=1)
    assert len(first["diff"]) == 1
    assert "skip=1&limit=1" in first["next_url"]
    found = client.get(f"{COMPARE}/content_types/page", **SIDES)["diff"]
    fields = {side: [row["uid"] for row in found[side]["differences"]] for side in SIDES}
    assert fields == {"base_branch": ["left"], "compare_branch": ["right"]}
    assert client.refused("GET", COMPARE, params={"base_branch": "main"})[1] == 904


MERGES = [
    ("merge_prefer_base", {"gone", "new"}, {"left", "right"}),
    ("merge_new_only", {"gone", "new"}, {"left"}),
    ("merge_modified_only_prefer_compare", {"gone"}, {"left", "right"}),
    ("overwrite_with_compare", {"new"}, {"right"}),
    ("ignore", {"gone"}, {"left"}),
]


@pytest.mark.parametrize(("strategy", "types", "fields"), MERGES)
def test_branches_are_merged(
    client: EmulatorClient, strategy: str, types: set[str], fields: set[str]
) -> None:
    """By each strategy; the base branch stays as it was in a branch of its own."""
    two_branches(client)
    params = {**SIDES, "default_merge_strategy": strategy, "merge_comment": "spring"}
    job = client.post("/stacks/branches_merge", {}, **params)
    assert job["merge_details"]["status"] == ("failed" if strategy == "ignore" else "complete")
    rows = client.get("/content_types")["content_types"]
    assert {row["uid"] for row in rows} - {"page", "same"} == types
    schema = next(row["schema"] for row in rows if row["uid"] == "page")
    assert {row["uid"] for row in schema} == {"title", *fields}
    assert [row["uid"] for row in client.get("/stacks/branches_queue")["queue"]] == [job["uid"]]
    assert len(client.stack.branches) == (2 if strategy == "ignore" else 3)


def test_a_merge_takes_a_strategy_for_each_item(client: EmulatorClient) -> None:
    two_branches(client)
    item = {"uid": "new", "type": "content_type", "merge_strategy": "merge_prefer_compare"}
    params = {**SIDES, "default_merge_strategy": "ignore", "no_revert": "true"}
    client.post("/stacks/branches_merge", {"item_merge_strategies": [item]}, **params)
    assert statuses(client) == {"gone": "base_only", "page": "modified"}
    assert len(client.stack.branches) == 2


def test_the_settings_of_a_branch_are_shown_when_asked_for(client: EmulatorClient) -> None:
    assert "settings" not in client.get("/stacks/branches/main")["branch"]
    assert client.get("/stacks/branches/main", include_settings="true")["branch"]["settings"] == {}
