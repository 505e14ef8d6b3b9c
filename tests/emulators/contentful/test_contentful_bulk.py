"""Bulk actions on entries and assets, and bulk operations on entries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from space_client import Refusal, field_of, link, open_space, symbol

from stackferry.emulators.contentful import Limits, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


def filled(space: SpaceClient) -> None:
    space.content_type("page", symbol(required=True), field_of("Link", "near", linkType="Entry"))
    for uid in ("a", "b", "c"):
        space.entry("page", uid, title=uid)
    space.asset("mast", b"bytes")


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        filled(opened)
        yield opened


def versioned(kind: str, uid: str, version: int | None) -> dict[str, Any]:
    sys = {"type": "Link", "linkType": kind, "id": uid}
    return {"sys": {**sys, **({"version": version} if version is not None else {})}}


def body(*items: dict[str, Any]) -> dict[str, Any]:
    return {"entities": {"sys": {"type": "Array"}, "items": [*items]}}


def ended(space: SpaceClient, action: Any) -> Any:
    for _ in range(20):
        found = space.get(f"/bulk_actions/actions/{action['sys']['id']}")
        if found["sys"]["status"] in ("succeeded", "failed"):
            return found
    raise AssertionError("it never ends")


def test_entries_and_assets_are_published_together(space: SpaceClient) -> None:
    action = space.ok(
        "POST", "/bulk_actions/publish", body(versioned("Entry", "a", 1), versioned("Asset", "mast", 2))
    )
    assert (action["sys"]["type"], action["sys"]["status"], action["action"]) == (
        "BulkAction",
        "created",
        "publish",
    )
    assert action["payload"]["entities"]["items"][0]["sys"]["id"] == "a"
    assert ended(space, action)["sys"]["status"] == "succeeded"
    assert space.ids("/public/entries") == ["a"]
    assert space.ids("/public/assets") == ["mast"]


def test_entities_of_one_action_may_link_to_each_other() -> None:
    with open_space(Switches(link_check="published")) as space:
        filled(space)
        space.edit("a", title="a", near=link("Entry", "b"))
        space.edit("b", title="b", near=link("Entry", "a"))
        action = space.ok(
            "POST", "/bulk_actions/publish", body(versioned("Entry", "a", 2), versioned("Entry", "b", 2))
        )
        assert ended(space, action)["sys"]["status"] == "succeeded"


@pytest.mark.parametrize("atomic", [False, True])
def test_an_action_fails_as_a_whole_or_in_part(atomic: bool) -> None:
    with open_space(Switches(bulk_atomic=atomic)) as space:
        filled(space)
        space.edit("b")  # what is required is gone
        items = [
            versioned("Entry", "a", 1),
            versioned("Entry", "b", 2),
            versioned("Entry", "c", 7),
            versioned("Entry", "x", 1),
        ]
        action = ended(space, space.ok("POST", "/bulk_actions/publish", body(*items)))
        assert action["sys"]["status"] == "failed"
        assert action["error"]["sys"]["id"] == "BulkActionFailed"
        errors = {
            row["entity"]["sys"]["id"]: row["error"]["sys"]["id"]
            for row in action["error"]["details"]["errors"]
        }
        assert errors == {"b": "InvalidEntry", "c": "VersionMismatch", "x": "NotFound"}
        assert space.ids("/public/entries") == ([] if atomic else ["a"])


@pytest.mark.parametrize(("needed", "status"), [(True, 422), (False, 201)])
def test_versions_of_items(needed: bool, status: int) -> None:
    with open_space(Switches(bulk_versions=needed)) as space:
        filled(space)
        answer = space.send("POST", "/bulk_actions/publish", body(versioned("Entry", "a", None)))
        assert answer.status_code == status
        if needed:
            row = answer.json()["details"]["errors"][0]
            assert row["details"] == '"entities.items[0].sys.version" is required'
            assert (row["name"], row["path"]) == ("any.required", ["entities", "items", 0, "sys", "version"])


@pytest.mark.parametrize("status", [200, 201])
def test_the_status_of_the_answer(status: Any) -> None:
    with open_space(Switches(bulk_status=status)) as space:
        filled(space)
        assert (
            space.send("POST", "/bulk_actions/validate", body(versioned("Entry", "a", None))).status_code
            == status
        )


def test_unpublish_and_validate_need_no_version(space: SpaceClient) -> None:
    space.publish("/entries/a")
    action = space.ok("POST", "/bulk_actions/unpublish", body(versioned("Entry", "a", None)))
    assert ended(space, action)["sys"]["status"] == "succeeded"
    assert space.ids("/public/entries") == []
    space.edit("b")
    checked = ended(
        space, space.ok("POST", "/bulk_actions/validate", body(link("Entry", "a"), link("Entry", "b")))
    )
    assert (checked["sys"]["status"], len(checked["error"]["details"]["errors"])) == ("failed", 1)
    assert space.ids("/public/entries") == []
    again = ended(space, space.ok("POST", "/bulk_actions/unpublish", body(link("Entry", "a"))))
    assert again["sys"]["status"] == "failed"


def test_an_action_takes_200_items(space: SpaceClient) -> None:
    many = [link("Entry", f"e{number}") for number in range(201)]
    assert space.refused("POST", "/bulk_actions/validate", body(*many)).names == ["array.max"]
    assert space.refused("POST", "/bulk_actions/validate", body()).status == 422
    space.ok("POST", "/bulk_actions/validate", body(*many[:200]))
    assert space.refused("POST", "/bulk_actions/publish", body(versioned("Tag", "x", 1))).status == 422


def test_a_sixth_action_is_refused_with_a_429_that_is_no_throttling() -> None:
    with open_space(Switches(job_requests=9), Limits(second=100)) as space:
        filled(space)
        for _ in range(5):
            space.ok("POST", "/bulk_actions/validate", body(link("Entry", "a")))
        answer = space.send("POST", "/bulk_actions/validate", body(link("Entry", "a")))
        assert (answer.status_code, answer.json()["sys"]["id"]) == (429, "BadRequest")
        assert "x-contentful-ratelimit-reset" not in answer.headers


def test_an_action_is_created_then_in_progress_then_done() -> None:
    with open_space(Switches(job_requests=2)) as space:
        filled(space)
        action = space.ok("POST", "/bulk_actions/validate", body(link("Entry", "a")))
        path = f"/bulk_actions/actions/{action['sys']['id']}"
        assert [space.get(path)["sys"]["status"] for _ in range(3)] == ["created", "inProgress", "succeeded"]
    with open_space() as space:
        missing = space.refused("GET", "/bulk_actions/actions/fakeId")
        assert missing == Refusal(
            404, "NotFound", "The resource could not be found.", {"type": "BulkAction", "id": "fakeId"}
        )


def test_the_second_generation_names_locales(space: SpaceClient) -> None:
    space.locale("de")
    items = [{"entity": versioned("Entry", "a", 1), "add": {"fields": {"*": ["en-US"]}}}]
    action = space.ok("POST", "/bulk_actions", {"action": "publish", "entities": items})
    assert space.get(f"/bulk_actions/{action['sys']['id']}")["sys"]["status"] == "succeeded"
    assert space.get("/entries/a")["sys"]["fieldStatus"]["*"] == {"en-US": "published", "de": "draft"}
    items = [{"entity": versioned("Entry", "a", 2), "remove": {"fields": {"*": ["en-US"]}}}]
    ended(space, space.ok("POST", "/bulk_actions", {"action": "publish", "entities": items}))
    assert space.ids("/public/entries") == []
    assert space.refused("POST", "/bulk_actions", {"action": "delete", "entities": items}).status == 422


# Bulk operations


def operate(space: SpaceClient, action: str, rows: Any) -> Any:
    upload = space.upload(json.dumps(rows).encode())
    made = space.ok(
        "POST", f"/bulk_operations/entries/{action}", {"upload": {"sys": {"type": "Upload", "id": upload}}}
    )
    assert made["sys"]["status"] == "in_progress"
    return space.get(f"/bulk_operations/{made['sys']['id']}")


def row(uid: str | None, title: Any, version: int | None = None) -> dict[str, Any]:
    sys = {"id": uid, "version": version, "contentType": link("ContentType", "page")}
    return {
        "sys": {name: value for name, value in sys.items() if value},
        "fields": {"title": {"en-US": title}},
    }


@pytest.fixture
def operating() -> Iterator[SpaceClient]:
    with open_space(Switches(bulk_operations=True)) as opened:
        filled(opened)
        yield opened


def test_operations_that_are_not_enabled_answer_403(space: SpaceClient) -> None:
    upload = {"upload": {"sys": {"type": "Upload", "id": space.upload(b"[]")}}}
    assert space.refused("POST", "/bulk_operations/entries/create", upload).status == 403
    assert space.refused("GET", "/bulk_operations/x").status == 403


def test_entries_are_created_and_each_outcome_is_told(operating: SpaceClient) -> None:
    done = operate(
        operating, "create", [row("new", "New"), row("a", "Taken"), row(None, "Any"), row("bad", 5)]
    )
    assert done["sys"]["status"] == "completed"
    assert [one["status"] for one in done["result"]["items"]] == [
        "succeeded",
        "failed",
        "succeeded",
        "failed",
    ]
    assert done["result"]["items"][0]["entity"]["sys"] == {**link("Entry", "new")["sys"], "version": 1}
    assert done["result"]["items"][1]["error"]["sys"]["id"] == "EntryExistsError"
    assert operating.get("/entries/a")["fields"]["title"]["en-US"] == "a"
    assert operating.get("/entries/new")["sys"]["contentType"] == link("ContentType", "page")
    assert operating.get("/entries")["total"] == 5


def test_entries_are_updated_whole_with_their_versions(operating: SpaceClient) -> None:
    done = operate(
        operating,
        "update",
        [row("a", "Changed", 1), row("b", "Stale", 9), row("c", "Without"), row("x", "Gone", 1)],
    )
    found = [
        (one["status"], one.get("error", {}).get("sys", {}).get("id")) for one in done["result"]["items"]
    ]
    assert found == [
        ("succeeded", None),
        ("failed", "VersionMismatch"),
        ("failed", "VersionMismatch"),
        ("failed", "NotFound"),
    ]
    assert operating.get("/entries/a")["sys"]["version"] == 2


def test_one_operation_runs_at_a_time() -> None:
    with open_space(Switches(bulk_operations=True, job_requests=5)) as space:
        filled(space)
        upload = {"upload": {"sys": {"type": "Upload", "id": space.upload(b"[]")}}}
        space.ok("POST", "/bulk_operations/entries/create", upload)
        refusal = space.refused("POST", "/bulk_operations/entries/update", upload)
        assert (refusal.status, refusal.id) == (409, "Conflict")


def test_an_upload_that_is_no_list_of_entries_is_refused() -> None:
    with open_space(Switches(bulk_operations=True), Limits(operation_entries=2)) as space:
        filled(space)
        for content, status in (
            (b"{}", 422),
            (b"[1]", 422),
            (b"[", 422),
            (json.dumps([row("x", "x")] * 3).encode(), 422),
        ):
            upload = {"upload": {"sys": {"type": "Upload", "id": space.upload(content)}}}
            assert space.refused("POST", "/bulk_operations/entries/create", upload).status == status
        nothing = {"upload": {"sys": {"type": "Upload", "id": "nothing"}}}
        assert space.refused("POST", "/bulk_operations/entries/create", nothing).status == 404
