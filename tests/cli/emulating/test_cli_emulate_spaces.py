"""`stackferry emulate` with spaces of Contentful, beside stacks, over HTTP and over TLS."""

from __future__ import annotations

import json
import shutil
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from vendor_exports import harbour_export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_line import CommandLine

TOKEN = "emulated-token"


@contextmanager
def emulated(cli: CommandLine, lines: int, *words: object) -> Iterator[list[str]]:
    """Run the emulator; yields the first columns of the lines that it prints."""
    process = cli.start("emulate", *words, "--port", 0)
    try:
        assert process.stdout is not None
        yield [process.stdout.readline().split("   ")[0].strip() for _ in range(lines)]
    finally:
        process.kill()
        process.communicate()


def host_of(place: str) -> str:
    return place.partition("@")[2].partition("/")[0]


def test_a_vendor_file_and_empty_spaces_are_served_beside_stacks(cli: CommandLine) -> None:
    (cli.home / "harbour.json").write_text(json.dumps(harbour_export()))
    words = (
        cli.home / "harbour.json",
        "--empty",
        "contentful:new:de",
        "--empty",
        "stack",
        "--empty",
        "contentstack:other",
    )
    with emulated(cli, 4, *words) as places:
        host = host_of(places[0])
        assert places == [
            f"contentful+http://harbour@{host}/master",
            f"contentful+http://new@{host}/master",
            f"contentstack+http://stack@{host}/main",
            f"contentstack+http://other@{host}/main",
        ]
        bearer = {"authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=f"http://{host}", headers=bearer) as http:
            entries = http.get("/spaces/harbour/environments/master/entries").json()
            assert entries["total"] == 5
            asset = http.get("/spaces/harbour/environments/master/assets").json()["items"][0]
            url = asset["fields"]["file"]["en-US"]["url"]
            assert url.startswith(f"//{host}/harbour/mast/")
            assert len(http.get(f"http:{url}").content) == asset["fields"]["file"]["en-US"]["details"]["size"]
            locales = http.get("/spaces/new/environments/master/locales").json()["items"]
            assert [row["code"] for row in locales] == ["de"]
            headers = {"api_key": "stack", "authorization": TOKEN}
            assert http.get("/v3/locales", headers=headers).json()["locales"][0]["code"] == "en-us"


def test_the_folder_of_an_export_gives_its_files(cli: CommandLine) -> None:
    folder = cli.home / "harbour"
    file = folder / "images.ctfassets.net" / "harbour" / "mast" / "abc123" / "mast.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"the real bytes")
    (folder / "contentful-export-harbour-master-2025-03-02.json").write_text(json.dumps(harbour_export()))
    with (
        emulated(cli, 1, folder) as places,
        httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}) as http,
    ):
        base = f"http://{host_of(places[0])}"
        asset = http.get(f"{base}/spaces/harbour/environments/master/assets/mast").json()
        shown = asset["fields"]["file"]["en-US"]
        assert http.get(f"http:{shown['url']}").content == b"the real bytes"
        assert shown["details"] == {"size": 14}


def test_a_file_that_is_no_export_is_refused(cli: CommandLine) -> None:
    (cli.home / "other.json").write_text("{}")
    run = cli.run("emulate", cli.home / "other.json", "--port", 0)
    assert run.code == 6
    assert "other.json is no export of Contentful" in run.err


def test_a_made_up_space_is_served(cli: CommandLine) -> None:
    with emulated(cli, 2, "--generated", "made:7") as places:
        assert [place.partition("@")[2].partition("/")[2] for place in places] == ["master", "archive"]
        with httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}) as http:
            url = f"http://{host_of(places[0])}/spaces/made/environments/live/releases"
            assert len(http.get(url).json()["items"]) == 6
    for word in ("made:x", "bad key", ":1"):
        assert cli.run("emulate", "--generated", word).code == 2


def test_a_key_is_taken_once_in_each_system(cli: CommandLine) -> None:
    words = ("--empty", "contentful:same", "--empty", "same")
    with emulated(cli, 2, *words) as places:
        assert [place.partition("+")[0] for place in places] == ["contentful", "contentstack"]
    assert cli.run("emulate", "--empty", "contentful:same", "--empty", "contentful:same").code == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_it_speaks_tls_for_clients_that_speak_nothing_else(cli: CommandLine) -> None:
    for _ in range(2):  # the second finds the certificate of the first
        with emulated(cli, 1, "--empty", "contentful:new", "--tls", cli.home / "tls") as places:
            assert places[0].startswith("contentful://new@127.0.0.1:")
            trust = ssl.create_default_context(cafile=str(cli.home / "tls" / "ca.pem"))
            with httpx.Client(verify=trust, headers={"authorization": f"Bearer {TOKEN}"}) as http:
                url = f"https://localhost:{places[0].rpartition(':')[2].partition('/')[0]}/spaces/new"
                assert http.get(url).json()["sys"]["id"] == "new"
    assert (cli.home / "tls" / "key.pem").stat().st_mode & 0o077 == 0
