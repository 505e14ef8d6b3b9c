"""The vendor's own Python client, unchanged, on an emulated stack: what its tests share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from stackferry.emulators.contentstack import Branch, Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

management = pytest.importorskip(
    "contentstack_management", reason="the vendor's client is not installed: pip install 'stackferry[test]'"
)

API_KEY, TOKEN = "blt_invented_stack", "cs-invented-token"
LIVE, DRAFTS = "blt0000000000000001", "blt0000000000000002"
STAGES = ("blt00000000000000a1", "blt00000000000000a2")
PICTURE, GROUP, SUMMER = "blt00000000000000b1", "cs00000000000000c0", "cs00000000000000c1"
Row = dict[str, Any]


class VendorClient(NamedTuple):
    """The vendor's client on an emulated stack."""

    stack: Any
    branch: Branch
    emulator: Emulator


def text_field(uid: str, **more: Any) -> Row:
    return {"uid": uid, "display_name": uid, "data_type": "text", "mandatory": uid == "title", **more}


@contextmanager
def open_vendor_client() -> Iterator[VendorClient]:
    """An emulator on a socket with one small stack, and the client pointed at it by its own arguments."""
    emulator = Emulator()
    stack = emulator.add_stack(api_key=API_KEY, management_token=TOKEN)
    branch = stack.main
    near: Row = {"uid": "near", "display_name": "near", "data_type": "reference", "reference_to": ["page"]}
    branch.put_locale({"uid": "bltfr", "code": "fr-fr", "name": "French", "fallback_locale": "en-us"})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": []})
    stack.put("environments", {"uid": DRAFTS, "name": "drafts", "urls": []})
    branch.put_content_type(
        {"uid": "page", "title": "Page", "schema": [text_field("title"), text_field("body"), near]}
    )
    branch.put_asset({"uid": PICTURE, "title": "Picture", "filename": "p.txt", "_version": 1}, b"picture")
    stages: list[Any] = [
        {"uid": uid, "name": name, "next_available_stages": ["$all"]}
        for uid, name in zip(STAGES, ("Draft", "Done"), strict=True)
    ]
    stack.put(
        "workflows",
        {
            "uid": "bltflow",
            "name": "Flow",
            "enabled": True,
            "content_types": ["page"],
            "branches": ["main"],
            "workflow_stages": stages,
        },
    )
    branch.put(
        "variant_groups",
        {
            "uid": GROUP,
            "name": "Seasons",
            "content_types": ["page"],
            "variants": [{"uid": SUMMER, "name": "Summer"}],
        },
    )
    with serve(emulator) as origin:
        client = management.Client(
            host=origin.removeprefix("http://"), scheme="http://", management_token=TOKEN, timeout=20
        )
        yield VendorClient(client.stack(API_KEY), branch, emulator)


def json_of(answer: Any, status: int = 200) -> Row:
    """The object in an answer of the expected status."""
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def entries(vendor: VendorClient, uid: str | None = None) -> Any:
    return vendor.stack.content_types("page").entry(uid)


def made(vendor: VendorClient, title: str, **fields: Any) -> str:
    found = json_of(entries(vendor).create({"entry": {"title": title, **fields}}), 201)["entry"]
    assert found["title"] == title
    return str(found["uid"])


def ref(uid: str) -> list[Row]:
    return [{"uid": uid, "_content_type_uid": "page"}]


def shown(vendor: VendorClient, uid: str, **params: Any) -> Row:
    call = entries(vendor, uid)
    call.add_param_dict(params)
    found: Row = json_of(call.fetch())["entry"]
    return found


def live(vendor: VendorClient, uid: str) -> set[tuple[str, str, int]]:
    details = shown(vendor, uid, include_publish_details="true")["publish_details"]
    return {(row["environment"], row["locale"], row["version"]) for row in details}


def item(uid: str, version: int = 1, kind: str = "page", **more: Any) -> Row:
    named = {"uid": uid, "version": version, "content_type_uid": kind}
    return {**named, "locale": "en-us", "action": "publish", **more}


def release(vendor: VendorClient, uid: str | None = None) -> Any:
    return vendor.stack.releases(uid, {"release_version": "2.0"})


def made_release(vendor: VendorClient, name: str = "Spring") -> str:
    body = {"release": {"name": name, "description": "flowers", "locked": False}}
    return str(json_of(release(vendor).create(body), 201)["release"]["uid"])


def held(vendor: VendorClient, uid: str) -> list[tuple[str, int]]:
    items = json_of(release(vendor, uid).item().find())["items"]
    return [(row["uid"], row["version"]) for row in items]
