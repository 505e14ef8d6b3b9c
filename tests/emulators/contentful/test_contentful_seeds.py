"""Spaces from the files of the vendor's export tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_client import TOKEN, connect
from vendor_exports import harbour_export

from repository import SHARED
from stackferry.emulators.contentful import Emulator, serve
from stackferry.emulators.contentful.seed.vendor_file import add_space, read_file
from stackferry.errors import SnapshotCorrupt
from stackferry.json_values import as_object, nested

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Space
    from stackferry.model import JsonObject

EXPORTS = SHARED / "datasets" / "contentful"


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real exports are not there")
@pytest.mark.parametrize("name", ["covid-19-site-template", "gatsby-multi-locale", "portfolio-garethf89"])
def test_a_real_export_is_served_as_its_sys_says(name: str) -> None:
    content = read_file(EXPORTS / f"{name}.json")
    emulator = Emulator()
    add_space(emulator, content, key="real", token=TOKEN)
    with serve(emulator) as origin, connect(origin) as http:
        for kind, listed in (("entries", "entries"), ("assets", "assets"), ("contentTypes", "content_types")):
            answer = http.get(f"/spaces/real/environments/master/{listed}?limit=1000").json()
            shown = {row["sys"]["id"]: row for row in answer["items"]}
            for raw in content[kind]:  # type: ignore[union-attr]  # the file's shape is known
                sys = shown[raw["sys"]["id"]]["sys"]  # type: ignore[index,call-overload]  # as above
                for fact in ("version", "publishedVersion", "createdAt", "updatedAt", "publishedCounter"):
                    assert sys.get(fact) == raw["sys"].get(fact)  # type: ignore[index,union-attr,call-overload]
        answer = http.get("/spaces/real/environments/master/public/entries?limit=1000").json()
        assert answer["total"] == len(content["entries"])  # type: ignore[arg-type]  # all of them are live
    assert emulator.defects == []


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    for text in ("[]", "{}", "{", '{"other": []}'):
        (tmp_path / "file.json").write_text(text)
        with pytest.raises(SnapshotCorrupt, match=r"file\.json"):
            read_file(tmp_path / "file.json")


@pytest.fixture
def harbour() -> Space:
    return add_space(Emulator(), harbour_export(), key="harbour", token=TOKEN)


def test_what_a_file_cannot_hold_is_made_up(harbour: Space) -> None:
    """A changed entry gets another live body, and what was published several times older snapshots, three at most."""
    entries = harbour.master.entries
    assert {uid: one.state for uid, one in entries.items()} == {
        "hen": "published", "ida": "published", "joy": "changed", "kit": "draft", "lou": "archived",
    }  # fmt: skip
    assert title(entries["joy"].live) == "Joy (as published)"
    assert title(entries["joy"].body) == "Joy"
    assert [title(as_object(row["snapshot"])) for row in entries["hen"].snapshots] == [
        "Hen (publish 1)", "Hen (publish 2)", "Hen",
    ]  # fmt: skip
    assert [len(entries[uid].snapshots) for uid in ("ida", "joy", "kit")] == [1, 1, 0]
    assert len(harbour.master.content_types["boat"].snapshots) == 1


def title(body: JsonObject | None) -> str:
    return str(nested(body, "fields", "name", "en-US"))


def test_a_locale_that_is_a_draft_is_not_live(harbour: Space) -> None:
    ida = harbour.master.entries["ida"]
    assert ida.live_locales == {"en-US"}
    assert nested(ida.live, "fields", "name") == {"en-US": "Ida"}
    assert harbour.master.entries["hen"].live_locales == {
        "en-US",
        "de",
    }  # an old file tells nothing by locale


def test_files_are_made_up_too_or_answer_404() -> None:
    emulator = Emulator()
    add_space(emulator, harbour_export(), key="with", token=TOKEN)
    add_space(emulator, harbour_export(), key="without", token=TOKEN, invent_files=False, history=0)
    with serve(emulator) as origin, connect(origin) as http:
        for key, status in (("with", 200), ("without", 404)):
            asset = http.get(f"/spaces/{key}/environments/master/assets/mast").json()
            file = asset["fields"]["file"]["en-US"]
            answer = http.get(f"http:{file['url']}")
            assert answer.status_code == status
            size = len(answer.content) if status == 200 else 10
            assert file["details"] == {"size": size, "image": {"width": 4, "height": 3}}
    assert emulator.spaces["without"].master.entries["hen"].snapshots == []


def test_every_other_kind_of_a_file_is_loaded(harbour: Space) -> None:
    assert harbour.master.locale_codes == ["en-US", "de"]
    assert as_object(harbour.master.tags["sail"]["sys"])["visibility"] == "public"
    assert harbour.webhooks["hook"]["name"] == "Hook"
    assert harbour.master.editor_interfaces["boat"]["controls"] == [{"fieldId": "name"}]
    raw: Any = {
        **harbour_export(),
        "releases": [{"sys": {"type": "Release", "id": "r"}, "title": "R", "entities": {}}],
    }
    space = add_space(Emulator(), raw, key="more", token=TOKEN)
    assert list(space.master.releases) == ["r"]
