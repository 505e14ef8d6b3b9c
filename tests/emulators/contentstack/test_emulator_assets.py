"""Assets: upload, versions, folders, download URLs, who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator_client import KEY, EmulatorClient, document, field_of, open_client, rte

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("file_names", ["kept", "replaced"])
@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("plain.png", "plain.png"),
        ("ä b.png", "ä_b.png"),
        ("50% [x]#?.png", "50__[x]__.png"),
        ('q"uote.png', "q_uote.png"),
        ("日本語.txt", "日本語.txt"),
        ("a&b=c.png", "a&b_c.png"),
    ],
)
def test_an_upload_comes_back_to_the_byte(
    client: EmulatorClient, name: str, replaced: str, file_names: Any
) -> None:
    """Any file name and any bytes; the URL answers without a credential and is encoded rightly."""
    client.emulator.switches = Switches(file_names=file_names)
    content = bytes(range(256)) + b"\r\n--\r\n"
    asset = client.upload(name, content, title="T", description="D", tags="x,y")
    stored = name if file_names == "kept" else replaced
    assert (asset["filename"], asset["title"], asset["description"]) == (stored, "T", "D")
    assert (asset["tags"], asset["file_size"], asset["_version"]) == (["x", "y"], str(len(content)), 1)
    assert (asset["content_type"], asset["is_dir"], asset["parent_uid"]) == ("image/png", False, None)
    assert f"/v3/assets/{KEY}/{asset['uid']}/" in asset["url"]
    answer = httpx.get(asset["url"])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/png"


def test_an_empty_file_is_uploaded_and_downloaded(client: EmulatorClient) -> None:
    """Zero bytes upload and download."""
    assert httpx.get(client.upload("empty.bin", b"")["url"]).content == b""


def test_downloads_count_as_neither_read_nor_write(client: EmulatorClient) -> None:
    """The delivery network has a budget of its own."""
    httpx.get(client.upload("a.png", b"x")["url"])
    counts = [client.emulator.count(budget) for budget in ("read", "write", "bulk", "asset")]
    assert counts == [0, 1, 0, 1]


def test_a_replaced_file_is_a_new_version_with_a_url_of_its_own(client: EmulatorClient) -> None:
    """Old versions answer with their own facts and bytes; metadata changes are versions too."""
    first = client.upload("a.png", b"one", title="First")
    uid = first["uid"]
    files = {"asset[upload]": ("b.png", b"two!", "image/png")}
    second = client.ok("PUT", f"/assets/{uid}", files=files)["asset"]
    assert (second["filename"], second["title"], second["file_size"], second["_version"]) == (
        "b.png",
        "First",
        "4",
        2,
    )
    assert second["url"] != first["url"]
    third = client.put(f"/assets/{uid}", {"asset": {"title": "Third", "tags": ["t"]}})["asset"]
    assert (third["title"], third["tags"], third["_version"]) == ("Third", ["t"], 3)
    assert [httpx.get(row["url"]).content for row in (first, second, third)] == [b"one", b"two!", b"two!"]
    assert client.get(f"/assets/{uid}", version=1)["asset"] == first
    assert client.refused("GET", f"/assets/{uid}?version=4")[:2] == (422, 145)
    assert client.put(f"/assets/{uid}", {"asset": {"version": 1}})["asset"]["filename"] == "a.png"
    assert [row["_version"] for row in client.get(f"/assets/{uid}/versions")["versions"]] == [4, 3, 2, 1]


def test_a_missing_file_is_not_found(client: EmulatorClient) -> None:
    """Seeded without bytes, or with another unique part in the URL: 404."""
    client.stack.main.put_asset(
        {"uid": "bltseed", "filename": "s.png", "url": "https://x.invalid/v3/a/b/u1/s.png"}
    )
    asset = client.get("/assets/bltseed")["asset"]
    assert asset["url"].endswith(f"/v3/assets/{KEY}/bltseed/u1/s.png")
    assert httpx.get(asset["url"]).status_code == 404
    there = client.upload("a.png", b"x")
    assert httpx.get(there["url"].replace("/a.png", "x/a.png")).status_code == 404


def test_a_seeded_file_is_read_from_its_path(client: EmulatorClient, tmp_path: Path) -> None:
    """Content given as a path is not held in memory."""
    (tmp_path / "file").write_bytes(b"on disk")
    client.stack.main.put_asset({"uid": "bltseed", "filename": "s.png"}, tmp_path / "file")
    assert httpx.get(client.get("/assets/bltseed")["asset"]["url"]).content == b"on disk"


def test_urls_outside_main_name_their_branch(client: EmulatorClient) -> None:
    """Asset URLs of another branch carry `?branch=`, and answer."""
    client.upload("a.png", b"x")
    client.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    (asset,) = client.ok("GET", "/assets", headers={"branch": "dev"})["assets"]
    assert asset["url"].endswith("/a.png?branch=dev")
    assert httpx.get(asset["url"]).content == b"x"


def test_urls_may_name_the_vendors_host() -> None:
    """With `asset_origin`, URLs have that origin in place of the emulator's."""
    with open_client(asset_origin="https://images.contentstack.io") as client:
        assert client.upload("a.png", b"x")["url"].startswith(
            f"https://images.contentstack.io/v3/assets/{KEY}/"
        )


