"""Promotion from branch to branch: what one side has deleted since they parted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import EXTENSION
from small_stack import ABROAD, EGG, FOLDER, HEN, LATER, PICTURE, RELEASE
from test_promotion import Fork
from workbench import SOURCE, import_cut_at_every_write, memory_directory

from stackferry.errors import Different
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from editors import Editors

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.model import JsonObject

EVERYWHERE = {"delete_all_localized": "true"}


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield open_fork(root)


def open_fork(root: Path, **switches: Any) -> Fork:
    """Without rules, which forbid to publish what is in no stage."""
    made = Fork(root, **switches)
    made.bench.source.publish_rules.clear()
    return made


def delete(editors: Editors, path: str, **params: str) -> None:
    assert editors.call("DELETE", path, params=params).status_code < 300


def delete_entry(editors: Editors, uid: str, kind: str = "page") -> None:
    delete(editors, f"/content_types/{kind}/entries/{uid}", **EVERYWHERE)


def make(editors: Editors, kind: str, **fields: Any) -> str:
    """A cart or a horse."""
    other = "horse" if kind == "cart" else "cart"
    link = [{"uid": f"blt{other}", "_content_type_uid": other}]
    sent = {"entry": {"seo": {"words": "w"}, "other": link, **fields}}
    answer = editors.call("POST", f"/content_types/{kind}/entries", json=sent)
    return str(answer.raise_for_status().json()["entry"]["uid"])


def stays(done: ImportResult) -> list[tuple[object, ...]]:
    """What the report says of deletions: kind, type, language, uids."""
    names = ("of", "content_type", "locale", "uids")
    return [tuple(row.get(name) for name in names) for row in done.left if row["kind"] == "deleted"]


def again(fork: Fork, gaps: Sequence[object] = ()) -> None:
    """The next promotion sends nothing, and tells no other gap."""
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [*gaps])


@pytest.mark.parametrize("refused", ["", "list", "all"])
def test_an_entry_that_the_target_alone_deleted_stays_deleted(refused: str) -> None:
    """Also where a token sees no branches: what both have alike tells what is older than the fork."""
    with memory_directory() as root:
        fork = open_fork(root, **({"branch_reading": 403} if refused == "all" else {}))
        if refused == "list":
            fork.forbid_branches()
        delete_entry(fork.main, EGG)
        done, writes = fork.promote()
        assert (writes, done.gaps, done.remarks) == ([], [], {})
        assert EGG not in fork.branch("main").entries["page"]
        assert stays(done) == [
            ("entries", "page", "en-us", [EGG]),
            ("entries", "page", "fr-fr", [EGG]),
        ]
        (row, _) = [row for row in done.left if row["kind"] == "deleted"]
        assert row["titles"] == ["Egg"]
        again(fork)


@pytest.mark.parametrize("trash", [True, False])
def test_what_was_edited_in_the_source_is_a_conflict(trash: bool) -> None:
    """The source wins: it comes back, under its uid where the trash has it."""
    with memory_directory() as root:
        fork = open_fork(root, trash=trash)
        fork.bench.source.main.waiting.clear()  # what is scheduled refers to it
        del fork.bench.source.main.queue[LATER]
        delete_entry(fork.main, EGG)
        fork.dev.save("page", EGG, title="Egg of dev")
        done, _ = fork.promote()
        told = [(row["kind"], row["uid"], row["locale"], row["title"]) for row in done.remarks["conflicts"]]
        assert told == [("entries", EGG, "en-us", "Egg of dev")]
        found = fork.branch("main").entries["page"]
        (back,) = [uid for uid in found if uid not in (HEN, ABROAD)]
        assert (fork.title("main", back), {*found[back].documents}) == ("Egg of dev", {"en-us", "fr-fr"})
        assert (back == EGG) == trash
        # Under another uid, the release holds HEN at a version that refers to what is gone.
        stale = [] if trash else [("release_items", HEN)]
        assert [(str(gap["kind"]), str(gap["path"])) for gap in done.gaps] == stale
        assert stays(done) == []
        again(fork, done.gaps)


def test_a_conflict_may_be_kept(fork: Fork) -> None:
    """Then it stays deleted, and the source's edit did not arrive: a gap."""
    delete_entry(fork.main, EGG)
    fork.dev.save("page", EGG, title="Egg of dev")
    done, writes = fork.promote(conflicts="keep")
    assert writes == []
    assert EGG not in fork.branch("main").entries["page"]
    assert [row["uid"] for row in done.remarks["conflicts"]] == [EGG]
    assert [(gap["kind"], gap["uid"], gap["locale"]) for gap in done.gaps] == [("entries", EGG, "en-us")]


