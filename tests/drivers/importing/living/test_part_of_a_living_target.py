"""Some entries go into a target that is in use: their links hold, and nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors, edit_page
from every_kind_stack import fill_every_kind
from small_stack import EGG, FOLDER, HEN, PICTURE
from workbench import SOURCE, TARGET, RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Branch, Stack


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def only(uid: str) -> Selection:
    return Selection(query=f'{{"uid": "{uid}"}}')


def latest(branch: Branch, uid: str) -> Any:
    return branch.entries["page"][uid].documents["en-us"].latest


def forked(bench: Workbench) -> Branch:
    """A branch of the source stack, as it is now."""
    branch = bench.source.main.fork("dev", {"uid": "dev", "source": "main"}, ForkTerms())
    bench.source.branches["dev"] = branch
    return branch


def linking(stack: Stack) -> None:
    """One entry that refers to another one and to an asset."""
    fill_every_kind(stack)
    edit_page(stack.main, HEN, title="Hen, linking")


@pytest.mark.parametrize("way", ["narrowed import", "narrowed export", "copy"])
def test_an_entry_brought_alone_keeps_its_links(way: str) -> None:
    """Also where what it refers to is neither selected nor in the snapshot: the target has it under the same uid."""
    with memory_directory() as root:
        bench = make_workbench(root, linking)
        dev = forked(bench)
        edit_page(bench.source.main, HEN, title="Promoted")
        before = {uid: entry.documents.copy() for uid, entry in dev.entries["page"].items() if uid != HEN}
        transport = RecordingTransport(bench.emulator)
        asked: dict[str, Any] = {
            "key": SOURCE,
            "branch": "dev",
            "on_conflict": "update",
            "transport": transport,
        }
        if way == "narrowed import":
            done = bench.import_snapshot(bench.export(), selection=only(HEN), **asked)
        else:
            done = bench.import_snapshot(bench.export(query=f'{{"uid": "{HEN}"}}'), **asked)
        assert [gap for gap in done.gaps if gap["kind"] == "references"] == []
        assert latest(dev, HEN)["title"] == "Promoted"
        assert latest(dev, HEN)["partner"] == latest(bench.source.main, HEN)["partner"]
        assert {uid: entry.documents for uid, entry in dev.entries["page"].items() if uid != HEN} == before
        writes = [call.split("?")[0] for call in transport.log if not call.startswith("GET")]
        assert [call for call in writes if "publish" not in call] == [
            f"PUT /v3/content_types/page/entries/{HEN}"
        ]


def test_what_the_target_has_otherwise_is_left_alone(bench: Workbench) -> None:
    """Types, languages, roles and releases of a stack in use are not the snapshot's to change."""
    dev = forked(bench)
    edit_page(bench.source.main, HEN, title="Promoted")
    page: Any = dev.content_types["page"]
    dev.content_types["page"] = {**page, "title": "Ours", "description": "ours"}
    for name in ("labels", "releases", "extensions", "global_fields"):
        rows: Any = getattr(dev, name)
        for uid in list(rows):
            rows[uid] = {**rows[uid], "description": "ours"} if isinstance(rows[uid], dict) else rows[uid]
    transport = RecordingTransport(bench.emulator)
    bench.import_snapshot(
        bench.export(),
        selection=only(HEN),
        key=SOURCE,
        branch="dev",
        on_conflict="update",
        transport=transport,
    )
    writes = [call.split("?")[0] for call in transport.log if not call.startswith("GET")]
    assert {call for call in writes if "/entries/" not in call and "publish" not in call} == set()
    assert latest(dev, HEN)["title"] == "Promoted"


def test_folders_that_the_target_has_keep_their_names(bench: Workbench) -> None:
    """Of folders that it lacks those are made that the files of the selected entries lie in."""
    edit_page(bench.source.main, EGG, picture=None)
    made = Editors(bench).call("POST", "/assets/folders", json={"asset": {"name": "Of others"}})
    dev = forked(bench)
    other = made.json()["asset"]["uid"]
    del dev.assets[other]
    Editors(bench).call("PUT", f"/assets/folders/{FOLDER}", json={"asset": {"name": "Renamed"}})
    for uid in (HEN, EGG):  # the hen shows a picture of that folder
        edit_page(bench.source.main, uid, title=f"Promoted {uid}")
        bench.import_snapshot(
            bench.export(f"of {uid}"),
            f"state {uid}",
            selection=only(uid),
            key=SOURCE,
            branch="dev",
            on_conflict="update",
        )
        assert latest(dev, uid)["title"] == f"Promoted {uid}"
        assert dev.assets[FOLDER].latest["name"] == "Pictures"
        assert other not in dev.assets