def test_folders_hold_files_and_folders(client: EmulatorClient) -> None:
    """Created, listed by query or parameter, moved but not into themselves, deleted with what is in them."""
    outer = client.post("/assets/folders", {"asset": {"name": "outer"}})["asset"]
    inner = client.post("/assets/folders", {"asset": {"name": "inner", "parent_uid": outer["uid"]}})["asset"]
    asset = client.upload("a.png", b"x", parent_uid=inner["uid"])
    loose = client.upload("b.png", b"x")

    def uids(**params: object) -> set[str]:
        return {row["uid"] for row in client.get("/assets", **params)["assets"]}

    assert uids() == {asset["uid"], loose["uid"]}
    assert uids(query={"is_dir": True}) == {outer["uid"], inner["uid"]}
    assert uids(include_folders="true", folder=inner["uid"]) == {asset["uid"]}
    assert uids(include_folders="true", folder="cs_root") == {outer["uid"], loose["uid"]}
    assert client.get("/assets", query={"is_dir": True}, count="true") == {"assets": 2}
    assert "url" not in outer
    into_itself = {"asset": {"name": "outer", "parent_uid": inner["uid"]}}
    assert client.refused("PUT", f"/assets/folders/{outer['uid']}", json=into_itself)[:2] == (422, 145)
    assert (
        client.refused("POST", "/assets/folders", json={"asset": {"name": "x", "parent_uid": asset["uid"]}})[
            0
        ]
        == 422
    )
    assert client.refused("POST", "/assets/folders", json={"asset": {}})[0] == 422
    client.put(f"/assets/{loose['uid']}", {"asset": {"parent_uid": outer["uid"]}})
    assert client.get(f"/assets/folders/{inner['uid']}")["asset"]["parent_uid"] == outer["uid"]
    client.ok("DELETE", f"/assets/folders/{outer['uid']}")
    assert uids(include_folders="true") == set()


def test_an_upload_without_a_proper_file_is_refused(client: EmulatorClient) -> None:
    """JSON, another part name, an unknown folder."""
    assert client.refused("POST", "/assets", json={"asset": {}})[0] == 415
    assert client.refused("POST", "/assets", files={"file": ("a.png", b"x")})[:2] == (422, 145)
    files = {"asset[upload]": ("a.png", b"x")}
    unknown = {"asset[parent_uid]": "bltnope"}
    assert client.refused("POST", "/assets", files=files, data=unknown)[2] == {
        "parent_uid": ["is not valid."]
    }
    cut = b'--b\r\ncontent-disposition: form-data; name="asset[upload]"; filename="a"\r\n\r\nx'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.refused("POST", "/assets", content=cut, headers=headers)[0] == 400