def test_a_conflict_may_stop_everything(fork: Fork) -> None:
    delete_entry(fork.main, EGG)
    fork.dev.save("page", EGG, title="Egg of dev")
    before = fork.bench.writes()
    with pytest.raises(Different, match=EGG):
        fork.promote(conflicts="stop")
    assert fork.bench.writes() == before


def test_one_language_that_the_target_alone_deleted(fork: Fork) -> None:
    """It stays so, and nothing of it is live: what the master's record lists of it is not taken for a fallback."""
    delete(fork.main, f"/content_types/page/entries/{EGG}", locale="fr-fr")
    before = dict(fork.branch("main").entries["page"][EGG].live)
    done, writes = fork.promote()
    assert (writes, done.gaps, done.remarks) == ([], [], {})
    assert {*fork.branch("main").entries["page"][EGG].documents} == {"en-us"}
    assert fork.branch("main").entries["page"][EGG].live == before
    assert stays(done) == [("entries", "page", "fr-fr", [EGG])]
    fork.dev.save("page", EGG, title="Egg of dev")  # of the other language
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([f"PUT /v3/content_types/page/entries/{EGG}"], [])
    assert {*fork.branch("main").entries["page"][EGG].documents} == {"en-us"}


@pytest.mark.parametrize("conflicts", ["", "keep"])
def test_one_language_that_was_edited_in_the_source(fork: Fork, conflicts: str) -> None:
    delete(fork.main, f"/content_types/page/entries/{EGG}", locale="fr-fr")
    fork.dev.save("page", EGG, "fr-fr", title="Œuf de dev")
    done, _ = fork.promote(conflicts=conflicts)
    assert [(row["uid"], row["locale"]) for row in done.remarks["conflicts"]] == [(EGG, "fr-fr")]
    documents = fork.branch("main").entries["page"][EGG].documents
    if conflicts:
        assert {*documents} == {"en-us"}
        assert [(gap["uid"], gap["locale"]) for gap in done.gaps] == [(EGG, "fr-fr")]
    else:
        assert documents["fr-fr"].latest["title"] == "Œuf de dev"
        again(fork)


def test_the_master_document_may_be_gone(fork: Fork) -> None:
    """The entry lives on in the other language."""
    delete(fork.main, f"/content_types/page/entries/{EGG}", locale="en-us")
    fork.dev.save("page", EGG, "fr-fr", title="Œuf de dev")
    done, _ = fork.promote()
    documents = fork.branch("main").entries["page"][EGG].documents
    assert {code: one.latest["title"] for code, one in documents.items()} == {"fr-fr": "Œuf de dev"}
    assert (done.gaps, stays(done)) == ([], [("entries", "page", "en-us", [EGG])])


def test_a_new_language_is_no_conflict(fork: Fork) -> None:
    fork.dev.save("page", HEN, "fr-fr", title="Poule", partner=[{"uid": EGG, "_content_type_uid": "page"}])
    fork.dev.save("page", HEN, "fr-fr", title="Poule, encore")
    done, _ = fork.promote()
    assert (done.remarks, done.gaps, stays(done)) == ({}, [], [])
    assert fork.branch("main").entries["page"][HEN].documents["fr-fr"].latest["title"] == "Poule, encore"


def test_an_asset(fork: Fork) -> None:
    """Entries that use it are as they were on both sides: nothing is written, and nothing is a gap."""
    delete(fork.main, f"/assets/{PICTURE}")
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert PICTURE not in fork.branch("main").assets
    assert stays(done) == [("assets", None, None, [PICTURE])]
    fork.dev.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Of dev"}}).raise_for_status()
    done, _ = fork.promote()
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("assets", PICTURE)]
    assert fork.branch("main").assets[PICTURE].latest["title"] == "Of dev"


