"""Assets and their files: uploads, processing, the file host, embargoed files; and seeds with files."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from space_client import MASTER, SPACE, link, open_space

from stackferry.emulators.contentful import Limits, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from space_client import SpaceClient

OCTETS = {"content-type": "application/octet-stream"}


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        yield opened


def file_of(space: SpaceClient, uid: str, code: str = "en-US") -> Any:
    return space.get(f"/assets/{uid}")["fields"]["file"][code]


def file_body(upload: str, **facts: Any) -> dict[str, Any]:
    return {"fileName": "a.txt", "contentType": "text/plain", "uploadFrom": link("Upload", upload), **facts}


def test_an_upload_is_kept_for_24_hours(space: SpaceClient) -> None:
    answer = space.http.post(f"{MASTER}/uploads", content=b"bytes", headers=OCTETS)
    assert answer.status_code == 201
    sys = answer.json()["sys"]
    assert (sys["type"], sys["expiresAt"]) == ("Upload", "2030-01-02T00:00:00.000Z")
    space.get(f"/uploads/{sys['id']}")
    space.clock.pass_seconds(24 * 3600)
    assert space.refused("GET", f"/uploads/{sys['id']}").status == 404


@pytest.mark.parametrize("path", [f"{MASTER}/uploads", f"/spaces/{SPACE}/uploads"])
def test_an_upload_is_raw_bytes_also_chunked(space: SpaceClient, path: str) -> None:
    answer = space.http.post(path, content=iter([b"by", b"tes"]), headers=OCTETS)
    assert space.space.uploads[answer.json()["sys"]["id"]].content == b"bytes"
    assert (
        space.http.post(path, content=b"bytes", headers={"content-type": "application/json"}).status_code
        == 400
    )
    assert space.http.post(path, content=b"", headers=OCTETS).status_code == 400


def test_processing_gives_a_file_its_url(space: SpaceClient) -> None:
    made = space.asset("mast", b"GIF89a\x04\x00\x03\x00", "image/gif", process=False)
    assert "url" not in made["fields"]["file"]["en-US"]
    answer = space.send("PUT", "/assets/mast/files/en-US/process", version=1)
    assert (answer.status_code, answer.content) == (204, b"")
    asset = space.get("/assets/mast")
    file = asset["fields"]["file"]["en-US"]
    assert asset["sys"]["version"] == 2
    assert "uploadFrom" not in file
    assert file["details"] == {"size": 10, "image": {"width": 4, "height": 3}}
    assert file["url"].startswith(f"//{space.http.base_url.netloc.decode()}/{SPACE}/mast/")
    answer = space.http.get(
        f"http:{file['url']}", headers={"authorization": ""}
    )  # no credential is asked for
    assert (answer.content, answer.headers["content-type"]) == (b"GIF89a\x04\x00\x03\x00", "image/gif")


def test_processing_takes_a_while() -> None:
    with open_space(Switches(job_requests=2)) as space:
        space.asset("mast", b"bytes", process=False)
        space.ok("PUT", "/assets/mast/files/en-US/process", version=1)
        seen = ["url" in file_of(space, "mast") for _ in range(3)]
        assert seen == [False, False, True]
    with open_space(Switches(job_seconds=5)) as space:
        space.asset("mast", b"bytes", process=False)
        space.ok("PUT", "/assets/mast/files/en-US/process", version=1)
        assert "url" not in file_of(space, "mast")
        space.clock.pass_seconds(5)
        assert "url" in file_of(space, "mast")


def test_the_version_rises_once_a_locale(space: SpaceClient) -> None:
    space.locale("de")
    asset = space.asset("mast", b"bytes", "text/plain", "en-US", "de")
    assert asset["sys"]["version"] == 3
    assert file_of(space, "mast")["url"] != file_of(space, "mast", "de")["url"]


@pytest.mark.parametrize(("checked", "status"), [(False, 204), (True, 409)])
def test_processing_with_a_stale_version(checked: bool, status: int) -> None:
    with open_space(Switches(process_checks_version=checked)) as space:
        space.locale("de")
        space.asset("mast", b"bytes", "text/plain", "en-US", "de", process=False)
        space.ok("PUT", "/assets/mast/files/en-US/process", version=1)
        space.get("/assets/mast")
        assert space.send("PUT", "/assets/mast/files/de/process", version=1).status_code == status


def test_one_upload_serves_many_assets(space: SpaceClient) -> None:
    upload = space.upload(b"bytes")
    for uid in ("one", "two"):
        space.ok("PUT", f"/assets/{uid}", {"fields": {"file": {"en-US": file_body(upload)}}})
        space.ok("PUT", f"/assets/{uid}/files/en-US/process", version=1)
        assert space.http.get(f"http:{file_of(space, uid)['url']}").content == b"bytes"


def test_a_file_whose_processing_fails_stays_as_it_was_and_the_version_rises(space: SpaceClient) -> None:
    space.emulator.unprocessable = {"fails": "failed", "hangs": "never"}
    for uid, version in (("fails", 2), ("hangs", 1)):
        space.asset(uid, b"bytes", process=False)
        space.ok("PUT", f"/assets/{uid}/files/en-US/process", version=1)
        assert space.get(f"/assets/{uid}")["sys"]["version"] == version
        assert "uploadFrom" in file_of(space, uid)
    body = {"fields": {"file": {"en-US": file_body("nothing")}}}
    space.ok("PUT", "/assets/lost", body)
    space.ok("PUT", "/assets/lost/files/en-US/process", version=1)
    assert "url" not in file_of(space, "lost")


def test_a_file_is_processed_once(space: SpaceClient) -> None:
    space.asset("mast", b"bytes")
    assert space.refused("PUT", "/assets/mast/files/en-US/process", version=2).status == 400
    assert space.refused("PUT", "/assets/mast/files/de/process", version=2).status == 400


def test_an_image_may_be_too_large_to_process() -> None:
    with open_space(limits=Limits(image_bytes=5, file_bytes=20)) as space:
        for uid, kind, is_done in (("i", "image/png", False), ("t", "text/plain", True)):
            space.asset(uid, b"six by", kind, process=False)
            space.ok("PUT", f"/assets/{uid}/files/en-US/process", version=1)
            assert ("url" in file_of(space, uid)) is is_done
        assert space.http.post(f"{MASTER}/uploads", content=b"x" * 21, headers=OCTETS).status_code == 413


def test_a_file_may_come_from_another_place_of_the_service(space: SpaceClient) -> None:
    url = space.asset("mast", b"bytes")["fields"]["file"]["en-US"]["url"]
    file = {"fileName": "b.txt", "contentType": "text/plain", "upload": f"https:{url}"}
    space.ok("PUT", "/assets/copy", {"fields": {"file": {"en-US": file}}})
    space.ok("PUT", "/assets/copy/files/en-US/process", version=1)
    assert space.http.get(f"http:{file_of(space, 'copy')['url']}").content == b"bytes"


def test_an_unchanged_file_is_sent_with_its_url(space: SpaceClient) -> None:
    asset = space.asset("mast", b"bytes")
    fields = {**asset["fields"], "title": {"en-US": "Renamed"}}
    changed = space.ok("PUT", "/assets/mast", {"fields": fields}, 2)
    assert changed["fields"] == fields
    assert space.http.get(f"http:{file_of(space, 'mast')['url']}").content == b"bytes"


WRONG_FILES: dict[str, dict[str, Any]] = {
    "no name": {"fileName": ""},
    "no type": {"contentType": None},
    "a name that is too long": {"fileName": "x" * 257},
    "HTML": {"contentType": "text/html"},
    "JavaScript": {"contentType": "text/javascript"},
    "no source": {"uploadFrom": None},
}


@pytest.mark.parametrize("why", WRONG_FILES)
def test_a_file_is_refused(space: SpaceClient, why: str) -> None:
    file = {name: value for name, value in file_body("x", **WRONG_FILES[why]).items() if value is not None}
    assert space.refused("PUT", "/assets/bad", {"fields": {"file": {"en-US": file}}}).status == 422


@pytest.mark.parametrize(("accepted", "status"), [(False, 422), (True, 200)])
def test_an_asset_whose_file_was_not_processed(accepted: bool, status: int) -> None:
    with open_space(Switches(publish_unprocessed=accepted)) as space:
        space.asset("mast", b"bytes", process=False)
        assert space.send("PUT", "/assets/mast/published", version=1).status_code == status
        space.ok("PUT", "/assets/empty", {"fields": {"title": {"en-US": "Empty"}}})
        assert space.refused("PUT", "/assets/empty/published", version=1).names == ["required"]


def test_there_is_no_history_of_assets(space: SpaceClient) -> None:
    space.asset("mast", b"bytes")
    space.publish("/assets/mast")
    assert space.refused("GET", "/assets/mast/snapshots").status == 404


def test_an_asset_host_of_its_own() -> None:
    with open_space(asset_host="files.invalid:81") as space:
        assert space.asset("mast", b"x")["fields"]["file"]["en-US"]["url"].startswith("//files.invalid:81/")


def test_embargoed_files_may_have_a_host_of_their_own() -> None:
    with open_space(secure_asset_host="assets.secure.invalid") as space:
        space.asset("open", b"x")
        space.space.embargoed = True
        space.asset("closed", b"x")
        assert file_of(space, "closed")["url"].startswith("//assets.secure.invalid/")
        assert file_of(space, "open")["url"].startswith("//127.0.0.1:")


def test_names_of_files_may_hold_anything(space: SpaceClient) -> None:
    name = "Bild ä/%2F 港.txt"
    body = {"fields": {"file": {"en-US": file_body(space.upload(b"bytes"), fileName=name)}}}
    space.ok("PUT", "/assets/odd", body)
    space.ok("PUT", "/assets/odd/files/en-US/process", version=1)
    file = file_of(space, "odd")
    assert file["fileName"] == name
    assert file["url"].isascii()
    assert space.http.get(f"http:{file['url']}").content == b"bytes"


# Embargoed files


def signed(url: str, key: Any, ends: int) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    claims = part(json.dumps({"sub": url, "exp": ends}).encode())
    mark = hmac.new(key["secret"].encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    return f"{url}?token={head}.{claims}.{part(mark)}&policy={key['policy']}"


def test_embargoed_files_open_to_a_signed_url_alone(space: SpaceClient) -> None:
    assert space.refused("POST", "/asset_keys", {"expiresAt": 0}).status == 403
    space.space.embargoed = True
    url = f"http:{space.asset('mast', b'bytes')['fields']['file']['en-US']['url']}"
    now = int(space.clock.now.timestamp())

    def get(address: str) -> httpx.Response:
        return space.http.get(address)

    assert get(url).status_code == 403
    for ends in (now, now + 48 * 3600 + 1, "soon"):
        assert space.refused("POST", "/asset_keys", {"expiresAt": ends}).status == 422
    key = space.ok("POST", "/asset_keys", {"expiresAt": now + 48 * 3600})
    assert get(signed(url, key, now + 60)).content == b"bytes"
    other = f"http:{space.asset('other', b'other')['fields']['file']['en-US']['url']}"
    stolen = signed(other, key, now + 60).replace(other, url)
    wrong = [
        signed(url, {**key, "secret": "x"}, now + 60),
        signed(url, {**key, "policy": "x"}, now + 60),
        stolen,
    ]
    for address in (*wrong, signed(url, key, now), f"{url}?token=a.b.c&policy={key['policy']}"):
        assert get(address).status_code == 403


def test_the_limits_of_a_space_can_be_changed_while_it_is_served(space: SpaceClient) -> None:
    space.emulator.limits = replace(space.emulator.limits, file_bytes=3)
    assert space.http.post(f"{MASTER}/uploads", content=b"four", headers=OCTETS).status_code == 413