def test_assets_are_published_in_environments_and_languages(client: EmulatorClient) -> None:
    """A version, or the latest; by name or uid; unknown environments and versions are refused."""
    place = client.environment("live")
    client.locale("fr")
    uid = client.upload("a.png", b"x")["uid"]
    client.put(f"/assets/{uid}", {"asset": {"title": "new"}})
    body = {"asset": {"locales": ["en-us", "fr"], "environments": ["live"]}, "version": 1}
    client.post(f"/assets/{uid}/publish", body)

    def details() -> set[tuple[str, str, int]]:
        asset = client.get(f"/assets/{uid}", include_publish_details="true")["asset"]
        return {(row["environment"], row["locale"], row["version"]) for row in asset["publish_details"]}

    assert details() == {(place, "en-us", 1), (place, "fr", 1)}
    client.post(f"/assets/{uid}/publish", {"asset": {"locales": ["fr"], "environments": [place]}})
    client.post(f"/assets/{uid}/unpublish", {"asset": {"locales": ["en-us"], "environments": ["live"]}})
    assert details() == {(place, "fr", 2)}
    wrong_places: list[dict[str, list[str]]] = [
        {"environments": ["nowhere"]},
        {"environments": []},
        {"environments": ["live"], "locales": ["xx"]},
    ]
    for wrong in wrong_places:
        assert client.refused("POST", f"/assets/{uid}/publish", json={"asset": wrong})[0] == 422
    late = {"asset": {"environments": ["live"]}, "version": 3}
    assert client.refused("POST", f"/assets/{uid}/publish", json=late)[0] == 422


def test_the_entries_that_use_an_asset_are_listed(client: EmulatorClient) -> None:
    """File fields and JSON RTE documents count as uses."""
    uid = client.upload("a.png", b"x")["uid"]
    client.content_type("page", field_of("file", "f"), rte())
    first = client.entry("page", {"title": "A", "f": uid})["uid"]
    node = {"type": "reference", "attrs": {"type": "asset", "asset-uid": uid}, "children": [{"text": ""}]}
    second = client.entry("page", {"title": "B", "body": document("d", node)})["uid"]
    client.entry("page", {"title": "C"})
    users = client.get(f"/assets/{uid}/references")["references"]
    assert {user["entry_uid"] for user in users} == {first, second}


@pytest.mark.parametrize("twice", ["refused", "ignored"])
def test_a_permanent_address_is_stored_once_and_leads_to_the_file(twice: Any) -> None:
    """The newest one, or with `environment` what is published there; an address of another asset is refused."""
    with open_client(Switches(permanent_url_twice=twice)) as client:
        client.environment("live")
        uid = client.upload("a.png", b"one")["uid"]
        path, where = f"/assets/{uid}", f"/assets/{KEY}/{uid}/our-hen"
        client.post(f"{path}/publish", {"asset": {"environments": ["live"], "locales": ["en-us"]}})
        address = f"https://images.contentstack.io/v3{where}"
        wrong = {"asset": {"permanent_url": address.replace(uid, "bltother")}}
        assert client.refused("PUT", path, json=wrong)[0] == 422
        made = client.put(path, {"asset": {"permanent_url": address}})["asset"]
        assert (made["permanent_url"], made["_version"]) == (address, 1)
        again = {"asset": {"permanent_url": f"{address}-2"}}
        if twice == "refused":
            assert client.refused("PUT", path, json=again)[0] == 422
        else:
            assert client.put(path, again)["asset"]["permanent_url"] == address
        client.ok("PUT", path, files={"asset[upload]": ("a.png", b"two", "image/png")})
        assert client.http.get(where).content == b"two"
        assert client.http.get(where, params={"environment": "live"}).content == b"one"
        assert client.http.get(f"{where}-2").status_code == 404
