"""Requests that the emulator once answered wrongly, each with the right answer and where it is said.

One row for each; what no page proves has a switch, and a test of its own beside its resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import EmulatorClient, field_of, open_client

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"
STAGE = {"color": "#aaaaaa", "SYS_ACL": {}, "entry_lock": "$none", "allStages": True, "allUsers": True}
ROLE = {"name": "Reader", "rules": [{"module": "branch", "branches": ["main"], "acl": {"read": True}}]}
BULK = {"environments": ["live"], "locales": ["en-us"]}
# What is sent: method, path, body; and the status and the field that the refusal names.
REFUSED: dict[str, tuple[str, str, Any, int, str]] = {
    "limit=0 (changelog, 2026-09-11)": ("GET", f"{PAGES}?limit=0", None, 141, "limit"),
    "a schedule without versions (page: Publish entries in bulk)": (
        "POST",
        "/bulk/publish",
        {
            **BULK,
            "entries": [{"uid": "{first}", "content_type": "page"}],
            "scheduled_at": "2031-01-01T00:00:00Z",
        },
        141,
        "version",
    ),
    "copy_to_master over a master (page: Create an entry with master locale)": (
        "POST",
        f"{PAGES}?copy_to_master=true",
        {"entry": {"uid": "{first}", "title": "Other"}},
        119,
        "uid",
    ),
    "a taxonomy publish of nothing (page: Publish a taxonomy)": (
        "POST",
        "/taxonomies/publish",
        {**BULK, "items": []},
        141,
        "items",
    ),
    "a move of a term with children (page: Move a term)": (
        "PUT",
        "/taxonomies/place/terms/top/move",
        {"term": {"parent_uid": None, "order": 2}},
        141,
        "force",
    ),
    "a workflow of one stage (limits: 2 to 20)": (
        "POST",
        "/workflows",
        {"workflow": {"name": "F", "content_types": ["page"], "workflow_stages": [{**STAGE, "name": "One"}]}},
        0,
        "workflow_stages",
    ),
    "a second permanent address (page: Update an asset)": (
        "PUT",
        "/assets/{asset}",
        {"asset": {"permanent_url": "https://images.invalid/v3/assets/{key}/{asset}/second"}},
        0,
        "permanent_url",
    ),
}


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[EmulatorClient, dict[str, str]]]:
    """An entry, an asset with a permanent address, and a taxonomy with two terms, for all rows."""
    with open_client() as client:
        client.locale("de-de")
        client.environment("live")
        client.content_type("page", field_of("text", "body"))
        uids = {"{first}": client.entry("page", {"title": "First"})["uid"], "{key}": client.stack.api_key}
        uids["{asset}"] = client.upload("a.png", b"bytes")["uid"]
        address = f"https://images.invalid/v3/assets/{uids['{key}']}/{uids['{asset}']}/first"
        client.put(f"/assets/{uids['{asset}']}", {"asset": {"permanent_url": address}})
        client.post("/taxonomies", {"taxonomy": {"uid": "place", "name": "Place"}})
        for uid, parent in (("top", None), ("below", "top")):
            client.post("/taxonomies/place/terms", {"term": {"uid": uid, "name": uid, "parent_uid": parent}})
        yield client, uids


def filled(value: Any, uids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(item, uids) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, uids) for item in value]
    for name, uid in uids.items():
        value = value.replace(name, uid) if isinstance(value, str) else value
    return value


@pytest.mark.parametrize("row", REFUSED)
def test_what_must_be_refused(stack: tuple[EmulatorClient, dict[str, str]], row: str) -> None:
    client, uids = stack
    method, path, body, code, field = REFUSED[row]
    status, found, errors = client.refused(method, filled(path, uids), json=filled(body, uids))
    assert status == 422
    assert code in (0, found)
    assert field in " ".join(errors)


def test_flags_of_a_bulk_call_may_be_headers(stack: tuple[EmulatorClient, dict[str, str]]) -> None:
    """As the vendor's JavaScript SDK sends them; the .NET SDK sends them in the query."""
    client, uids = stack
    body = {**BULK, "entries": [{"uid": uids["{first}"], "content_type": "page", "version": 1}]}
    flags = {"skip_workflow_stage_check": "true", "approvals": "true"}
    assert client.ok("POST", "/bulk/publish", json=body, headers=flags)
    assert client.ok("POST", "/bulk/publish", json=body, params=flags)


def test_terms_tell_their_order_when_asked_and_stages_nothing_that_was_not_sent(
    stack: tuple[EmulatorClient, dict[str, str]],
) -> None:
    client, _ = stack
    path = "/taxonomies/place/terms"
    assert "order" not in client.get(path)["terms"][0]
    assert client.get(path, include_order="true")["terms"][0]["order"] == 1
    stages = [{**STAGE, "name": name} for name in ("One", "Two")]
    body = {"workflow": {"name": "Flow", "content_types": ["page"], "workflow_stages": stages}}
    made = client.post("/workflows", body)["workflow"]["workflow_stages"]
    assert [one.get("next_available_stages", []) for one in made] == [[], []]
    assert not {"allStages", "allUsers"} & made[0].keys()


def test_a_name_with_quotes_is_whole_and_may_lose_forbidden_characters(
    stack: tuple[EmulatorClient, dict[str, str]],
) -> None:
    """RFC 2616 quoting, as clients send it; the limits of assets name the characters."""
    client, _ = stack
    body = (
        b'--x\r\nContent-Disposition: form-data; name="asset[upload]"; filename="a\\"b\\"c:d.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nbytes\r\n--x--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for switches, name in ((Switches(), "a_b_c_d.txt"), (Switches(file_names="kept"), 'a"b"c:d.txt')):
        client.emulator.switches = switches
        made = client.ok("POST", "/assets", content=body, headers=headers)["asset"]
        assert made["filename"] == name


def test_unlocalizing_a_taxonomy_leaves_it_there(stack: tuple[EmulatorClient, dict[str, str]]) -> None:
    client, _ = stack
    client.post("/taxonomies/place", {"taxonomy": {"name": "Ort"}}, locale="de-de")
    client.ok("DELETE", "/taxonomies/place", params={"locale": "de-de"})
    assert client.get("/taxonomies/place")["taxonomy"]["name"] == "Place"
    assert client.get("/metadata")["metadata"] == []


def test_a_role_shows_the_stack_with_its_secrets(stack: tuple[EmulatorClient, dict[str, str]]) -> None:
    """As the samples of the page do: canaries for whoever writes roles to disk."""
    client, _ = stack
    role = client.post("/roles", {"role": ROLE})["role"]
    assert {"master_key", "discrete_variables"} <= client.get(f"/roles/{role['uid']}")["role"]["stack"].keys()