def test_what_refers_to_it_keeps_its_link_and_is_told(fork: Fork) -> None:
    """The field keeps the target's value; in a new entry the link is left out."""
    delete_entry(fork.main, "bltcart", "cart")
    link = [{"uid": "bltcart", "_content_type_uid": "cart"}]
    fork.dev.save("horse", "blthorse", title="Horse of dev", other=link)
    new = make(fork.dev, "horse", title="New", other=link)
    done, _ = fork.promote()
    held = fork.branch("main").entries["horse"]
    assert held["blthorse"].documents["en-us"].latest["title"] == "Horse of dev"
    assert held["blthorse"].documents["en-us"].latest["other"] == link
    (made,) = [one for uid, one in held.items() if uid != "blthorse"]
    assert not made.documents["en-us"].latest.get("other")
    told = {(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps}
    assert told == {("references", "blthorse", "/other/0/uid"), ("references", new, "/other/0/uid")}
    done, writes = fork.promote()
    assert writes == []
    assert {(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps} == told


def test_a_type_with_its_entries(fork: Fork) -> None:
    delete(fork.main, "/content_types/cart", force="true")
    done, writes = fork.promote()
    assert (writes, done.gaps, done.remarks) == ([], [], {})
    assert "cart" not in fork.branch("main").content_types
    assert stays(done) == [
        ("content_types", None, None, ["cart"]),
        ("entries", "cart", "en-us", ["bltcart"]),
    ]
    again(fork)


@pytest.mark.parametrize("conflicts", ["", "keep"])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_type_of_which_the_source_has_a_new_entry(fork: Fork, conflicts: str, narrow: bool) -> None:
    """A conflict of the type: the source wins, but the entries that it has not touched stay deleted."""
    delete(fork.main, "/content_types/cart", force="true")
    new = make(fork.dev, "cart", title="New cart")
    selection: dict[str, Any] = {"selection": Selection(types=frozenset({"cart"}))} if narrow else {}
    done, _ = fork.promote(conflicts=conflicts, **selection)
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("content_types", "cart")]
    main = fork.branch("main")
    if conflicts:
        assert "cart" not in main.content_types
        assert {(gap["kind"], gap["uid"]) for gap in done.gaps} == {
            ("content_types", "cart"),
            ("entries", new),
        }
    else:
        titles = [one.documents["en-us"].latest["title"] for one in main.entries["cart"].values()]
        assert (titles, done.gaps) == (["New cart"], [])
        assert stays(done) == [("entries", "cart", "en-us", ["bltcart"])]
        again(fork)


def edit_type(editors: Editors, branch: Any, uid: str, **facts: Any) -> None:
    row = {**branch.content_types[uid], **facts}
    assert editors.call("PUT", f"/content_types/{uid}", json={"content_type": row}).status_code < 300


def test_a_type_that_was_edited_in_the_source(fork: Fork) -> None:
    delete(fork.main, "/content_types/cart", force="true")
    edit_type(fork.dev, fork.branch("dev"), "cart", description="Of dev")
    done, _ = fork.promote()
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("content_types", "cart")]
    assert fork.branch("main").content_types["cart"]["description"] == "Of dev"
    assert fork.branch("main").entries["cart"] == {}
    again(fork)


@pytest.mark.parametrize("edited", [False, True])
def test_a_global_field(fork: Fork, edited: bool) -> None:
    """It stays deleted, unless a type is written that is made of it."""
    delete(fork.main, "/global_fields/seo", force="true")
    if edited:
        edit_type(fork.dev, fork.branch("dev"), "cart", description="Of dev")
    done, writes = fork.promote()
    assert done.gaps == []
    assert ("seo" in fork.branch("main").global_fields) == edited
    if edited:
        told = [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]]
        assert (told, stays(done)) == ([("global_fields", "seo")], [])
        again(fork)
    else:
        assert (writes, stays(done)) == ([], [("global_fields", None, None, ["seo"])])


def test_an_extension(fork: Fork) -> None:
    delete(fork.main, f"/extensions/{EXTENSION}")
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert stays(done) == [("extensions", None, None, [EXTENSION])]


def test_a_folder(fork: Fork) -> None:
    """A file that was moved out of it before stays where it is; unless the source has edited the file."""
    out: JsonObject = {"asset": {"parent_uid": None}}
    fork.main.call("PUT", f"/assets/{PICTURE}", json=out).raise_for_status()
    delete(fork.main, f"/assets/folders/{FOLDER}")
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert stays(done) == [("folders", None, None, [FOLDER])]
    fork.dev.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Of dev"}}).raise_for_status()
    done, _ = fork.promote()
    told = {(row["kind"], row["uid"]) for row in done.remarks["conflicts"]}
    assert told == {("folders", FOLDER)}  # main's place of the file is the base of this promotion
    parent = fork.branch("main").assets[PICTURE].latest["parent_uid"]
    assert fork.branch("main").assets[parent].latest["name"] == "Pictures"


def test_a_language_of_the_branch(fork: Fork) -> None:
    """With all that was in it; unless the source has written in it since."""
    for uid in (EGG, ABROAD):
        delete(fork.main, f"/content_types/page/entries/{uid}", locale="fr-fr")
    delete(fork.main, "/locales/fr-fr")
    done, writes = fork.promote()
    assert (writes, done.gaps, done.remarks) == ([], [], {})
    assert {*fork.branch("main").locales} == {"en-us"}
    assert ("locales", None, None, ["fr-fr"]) in stays(done)
    fork.dev.save("page", EGG, "fr-fr", title="Œuf de dev")
    done, _ = fork.promote()
    told = {(row["kind"], row["uid"]) for row in done.remarks["conflicts"]}
    assert told == {("locales", "fr-fr"), ("entries", EGG)}
    assert {*fork.branch("main").entries["page"][EGG].documents} == {"en-us", "fr-fr"}


