"""A restore of single objects that dies at every one of its writes, before or after it: nothing is lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from small_stack import EGG, HEN, PICTURE, RELEASE, fill_small
from workbench import (
    SOURCE,
    SYSTEM,
    Cut,
    RecordingTransport,
    cut_at,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
)

from oracle import compare
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from workbench import Workbench


def spoil(bench: Workbench) -> None:
    editors, release = Editors(bench), bench.source.main.releases[RELEASE]
    editors.save("page", HEN, title="Edited since")
    path = f"/content_types/page/entries/{HEN}"
    where = {"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"}
    editors.call("POST", f"{path}/publish", json={**where, "version": 3}).raise_for_status()
    file = {"asset[upload]": ("photo (1).png", b"another, longer picture", "image/png")}
    editors.call("PUT", f"/assets/{PICTURE}", files=file).raise_for_status()
    every = {"delete_all_localized": "true"}
    editors.call("DELETE", f"/content_types/page/entries/{EGG}", params=every).raise_for_status()
    release.raw.update(description="Changed", locked=False)
    release.items.clear()


@pytest.mark.parametrize(
    ("uids", "kinds"), [((HEN, EGG, PICTURE), ("entries", "assets")), ((RELEASE,), ("releases",))]
)
def test_a_restore_that_is_cut_at_every_write(uids: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        snapshot, before = bench.export(), bench.dump(SOURCE)
        asked: dict[str, Any] = {
            "key": SOURCE,
            "on_conflict": "update",
            "selection": Selection(uids=frozenset(uids)),
            "only": SYSTEM.parse_kinds(kinds),
            "publish": "none" if "releases" in kinds else "same",
        }
        spoil(bench)
        done = import_cut_at_every_write(bench, snapshot, **asked)
        assert done.gaps == []
        after, writes = bench.dump(SOURCE), bench.writes()
        bench.import_snapshot(snapshot, **asked)
        bench.import_snapshot(snapshot, "another", **asked)
        assert bench.writes() == writes
        left = [str(one) for one in compare(before, after)]
        others = {HEN, EGG, PICTURE, RELEASE} - set(uids)
        assert [one for one in left if not any(uid in one for uid in others)] == []


@pytest.mark.parametrize("edit", ["title", "file", "tags"])
def test_an_asset_gets_one_version_where_the_answer_was_lost(edit: str) -> None:
    """The service carries its update or its replacement out, and the run is killed: it is not sent again."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        asset, path, editors = bench.source.main.assets[PICTURE], f"/assets/{PICTURE}", Editors(bench)
        tags: Any = ["with, comma"]
        editors.call("PUT", path, json={"asset": {"tags": tags}}).raise_for_status()
        snapshot, wanted = bench.export(), asset.versions[asset.version].content
        if edit == "title":
            editors.call("PUT", path, json={"asset": {"title": "Another"}}).raise_for_status()
        else:
            file = {"asset[upload]": ("photo (1).png", b"another, longer picture", "image/png")}
            editors.call("PUT", path, files=file).raise_for_status()
        before, writes = asset.version, 2 if edit == "tags" else 1
        cut = RecordingTransport(bench.emulator, cut_at(writes, after=True, only="write"))
        asked: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=cut, **asked)
        assert asset.version == before + writes
        done = bench.import_snapshot(snapshot, **asked)
        assert done.gaps == []
        assert (asset.latest["title"], asset.latest["tags"]) == ("Hen and egg", tags)
        assert asset.versions[asset.version].content == wanted
        assert asset.version == before + (1 if edit == "title" else 2)


def test_a_master_document_that_was_made_is_found_where_the_answer_was_lost() -> None:
    """The entry had been left in another language alone. No page says which number the new document gets."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        snapshot, before = bench.export(), bench.dump(SOURCE)
        path = f"/content_types/page/entries/{EGG}"
        Editors(bench).call("DELETE", path, params={"locale": "en-us"}).raise_for_status()
        cut = RecordingTransport(bench.emulator, cut_at(1, after=True, only="write"))
        asked: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=cut, **asked)
        assert "en-us" in bench.source.main.entries["page"][EGG].documents
        done = bench.import_snapshot(snapshot, **asked)
        assert done.gaps == []
        assert compare(before, bench.dump(SOURCE)) == []