def test_into_another_stack_links_are_what_an_earlier_import_made_of_them() -> None:
    """The snapshot holds one entry; what it refers to was brought before, under other uids, and renamed since."""
    with memory_directory() as root:
        bench = make_workbench(root, linking, switches=Switches(import_keeps_uid=False))
        bench.import_snapshot(bench.export(), "all", identities=lambda *_: root / "map.jsonl")
        main = bench.target.main
        titles = {
            one.documents["en-us"].latest["title"]: uid
            for uid, one in main.entries["page"].items()
            if "en-us" in one.documents
        }
        hen = titles["Hen, linking"]
        links = latest(main, hen)["partner"]
        assert links[0]["uid"] != EGG
        edit_page(main, links[0]["uid"], title="Renamed there", url="/renamed-there")
        edit_page(bench.source.main, HEN, title="Edited here")
        part = bench.export("part", query=f'{{"uid": "{HEN}"}}')
        done = bench.import_snapshot(
            part, "part", on_conflict="update", identities=lambda *_: root / "map.jsonl"
        )
        assert latest(main, hen)["title"] == "Edited here"
        assert latest(main, hen)["partner"] == links
        assert [gap for gap in done.gaps if gap["kind"] == "references"] == []


def test_a_link_that_leads_nowhere_keeps_the_field(bench: Workbench) -> None:
    """Neither the snapshot nor the target has what it refers to: the target's own value stays, and it is told."""
    dev = forked(bench)
    gone = "blt0000000000000gone"
    edit_page(bench.source.main, HEN, title="Promoted", partner=[{"uid": gone, "_content_type_uid": "page"}])
    edit_page(dev, HEN, partner=[{"uid": EGG, "_content_type_uid": "page"}])
    done = bench.import_snapshot(
        bench.export(), selection=only(HEN), key=SOURCE, branch="dev", on_conflict="update"
    )
    assert latest(dev, HEN)["partner"] == [{"uid": EGG, "_content_type_uid": "page"}]
    assert latest(dev, HEN)["title"] == "Promoted"
    assert any(gap["uid"] == HEN and "keeps the value" in str(gap["reason"]) for gap in done.gaps)


def test_a_type_that_the_target_lacks_is_made_with_its_entries(bench: Workbench) -> None:
    """And no other one, nor anything else that these entries do not need."""
    main = bench.source.main
    fields: Any = [
        {"uid": "title", "data_type": "text", "display_name": "Title", "mandatory": True, "unique": True}
    ]
    dev = forked(bench)
    for uid in ("wanted", "unwanted"):
        main.content_types[uid] = {**main.content_types["page"], "uid": uid, "title": uid, "schema": fields}
        main.put_entry_version(
            uid, "en-us", {"uid": f"bltentryof{uid}", "title": f"One {uid}", "_version": 1}
        )
    snapshot = bench.export()
    chosen = Selection(types=frozenset({"wanted"}))
    done = bench.import_snapshot(snapshot, selection=chosen, key=SOURCE, branch="dev", on_conflict="update")
    assert done.gaps == []
    assert "wanted" in dev.content_types
    assert "unwanted" not in dev.content_types
    assert len(dev.entries["wanted"]) == 1
    assert PICTURE in dev.assets
    assert TARGET in bench.emulator.stacks


def test_types_that_refer_to_each_other_are_made_whole(bench: Workbench) -> None:
    """The first of a ring is made before the second, and has the reference to it in the end."""
    for uid in ("cart", "horse"):  # a rule that is relaxed for the entries would write the types once more
        fields: Any = bench.source.main.content_types[uid]["schema"]
        fields[1]["mandatory"] = False
    selection = Selection(types=frozenset({"cart"}), with_references=None)
    done = bench.import_snapshot(bench.export(), selection=selection, on_conflict="update")
    assert done.gaps == []
    main = bench.target.main
    for uid, other in (("cart", "horse"), ("horse", "cart")):
        schema: Any = main.content_types[uid]["schema"]
        assert [field["reference_to"] for field in schema if field["uid"] == "other"] == [[other]]
    assert "page" not in main.content_types
