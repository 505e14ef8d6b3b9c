"""Content types, global fields, branches, and the plain records of a stack."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, field_of, open_client, reference, title

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"


def schema_refusal(
    client: EmulatorClient, *fields: Any, uid: str = "page", name: str = "Page"
) -> dict[str, list[str]]:
    body = {"content_type": {"uid": uid, "title": name, "schema": list(fields)}}
    status, code, errors = client.refused("POST", "/content_types", json=body)
    assert (status, code) == (422, 115)
    return errors


def test_a_content_type_is_created_changed_and_deleted(client: EmulatorClient) -> None:
    """Its version counts up, its entries go with it, its export is the bare object."""
    client.content_type("page", field_of("text", "a"))
    assert client.get("/content_types/page")["content_type"]["_version"] == 1
    client.entry("page", {"title": "A", "a": "x"})
    schema = [title(), field_of("number", "b")]
    body = {"content_type": {"title": "Renamed", "schema": schema, "description": "D"}}
    changed = client.put("/content_types/page", body)["content_type"]
    assert (changed["uid"], changed["title"], changed["_version"]) == ("page", "Renamed", 2)
    assert client.get("/content_types/page/export")["schema"] == schema
    assert client.get("/content_types", include_count="true")["count"] == 1
    client.ok("DELETE", "/content_types/page")
    assert client.refused("GET", "/content_types/page")[:2] == (422, 118)
    client.content_type("page")
    assert client.get(PAGES)["entries"] == []


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


@pytest.mark.parametrize(("schema", "errors"), WRONG_SCHEMAS)
def test_a_wrong_schema_is_refused_by_path(
    client: EmulatorClient, schema: list[Any], errors: dict[str, list[str]]
) -> None:
    """422 with code 115; nothing is created."""
    assert schema_refusal(client, *schema) == errors
    assert client.get("/content_types", count="true") == {"content_types": 0}


def test_names_of_content_types_are_unique(client: EmulatorClient) -> None:
    """uid and title both; a title may not be taken by an update either."""
    client.content_type("page")
    taken = {"uid": ["is not unique."], "title": ["is not unique."]}
    assert schema_refusal(client, title(), name="page") == taken
    assert schema_refusal(client, title(), uid="", name="")["uid"] == ["is a required field."]
    client.content_type("other")
    rename = {"content_type": {"title": "page", "schema": [title()]}}
    assert client.refused("PUT", "/content_types/other", json=rename)[:2] == (422, 115)


def test_references_between_content_types_are_checked(client: EmulatorClient) -> None:
    """A type may refer to itself; one in use is deleted by force only; the check is a switch."""
    client.content_type("page", reference("self", "page"))
    client.content_type("post", reference("pages", "page"))
    assert client.get("/content_types/page/references")["references"] == ["post"]
    assert client.refused("DELETE", "/content_types/page")[0] == 422
    client.ok("DELETE", "/content_types/page?force=true")
    with open_client(Switches(check_schema_references=False)) as lenient:
        lenient.content_type("page", reference("later", "not_yet"))


def test_global_fields_are_stored_by_name_and_expanded_on_request(client: EmulatorClient) -> None:
    """A content type stores the name; include_global_field_schema writes the fields out, as they are now."""
    inner = [field_of("text", "t", mandatory=True)]
    body = {"global_field": {"uid": "seo", "title": "SEO", "schema": inner}}
    assert client.post("/global_fields", body)["notice"] == "Global Field created successfully."
    sent = field_of("global_field", "meta", reference_to="seo", schema=[field_of("number", "stale")])
    block = {"uid": "b", "title": "B", "reference_to": "seo"}
    client.content_type("page", sent, field_of("blocks", "m", multiple=True, blocks=[block]))
    plain = client.get("/content_types/page")["content_type"]["schema"]
    assert "schema" not in plain[1]
    whole = client.get("/content_types/page", include_global_field_schema="true")["content_type"]["schema"]
    assert whole[1]["schema"] == inner
    assert whole[2]["blocks"][0]["schema"] == inner
    bad = {"entry": {"title": "A", "meta": {}, "m": [{"b": {"t": 1}}]}}
    assert client.refused("POST", PAGES, json=bad)[2] == {
        "meta.t": ["is a required field."],
        "m.0.b.t": ["is not a string."],
    }
    assert client.refused("DELETE", "/global_fields/seo")[0] == 422
    changed = client.put(
        "/global_fields/seo", {"global_field": {"title": "SEO", "schema": [field_of("number", "n")]}}
    )
    assert changed["global_field"]["_version"] == 2
    assert client.get("/global_fields", include_count="true")["count"] == 1


def test_the_stack_and_its_user(client: EmulatorClient) -> None:
    """Name, key and master language; the user behind an authtoken."""
    assert client.get("/stacks")["stack"]["master_locale"] == "en-us"
    assert client.get("/user")["user"]["uid"] == client.stack.user


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
    client: EmulatorClient, path: str, name: str, content: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """Created with a uid, listed, found, changed, refused when wrong or named twice, deleted."""
    made = client.post(path, {name: content})[name]
    assert {key: made[key] for key in content} == content
    assert client.get(path, include_count="true")["count"] == 1
    assert client.refused("POST", path, json={name: content})[0] == 422
    assert (
        client.refused("POST", path, json={name: {**content, "name": "n", "title": "t", **wrong}})[0] == 422
    )
    changed = client.put(f"{path}/{made['uid']}", {name: {"description": "new"}})[name]
    assert (changed["uid"], changed["description"]) == (made["uid"], "new")
    assert client.get(f"{path}/{made['uid']}")[name] == changed
    client.ok("DELETE", f"{path}/{made['uid']}")
    assert client.refused("GET", f"{path}/{made['uid']}")[:2] == (422, 141)


def test_environments_are_found_by_name(client: EmulatorClient) -> None:
    """As the vendor's CLI does; their URLs name known languages."""
    uid = client.environment("live")
    assert client.get("/environments/live")["environment"]["uid"] == uid
    bad = {"environment": {"name": "x", "urls": [{"locale": "xx", "url": "/"}]}}
    assert client.refused("POST", "/environments", json=bad)[:2] == (422, 247)
