"""Assets: upload, versions, folders, download URLs, who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from emulator_desk import KEY, Desk, document, field_of, open_desk, rte

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name", ["plain.png", "ä b.png", "50% [x]#?.png", 'q"uote.png', "日本語.txt", "a&b=c.png"]
)
def test_an_upload_comes_back_to_the_byte(desk: Desk, name: str) -> None:
    """Any file name and any bytes; the URL answers without a credential and is encoded rightly."""
    content = bytes(range(256)) + b"\r\n--\r\n"
    asset = desk.upload(name, content, title="T", description="D", tags="x,y")
    assert (asset["filename"], asset["title"], asset["description"]) == (name, "T", "D")
    assert (asset["tags"], asset["file_size"], asset["_version"]) == (["x", "y"], str(len(content)), 1)
    assert (asset["content_type"], asset["is_dir"], asset["parent_uid"]) == ("image/png", False, None)
    assert f"/v3/assets/{KEY}/{asset['uid']}/" in asset["url"]
    answer = httpx.get(asset["url"])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/png"


def test_an_empty_file_is_a_file(desk: Desk) -> None:
    """Zero bytes upload and download."""
    assert httpx.get(desk.upload("empty.bin", b"")["url"]).content == b""


def test_downloads_count_as_neither_read_nor_write(desk: Desk) -> None:
    """The delivery network has a budget of its own."""
    httpx.get(desk.upload("a.png", b"x")["url"])
    counts = [desk.emulator.count(budget) for budget in ("read", "write", "bulk", "asset")]
    assert counts == [0, 1, 0, 1]


def test_a_replaced_file_is_a_new_version_with_a_url_of_its_own(desk: Desk) -> None:
    """Old versions answer with their own facts and bytes; metadata changes are versions too."""
    first = desk.upload("a.png", b"one", title="First")
    uid = first["uid"]
    files = {"asset[upload]": ("b.png", b"two!", "image/png")}
    second = desk.ok("PUT", f"/assets/{uid}", files=files)["asset"]
    assert (second["filename"], second["title"], second["file_size"], second["_version"]) == (
        "b.png",
        "First",
        "4",
        2,
    )
    assert second["url"] != first["url"]
    third = desk.put(f"/assets/{uid}", {"asset": {"title": "Third", "tags": ["t"]}})["asset"]
    assert (third["title"], third["tags"], third["_version"]) == ("Third", ["t"], 3)
    assert [httpx.get(one["url"]).content for one in (first, second, third)] == [b"one", b"two!", b"two!"]
    assert desk.get(f"/assets/{uid}", version=1)["asset"] == first
    assert desk.refused("GET", f"/assets/{uid}?version=4")[:2] == (422, 145)
    assert desk.put(f"/assets/{uid}", {"asset": {"version": 1}})["asset"]["filename"] == "a.png"
    assert [one["_version"] for one in desk.get(f"/assets/{uid}/versions")["versions"]] == [4, 3, 2, 1]


def test_a_missing_file_is_not_found(desk: Desk) -> None:
    """Seeded without bytes, or with another unique part in the URL: 404."""
    desk.stack.main.put_asset(
        {"uid": "bltseed", "filename": "s.png", "url": "https://x.invalid/v3/a/b/u1/s.png"}
    )
    asset = desk.get("/assets/bltseed")["asset"]
    assert asset["url"].endswith(f"/v3/assets/{KEY}/bltseed/u1/s.png")
    assert httpx.get(asset["url"]).status_code == 404
    there = desk.upload("a.png", b"x")
    assert httpx.get(there["url"].replace("/a.png", "x/a.png")).status_code == 404


def test_a_seeded_file_is_read_from_its_path(desk: Desk, tmp_path: Path) -> None:
    """Content given as a path is not held in memory."""
    (tmp_path / "file").write_bytes(b"on disk")
    desk.stack.main.put_asset({"uid": "bltseed", "filename": "s.png"}, tmp_path / "file")
    assert httpx.get(desk.get("/assets/bltseed")["asset"]["url"]).content == b"on disk"


def test_urls_outside_main_name_their_branch(desk: Desk) -> None:
    """Asset URLs of another branch carry `?branch=`, and answer."""
    desk.upload("a.png", b"x")
    desk.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    (asset,) = desk.ok("GET", "/assets", headers={"branch": "dev"})["assets"]
    assert asset["url"].endswith("/a.png?branch=dev")
    assert httpx.get(asset["url"]).content == b"x"


def test_urls_may_name_the_vendors_host() -> None:
    """A fixed origin stands in URLs in place of the emulator's own."""
    with open_desk(asset_origin="https://images.contentstack.io") as desk:
        assert desk.upload("a.png", b"x")["url"].startswith(
            f"https://images.contentstack.io/v3/assets/{KEY}/"
        )