def test_a_release_and_an_item(fork: Fork) -> None:
    unlock = {"release": {"locked": False}}
    fork.main.call("PUT", f"/releases/{RELEASE}", json=unlock).raise_for_status()
    items = fork.branch("main").releases[RELEASE].items
    body = {
        "items": [
            {name: items[0][name] for name in ("uid", "version", "locale", "content_type_uid", "action")}
        ]
    }
    fork.main.call("DELETE", f"/releases/{RELEASE}/items", json=body).raise_for_status()
    done, writes = fork.promote()
    assert not any("items" in call for call in writes)
    assert fork.branch("main").releases[RELEASE].items == []
    (row,) = [row for row in done.left if row["kind"] == "deleted"]
    assert (row["of"], row["release"], row["uids"]) == ("release_items", RELEASE, [HEN])
    fork.main.call("PUT", f"/releases/{RELEASE}", json=unlock)
    delete(fork.main, f"/releases/{RELEASE}")
    done, writes = fork.promote()
    assert (writes, done.gaps, fork.branch("main").releases) == ([], [], {})
    assert stays(done) == [("releases", None, None, [RELEASE])]


def test_items_about_what_stays_deleted(fork: Fork) -> None:
    """They go with it, without a gap: a release was not asked for by itself."""
    delete_entry(fork.main, HEN)
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])


def test_the_last_promotion_is_the_base(fork: Fork) -> None:
    """Of what was made after the fork, too: an entry, an asset, a type, a release with its item."""
    new = make(fork.dev, "cart", title="Made")
    file = {"asset[upload]": ("new.txt", b"new", "text/plain")}
    fork.dev.call("POST", "/assets", files=file).raise_for_status()
    schema = fork.branch("dev").content_types["page"]["schema"][:1]
    kind = {"content_type": {"uid": "made", "title": "Made", "schema": schema}}
    fork.dev.call("POST", "/content_types", json=kind).raise_for_status()
    release = {"release": {"name": "Made", "description": ""}}
    uid = fork.dev.call("POST", "/releases", json=release).raise_for_status().json()["release"]["uid"]
    item = {"uid": new, "version": 1, "locale": "en-us", "content_type_uid": "cart", "action": "publish"}
    fork.dev.call("POST", f"/releases/{uid}/items", json={"items": [item]}).raise_for_status()
    done, _ = fork.promote()
    assert done.gaps == []
    main = fork.branch("main")
    (entry,) = [one for one in main.entries["cart"] if one != "bltcart"]
    (asset,) = [one.uid for one in main.assets.values() if one.latest.get("title") == "new.txt"]
    (made,) = [one for one, row in main.releases.items() if row.raw["name"] == "Made"]
    fork.main.call(
        "DELETE", f"/releases/{made}/items", json={"items": [{**item, "uid": entry}]}
    ).raise_for_status()
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert [row["release"] for row in done.left if row["kind"] == "deleted"] == [made]
    delete_entry(fork.main, entry, "cart")
    for path in (f"/assets/{asset}", "/content_types/made", f"/releases/{made}"):
        delete(fork.main, path)
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert {row[0] for row in stays(done)} == {"entries", "assets", "content_types", "releases"}
    fork.dev.save("cart", new, title="Edited afterwards")
    done, _ = fork.promote()
    assert [row["uid"] for row in done.remarks["conflicts"]] == [new]
    titles = [one.documents["en-us"].latest["title"] for one in main.entries["cart"].values()]
    assert sorted(titles) == ["Edited afterwards", "cart"]


def test_the_base_holds_in_both_directions(fork: Fork) -> None:
    """What was promoted to main under another uid, and deleted in dev afterwards, stays deleted there."""
    new = make(fork.dev, "cart", title="Made")
    fork.promote()
    delete_entry(fork.dev, new, "cart")
    done, writes = fork.promote("main", "dev")
    assert (writes, done.gaps) == ([], [])
    assert [(row[0], row[1]) for row in stays(done)] == [("entries", "cart")]


