"""Content types, global fields, branches, and the plain records of a stack."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_desk import Desk, field_of, open_desk, reference, title

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"


def schema_refusal(desk: Desk, *fields: Any, uid: str = "page", name: str = "Page") -> dict[str, list[str]]:
    body = {"content_type": {"uid": uid, "title": name, "schema": list(fields)}}
    status, code, errors = desk.refused("POST", "/content_types", json=body)
    assert (status, code) == (422, 115)
    return errors


def test_a_content_type_is_created_changed_and_deleted(desk: Desk) -> None:
    """Its version counts up, its entries go with it, its export is the bare object."""
    desk.content_type("page", field_of("text", "a"))
    assert desk.get("/content_types/page")["content_type"]["_version"] == 1
    desk.entry("page", {"title": "A", "a": "x"})
    schema = [title(), field_of("number", "b")]
    body = {"content_type": {"title": "Renamed", "schema": schema, "description": "D"}}
    changed = desk.put("/content_types/page", body)["content_type"]
    assert (changed["uid"], changed["title"], changed["_version"]) == ("page", "Renamed", 2)
    assert desk.get("/content_types/page/export")["schema"] == schema
    assert desk.get("/content_types", include_count="true")["count"] == 1
    desk.ok("DELETE", "/content_types/page")
    assert desk.refused("GET", "/content_types/page")[:2] == (422, 118)
    desk.content_type("page")
    assert desk.get(PAGES)["entries"] == []


WRONG_SCHEMAS: list[tuple[list[Any], dict[str, list[str]]]] = [
    ([], {"schema": ["is a required field."]}),
    ([field_of("text", "a")], {"schema": ["must hold a title field of type text."]}),
    ([title(), field_of("text", "a-b")], {"schema[1].uid": ["is not valid."]}),
    (
        [title(), title()],
        {"schema[1].uid": ["is not unique."], "schema": ["must hold a title field of type text."]},
    ),
    ([title(), field_of("colour", "a")], {"schema[1].data_type": ["is not valid."]}),
    ([title(), {"uid": "a", "data_type": "text"}], {"schema[1].display_name": ["is a required field."]}),
    ([title(), reference("a", "nope")], {"schema[1].reference_to": ["'nope' does not exist."]}),
    (
        [title(), field_of("global_field", "a", reference_to="nope")],
        {"schema[1].reference_to": ["'nope' does not exist."]},
    ),
    (
        [title(), field_of("text", "a", extension_uid="bltnope")],
        {"schema[1].extension_uid": ["'bltnope' does not exist."]},
    ),
    (
        [title(), field_of("taxonomy", "a", taxonomies=[{"taxonomy_uid": "nope"}])],
        {"schema[1].reference_to": ["'nope' does not exist."]},
    ),
    (
        [title(), field_of("group", "a", schema=[reference("b", "nope")])],
        {"schema[1].schema[0].reference_to": ["'nope' does not exist."]},
    ),
    (
        [title(), field_of("blocks", "a", blocks=[{"uid": "b c", "schema": []}])],
        {"schema[1].blocks[0].uid": ["is not valid."]},
    ),
]


@pytest.mark.parametrize(("schema", "complaints"), WRONG_SCHEMAS)
def test_a_wrong_schema_is_refused_by_path(
    desk: Desk, schema: list[Any], complaints: dict[str, list[str]]
) -> None:
    """422 with code 115; nothing is created."""
    assert schema_refusal(desk, *schema) == complaints
    assert desk.get("/content_types", count="true") == {"content_types": 0}


def test_names_of_content_types_are_unique(desk: Desk) -> None:
    """uid and title both; a title may not be taken by an update either."""
    desk.content_type("page")
    taken = {"uid": ["is not unique."], "title": ["is not unique."]}
    assert schema_refusal(desk, title(), name="page") == taken
    assert schema_refusal(desk, title(), uid="", name="")["uid"] == ["is a required field."]
    desk.content_type("other")
    rename = {"content_type": {"title": "page", "schema": [title()]}}
    assert desk.refused("PUT", "/content_types/other", json=rename)[:2] == (422, 115)


def test_references_between_content_types_are_checked(desk: Desk) -> None:
    """A type may refer to itself; one in use is deleted by force only; the check is a switch."""
    desk.content_type("page", reference("self", "page"))
    desk.content_type("post", reference("pages", "page"))
    assert desk.get("/content_types/page/references")["references"] == ["post"]
    assert desk.refused("DELETE", "/content_types/page")[0] == 422
    desk.ok("DELETE", "/content_types/page?force=true")
    with open_desk(Switches(check_schema_references=False)) as lenient:
        lenient.content_type("page", reference("later", "not_yet"))


def test_global_fields_are_names_or_written_out(desk: Desk) -> None:
    """A content type stores the name; include_global_field_schema writes the fields out, as they are now."""
    inner = [field_of("text", "t", mandatory=True)]
    body = {"global_field": {"uid": "seo", "title": "SEO", "schema": inner}}
    assert desk.post("/global_fields", body)["notice"] == "Global Field created successfully."
    sent = field_of("global_field", "meta", reference_to="seo", schema=[field_of("number", "stale")])
    block = {"uid": "b", "title": "B", "reference_to": "seo"}
    desk.content_type("page", sent, field_of("blocks", "m", multiple=True, blocks=[block]))
    plain = desk.get("/content_types/page")["content_type"]["schema"]
    assert "schema" not in plain[1]
    whole = desk.get("/content_types/page", include_global_field_schema="true")["content_type"]["schema"]
    assert whole[1]["schema"] == inner
    assert whole[2]["blocks"][0]["schema"] == inner
    bad = {"entry": {"title": "A", "meta": {}, "m": [{"b": {"t": 1}}]}}
    assert desk.refused("POST", PAGES, json=bad)[2] == {
        "meta.t": ["is a required field."],
        "m.0.b.t": ["is not a string."],
    }
    assert desk.refused("DELETE", "/global_fields/seo")[0] == 422
    changed = desk.put(
        "/global_fields/seo", {"global_field": {"title": "SEO", "schema": [field_of("number", "n")]}}
    )
    assert changed["global_field"]["_version"] == 2
    assert desk.get("/global_fields", include_count="true")["count"] == 1


def test_a_branch_starts_as_a_copy_and_goes_its_own_way(desk: Desk) -> None:
    """The same uids, versions and publish details; later changes stay apart in both directions."""
    desk.environment("live")
    desk.content_type("page", field_of("file", "f"))
    asset = desk.upload("a.png", b"x")["uid"]
    uid = desk.entry("page", {"title": "A", "f": asset})["uid"]
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "B"}})
    desk.post(f"{PAGES}/{uid}/publish", {"entry": {"environments": ["live"]}})
    release = desk.post("/releases", {"release": {"name": "R"}})["release"]["uid"]
    answer = desk.http.post("/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}})
    assert (answer.status_code, answer.json()["branch"]["source"]) == (201, "main")
    dev = {"headers": {"branch": "dev"}}
    copied = desk.ok("GET", f"{PAGES}/{uid}?include_publish_details=true&include_branch=true", **dev)["entry"]
    assert (copied["title"], copied["_version"], copied["_branch"]) == ("B", 2, "dev")
    assert len(copied["publish_details"]) == 1
    assert desk.ok("GET", f"{PAGES}/{uid}?version=1", **dev)["entry"]["title"] == "A"
    assert desk.ok("GET", f"/releases/{release}", **dev)["release"]["name"] == "R"
    desk.ok("PUT", f"{PAGES}/{uid}", json={"entry": {"title": "dev"}}, **dev)
    desk.ok("DELETE", f"/assets/{asset}", **dev)
    body = {"entry": {"environments": ["live"]}}
    desk.ok("POST", f"{PAGES}/{uid}/unpublish", json=body, **dev)
    main = desk.get(f"{PAGES}/{uid}", include_publish_details="true")["entry"]
    assert (main["title"], main["f"]["uid"], len(main["publish_details"])) == ("B", asset, 1)
    desk.put("/content_types/page", {"content_type": {"title": "Main", "schema": [title()]}})
    assert desk.ok("GET", "/content_types/page", **dev)["content_type"]["title"] == "page"


def test_branches_and_aliases_are_named_rightly(desk: Desk) -> None:
    """Unknown branches, bad uids and sources are refused; an alias works in the header; main stays."""
    desk.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    for branch in (
        {"uid": "dev"},
        {"uid": "UPPER"},
        {"uid": "much_too_long_a_name"},
        {"uid": "x", "source": "nope"},
    ):
        assert desk.refused("POST", "/stacks/branches", json={"branch": branch})[0] == 422
    assert desk.refused("GET", "/locales", headers={"branch": "nope"})[:2] == (422, 901)
    desk.put("/stacks/branch_aliases/release", {"branch_alias": {"target_branch": "dev"}})
    desk.ok("POST", "/locales", json={"locale": {"code": "fr", "name": "F"}}, headers={"branch": "release"})
    assert desk.get("/locales", count="true") == {"locales": 1}
    assert desk.ok("GET", "/locales?count=true", headers={"branch": "dev"}) == {"locales": 2}
    assert desk.get("/stacks/branches/dev")["branch"]["alias"] == [{"uid": "release"}]
    assert desk.get("/stacks/branch_aliases/release")["branch_alias"]["uid"] == "dev"
    assert len(desk.get("/stacks/branch_aliases")["branch_aliases"]) == 1
    taken = {"branch_alias": {"target_branch": "main"}}
    assert desk.refused("PUT", "/stacks/branch_aliases/dev", json=taken)[0] == 422
    assert desk.refused("DELETE", "/stacks/branches/dev")[0] == 422
    assert desk.refused("DELETE", "/stacks/branches/main?force=true")[0] == 422
    desk.ok("DELETE", "/stacks/branches/dev?force=true")
    assert [one["uid"] for one in desk.get("/stacks/branches")["branches"]] == ["main"]
    assert desk.refused("GET", "/stacks/branch_aliases/release")[0] == 422


def test_the_stack_tells_who_it_is(desk: Desk) -> None:
    """Name, key and master language; settings; the user behind an authtoken."""
    assert desk.get("/stacks")["stack"]["master_locale"] == "en-us"
    assert "stack_variables" in desk.get("/stacks/settings")["stack_settings"]
    assert desk.get("/user")["user"]["uid"] == desk.stack.user


RECORDS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "/environments",
        "environment",
        {"name": "live", "urls": [{"locale": "en-us", "url": "/"}]},
        {"name": ""},
    ),
    (
        "/extensions",
        "extension",
        {"title": "E", "type": "field", "data_type": "text", "srcdoc": "x"},
        {"type": "x"},
    ),
    ("/labels", "label", {"name": "L", "parent": [], "content_types": []}, {"content_types": ["nope"]}),
    ("/webhooks", "webhook", {"name": "W", "channels": ["assets"], "destinations": [{}]}, {"channels": []}),
    ("/roles", "role", {"name": "R", "description": "", "rules": []}, {"rules": "all"}),
    ("/stacks/delivery_tokens", "token", {"name": "D"}, {"name": ""}),
    ("/stacks/management_tokens", "token", {"name": "M"}, {"name": ""}),
    ("/variant_groups", "variant_group", {"name": "V"}, {"name": ""}),
]


@pytest.mark.parametrize(("path", "name", "content", "wrong"), RECORDS)
def test_plain_records_are_kept(
    desk: Desk, path: str, name: str, content: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """Created with a uid, listed, found, changed, refused when wrong or named twice, deleted."""
    made = desk.post(path, {name: content})[name]
    assert {key: made[key] for key in content} == content
    assert desk.get(path, include_count="true")["count"] == 1
    assert desk.refused("POST", path, json={name: content})[0] == 422
    assert desk.refused("POST", path, json={name: {**content, "name": "n", "title": "t", **wrong}})[0] == 422
    changed = desk.put(f"{path}/{made['uid']}", {name: {"description": "new"}})[name]
    assert (changed["uid"], changed["description"]) == (made["uid"], "new")
    assert desk.get(f"{path}/{made['uid']}")[name] == changed
    desk.ok("DELETE", f"{path}/{made['uid']}")
    assert desk.refused("GET", f"{path}/{made['uid']}")[:2] == (422, 141)


def test_environments_are_found_by_name(desk: Desk) -> None:
    """The vendor's CLI asks for them so; their URLs name known languages."""
    uid = desk.environment("live")
    assert desk.get("/environments/live")["environment"]["uid"] == uid
    bad = {"environment": {"name": "x", "urls": [{"locale": "xx", "url": "/"}]}}
    assert desk.refused("POST", "/environments", json=bad)[:2] == (422, 247)