def test_folders_hold_files_and_folders(desk: Desk) -> None:
    """Created, listed by query or parameter, moved but not into themselves, deleted with what is in them."""
    outer = desk.post("/assets/folders", {"asset": {"name": "outer"}})["asset"]
    inner = desk.post("/assets/folders", {"asset": {"name": "inner", "parent_uid": outer["uid"]}})["asset"]
    asset = desk.upload("a.png", b"x", parent_uid=inner["uid"])
    loose = desk.upload("b.png", b"x")

    def uids(**params: object) -> set[str]:
        return {one["uid"] for one in desk.get("/assets", **params)["assets"]}

    assert uids() == {asset["uid"], loose["uid"]}
    assert uids(query={"is_dir": True}) == {outer["uid"], inner["uid"]}
    assert uids(include_folders="true", folder=inner["uid"]) == {asset["uid"]}
    assert uids(include_folders="true", folder="cs_root") == {outer["uid"], loose["uid"]}
    assert desk.get("/assets", query={"is_dir": True}, count="true") == {"assets": 2}
    assert "url" not in outer
    into_itself = {"asset": {"name": "outer", "parent_uid": inner["uid"]}}
    assert desk.refused("PUT", f"/assets/folders/{outer['uid']}", json=into_itself)[:2] == (422, 145)
    assert (
        desk.refused("POST", "/assets/folders", json={"asset": {"name": "x", "parent_uid": asset["uid"]}})[0]
        == 422
    )
    assert desk.refused("POST", "/assets/folders", json={"asset": {}})[0] == 422
    desk.put(f"/assets/{loose['uid']}", {"asset": {"parent_uid": outer["uid"]}})
    assert desk.get(f"/assets/folders/{inner['uid']}")["asset"]["parent_uid"] == outer["uid"]
    desk.ok("DELETE", f"/assets/folders/{outer['uid']}")
    assert uids(include_folders="true") == set()


def test_an_upload_is_refused_when_it_is_not_one(desk: Desk) -> None:
    """JSON, another part name, an unknown folder."""
    assert desk.refused("POST", "/assets", json={"asset": {}})[0] == 415
    assert desk.refused("POST", "/assets", files={"file": ("a.png", b"x")})[:2] == (422, 145)
    files = {"asset[upload]": ("a.png", b"x")}
    unknown = {"asset[parent_uid]": "bltnope"}
    assert desk.refused("POST", "/assets", files=files, data=unknown)[2] == {"parent_uid": ["is not valid."]}
    cut = b'--b\r\ncontent-disposition: form-data; name="asset[upload]"; filename="a"\r\n\r\nx'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert desk.refused("POST", "/assets", content=cut, headers=headers)[0] == 400


def test_assets_are_published_in_environments_and_languages(desk: Desk) -> None:
    """A version, or the latest; by name or uid; unknown environments and versions are refused."""
    place = desk.environment("live")
    desk.locale("fr")
    uid = desk.upload("a.png", b"x")["uid"]
    desk.put(f"/assets/{uid}", {"asset": {"title": "new"}})
    body = {"asset": {"locales": ["en-us", "fr"], "environments": ["live"]}, "version": 1}
    desk.post(f"/assets/{uid}/publish", body)

    def details() -> set[tuple[str, str, int]]:
        asset = desk.get(f"/assets/{uid}", include_publish_details="true")["asset"]
        return {(one["environment"], one["locale"], one["version"]) for one in asset["publish_details"]}

    assert details() == {(place, "en-us", 1), (place, "fr", 1)}
    desk.post(f"/assets/{uid}/publish", {"asset": {"locales": ["fr"], "environments": [place]}})
    desk.post(f"/assets/{uid}/unpublish", {"asset": {"locales": ["en-us"], "environments": ["live"]}})
    assert details() == {(place, "fr", 2)}
    wrong_places: list[dict[str, list[str]]] = [
        {"environments": ["nowhere"]},
        {"environments": []},
        {"environments": ["live"], "locales": ["xx"]},
    ]
    for wrong in wrong_places:
        assert desk.refused("POST", f"/assets/{uid}/publish", json={"asset": wrong})[0] == 422
    late = {"asset": {"environments": ["live"]}, "version": 3}
    assert desk.refused("POST", f"/assets/{uid}/publish", json=late)[0] == 422


def test_users_of_an_asset_are_known(desk: Desk) -> None:
    """File fields and JSON RTE documents count as uses."""
    uid = desk.upload("a.png", b"x")["uid"]
    desk.content_type("page", field_of("file", "f"), rte())
    one = desk.entry("page", {"title": "A", "f": uid})["uid"]
    node = {"type": "reference", "attrs": {"type": "asset", "asset-uid": uid}, "children": [{"text": ""}]}
    two = desk.entry("page", {"title": "B", "body": document("d", node)})["uid"]
    desk.entry("page", {"title": "C"})
    users = desk.get(f"/assets/{uid}/references")["references"]
    assert {user["entry_uid"] for user in users} == {one, two}