def test_what_is_named_and_stays_deleted_is_a_gap(fork: Fork) -> None:
    """Exit code 3, and how to have it back; a query that does not name it is not told so."""
    delete_entry(fork.main, EGG)
    named: list[JsonObject] = [{"uid": EGG}, {"uid": {"$in": [EGG, HEN]}}]
    for query in named:
        done, writes = fork.promote(selection=Selection(query=json.dumps(query)))
        assert writes == []
        assert {(gap["kind"], gap["uid"]) for gap in done.gaps} == {("entries", EGG)}
        assert all("stackferry restore" in str(gap["reason"]) for gap in done.gaps)
    done, writes = fork.promote(selection=Selection(types=frozenset({"page"})))
    assert (writes, done.gaps) == ([], [])
    assert {tuple(row[3]) for row in stays(done)} == {(EGG,)}  # type: ignore[arg-type]


def test_a_release_that_is_asked_for(fork: Fork) -> None:
    """What of it stays deleted is a gap: the item, and the release itself."""
    delete_entry(fork.main, HEN)
    done, _ = fork.promote(selection=Selection(release=RELEASE))
    assert {(gap["kind"], gap["uid"]) for gap in done.gaps} == {("release_items", RELEASE)}
    fork.main.call("PUT", f"/releases/{RELEASE}", json={"release": {"locked": False}})
    delete(fork.main, f"/releases/{RELEASE}")
    done, writes = fork.promote(selection=Selection(release=RELEASE))
    assert writes == []
    assert ("releases", RELEASE) in {(gap["kind"], gap["uid"]) for gap in done.gaps}


def test_a_plan_says_the_same(fork: Fork) -> None:
    delete(fork.main, f"/assets/{PICTURE}")
    delete_entry(fork.main, EGG)
    fork.dev.save("page", EGG, title="Egg of dev")
    snapshot = fork.bench.export("planned", branch="dev")
    lines = fork.bench.plan(snapshot, "plan", key=SOURCE, on_conflict="update")
    left = [line for line in lines if line["line"] == "left" and line["kind"] == "deleted"]
    assert [(row["of"], row["uids"]) for row in left] == [("assets", [PICTURE])]
    assert [line["uid"] for line in lines if line["line"] == "conflict"] == [EGG]
    written = [line for line in lines if line["line"] == "write" and line["kind"] != "if_not_restored"]
    assert {line["uid"] for line in written} == {EGG}
    done, _ = fork.promote()
    assert done.left == [{name: value for name, value in row.items() if name != "line"} for row in left]


def test_a_plan_foresees_no_editor(fork: Fork) -> None:
    """What the trash gives back has the versions that the import counts with."""
    delete(fork.main, f"/assets/{PICTURE}")
    fork.dev.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Of dev"}}).raise_for_status()
    snapshot = fork.bench.export("planned", branch="dev")
    lines = fork.bench.plan(snapshot, "plan", key=SOURCE, on_conflict="update")
    assert [line for line in lines if line["line"] in ("meanwhile", "gap")] == []


def test_a_promotion_that_dies_at_every_write(fork: Fork) -> None:
    """What it has made or had back is not taken for what an earlier promotion left; nor is that brought back."""
    new = make(fork.dev, "cart", title="Made")
    fork.promote()
    (there,) = [one for one in fork.branch("main").entries["cart"] if one != "bltcart"]
    delete_entry(fork.main, there, "cart")
    delete_entry(fork.main, EGG)
    delete_entry(fork.main, "blthorse", "horse")
    fork.dev.save("page", EGG, title="Egg of dev")
    make(fork.dev, "horse", title="Another", other=[{"uid": "bltcart", "_content_type_uid": "cart"}])
    done = import_cut_at_every_write(
        fork.bench,
        fork.bench.export("cut", branch="dev"),
        key=SOURCE,
        branch="main",
        on_conflict="update",
        identities=lambda here, there: fork.bench.root / f"{here.name} to {there.name}",
    )
    assert {str(row["uids"]) for row in done.left if row["kind"] == "deleted"} == {
        str([new]),
        str(["blthorse"]),
    }
    assert [row["uid"] for row in done.remarks["conflicts"]] == [EGG]
    assert fork.title("main", EGG) == "Egg of dev"
    horses = fork.branch("main").entries["horse"].values()
    assert [one.documents["en-us"].latest["title"] for one in horses] == ["Another"]
    again(fork)


def test_an_emptied_branch_is_filled(fork: Fork) -> None:
    """Where nothing at all is left nobody has chosen what goes."""
    main = fork.branch("main")
    for name in ("entries", "assets", "content_types", "global_fields", "releases"):
        getattr(main, name).clear()
    main.changed()
    done, _ = fork.promote()
    assert stays(done) == []
    assert {*main.content_types} == {"page", "cart", "horse"}
