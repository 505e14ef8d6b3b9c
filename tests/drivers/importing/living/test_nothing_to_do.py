"""An import with `--on-conflict update` into an equal target writes nothing, however that target came about.

By another import of which nothing is remembered, by a branch that was made of the source, by hand: under other uids,
and in versions of other numbers; or by the vendor's own tool. What differs afterwards is all that is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from crossed_stack import fill_crossed
from editors import Editors
from every_kind_stack import fill_every_kind
from linked_stack import ABOUT, INLINE, fill_linked
from random_stack import STAMPS, fill_random
from small_stack import HEN, LIVE, NEW_YEAR, PICTURE, RELEASE, fill_small
from test_published_before_localization import ticking_clock
from wide_stack import fill_wide
from workbench import SOURCE, RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.drivers.importer import AWAIT_WAITS
from stackferry.emulators.contentstack.seed.load import load, read_seed
from stackferry.formats.csdx.convert import csdx_to_snapshot, snapshot_to_csdx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Branch, Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject

STACKS: dict[str, Callable[[Stack], None]] = {
    "every kind": fill_every_kind,
    "crossed": fill_crossed,
    "linked": fill_linked,
    "small": fill_small,
    "wide": fill_wide,
    **{f"seed {seed}": partial(fill_random, seed=seed) for seed in range(6)},
}


@dataclass
class Filled:
    """A workbench whose target is equal to the snapshot, and where that target is."""

    bench: Workbench
    snapshot: Snapshot
    versions: str
    place: dict[str, Any] = field(default_factory=dict)
    first: ImportResult | None = None
    log: list[str] = field(default_factory=list)

    @property
    def target(self) -> Branch:
        stack = self.bench.source if "branch" in self.place else self.bench.target
        return stack.branches[self.place.get("branch", "main")]

    def update(
        self, snapshot: Snapshot | None = None, state: str = "another", **options: Any
    ) -> ImportResult:
        """Import it with a checkpoint that knows of nothing; `log` has the requests."""
        transport = RecordingTransport(self.bench.emulator)
        options = {"versions": self.versions, "on_conflict": "update", **self.place, **options}
        imported = self.bench.import_snapshot(
            snapshot or self.snapshot, state, transport=transport, **options
        )
        self.log = transport.log
        return imported

    @property
    def writes(self) -> list[str]:
        return [call.partition("?")[0].replace("/v3", "") for call in self.log if not call.startswith("GET")]

    def verify(self) -> list[JsonObject]:
        return self.bench.verify(self.snapshot, "another", **self.place).differences


def by_an_import(bench: Workbench, versions: str) -> Filled:
    snapshot = bench.export(versions=versions)
    return Filled(bench, snapshot, versions, first=bench.import_snapshot(snapshot, versions=versions))


def by_a_fork(bench: Workbench, versions: str) -> Filled:
    """A branch has the uids, the history and what is live of the one that it is made of; its queue is empty."""
    snapshot = bench.export(versions=versions)
    bench.source.branches["dev"] = bench.source.main.fork("dev", {"uid": "dev"})
    place = {"key": SOURCE, "branch": "dev", "schedules": False}
    return Filled(bench, snapshot, versions, place)


def by_hand(bench: Workbench, versions: str) -> Filled:
    """Every entry and file was saved twice more as it was, and what was live in its latest version is so again."""
    filled = by_an_import(bench, versions)
    save_again(filled.target)
    return filled


def save_again(branch: Branch) -> None:
    for entry in [one for table in branch.entries.values() for one in table.values()]:
        for code, document in entry.documents.items():
            before = document.version
            for number in (before + 1, before + 2):
                document.put(number, {**document.latest, "_version": number})
            for place, live in entry.live.items():
                if (live.source, live.version) == (code, before):
                    entry.live[place] = replace(live, version=before + 1)
    for asset in branch.assets.values():
        if not asset.is_folder:
            latest = asset.versions[asset.version]
            number = asset.version + 1
            asset.versions[number] = replace(latest, raw={**latest.raw, "_version": number})
    branch.changed()


def by_the_vendors_tool(bench: Workbench, versions: str) -> Filled:
    """Both the snapshot and the target come from an export by the vendor's CLI; addresses are the target's own."""
    folder = bench.root / "vendor"
    snapshot_to_csdx(bench.export(versions=versions), folder)
    snapshot = csdx_to_snapshot(folder, bench.root / "converted")
    for path in folder.rglob("*.json"):
        path.write_text(
            path.read_text().replace("/assets/blt_invented_source/", "/assets/blt_invented_target/")
        )
    load(bench.target, read_seed(folder))
    save_again(bench.target.main)
    return Filled(bench, snapshot, versions)


ADDRESS = re.compile(r"/v3/assets/[^\"' ?]+")
FILLINGS = (by_an_import, by_a_fork, by_hand, by_the_vendors_tool)
MATRIX = [
    (name, how, versions) for name in STACKS for how in FILLINGS for versions in ("pinned", "all", "latest")
]


@pytest.mark.parametrize(
    "case", sampled(MATRIX, 17), ids=lambda case: f"{case[0]} {case[1].__name__} {case[2]}"
)
def test_an_equal_target_is_only_read(
    root: Path, case: tuple[str, Callable[[Workbench, str], Filled], str]
) -> None:
    """Nothing is written, nothing is waited for, and a comparison finds both sides equal."""
    name, fill_target, versions = case
    filled = fill_target(make_workbench(root, STACKS[name]), versions)
    imported = filled.update()
    assert filled.writes == []
    assert max(filled.log.count(call) for call in filled.log) < len(AWAIT_WAITS)
    assert imported.left == []
    if filled.first is not None:
        assert len(imported.gaps) == len(filled.first.gaps)
    known = {gap["uid"] for gap in imported.gaps}
    assert [one for one in filled.verify() if one["uid"] not in known] == []


# --- what differs, and nothing else ---


def call(filled: Filled, method: str, path: str, body: JsonObject, key: str) -> None:
    """One request of an editor."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=filled.bench.emulator)
        async with httpx.AsyncClient(transport=transport, base_url=f"{filled.bench.origin}/v3") as client:
            headers = {"api_key": key, "authorization": "cs-invented-token"}
            return await client.request(method, path, headers=headers, json=body)

    import anyio

    assert anyio.run(send).status_code < 300


def edit(filled: Filled, uid: str, *, is_live: bool = False) -> None:
    """An editor saves the entry with another tag, and may publish that."""
    branch = filled.target
    document = branch.entries["page"][uid].documents["en-us"]
    number = document.version + 1
    branch.put_entry_version("page", "en-us", {**document.latest, "tags": ["edited"], "_version": number})
    entry = branch.entries["page"][uid]
    for place, live in entry.live.items() if is_live else ():
        if live.source == live.locale == "en-us":
            entry.live[place] = replace(live, version=number)


def twin(filled: Filled, uid: str) -> str:
    """What an entry of the source became: the one of the same title."""
    titles = {
        one.uid: one.documents["en-us"].latest["title"]
        for one in filled.bench.source.main.entries["page"].values()
        if "en-us" in one.documents
    }
    (found,) = (
        one.uid
        for one in filled.target.entries["page"].values()
        if "en-us" in one.documents and one.documents["en-us"].latest["title"] == titles[uid]
    )
    return found


@pytest.mark.parametrize("fill_target", [by_an_import, by_hand])
@pytest.mark.parametrize("is_live", [False, True])
def test_an_edited_entry_is_one_update(root: Path, fill_target: Any, is_live: bool) -> None:
    """And one publication, if what was edited is live."""
    filled = fill_target(make_workbench(root, fill_linked), "pinned")
    target = filled.target
    uid = next(one.uid for one in target.entries["page"].values() if one.live)
    edit(filled, uid, is_live=is_live)
    filled.update()
    update = f"PUT /content_types/page/entries/{uid}"
    # It was live in its latest version, and is so again in the one that is written now.
    assert filled.writes == [update, *(["POST /bulk/publish"] if is_live else [])]
    assert filled.verify() == []


@pytest.mark.parametrize("fill_target", [by_a_fork, by_an_import])
def test_a_replaced_file_rewrites_no_entry(root: Path, fill_target: Any) -> None:
    """Texts keep the address of the file that they were written with, also when their entry is written again."""
    filled = fill_target(make_workbench(root, fill_linked), "pinned")
    asset = filled.bench.source.main.assets[INLINE]
    raw = {**asset.latest, "_version": asset.version + 1, "file_size": "9"}
    filled.bench.source.main.put_asset(
        {**raw, "url": f"https://h/v3/assets/s/{INLINE}/other/f"}, b"other one"
    )
    before = {uid: one.version for uid, one in filled.target.assets.items()}
    state = "another" if fill_target is by_a_fork else "state"  # which knows the file by more than its size
    filled.update(filled.bench.export("later"), state)
    (replaced,) = (uid for uid, one in filled.target.assets.items() if one.version > before[uid])
    assert filled.writes == [f"PUT /assets/{replaced}"]
    page = filled.bench.source.main.entries["page"][ABOUT].documents["en-us"].latest
    latest = {**page, "_version": 2, "tags": ["edited"]}
    filled.bench.source.main.put_entry_version("page", "en-us", latest)
    texts = [str(one) for one in documents_of(filled.target, "About")]
    filled.update(filled.bench.export("last"), state)
    assert len(filled.writes) == 1
    (old,), (new,) = (
        ADDRESS.findall(text) for text in (texts[-1], str(documents_of(filled.target, "About")[-1]))
    )
    assert old == new


def documents_of(branch: Branch, title: str) -> list[JsonObject]:
    """The English versions of the page of that title."""
    for entry in branch.entries["page"].values():
        document = entry.documents["en-us"]
        if document.latest["title"] == title:
            return [*document.versions.values()]
    raise AssertionError(title)


def test_an_item_of_a_release_with_other_content_is_posted_again(root: Path) -> None:
    """The release takes the version that says what the source's does, in place of the one that it held."""
    filled = by_hand(make_workbench(root, fill_crossed), "pinned")
    target = filled.target
    (release,) = (one for one in target.releases.values() if one.raw["name"] == "Notes")
    item = next(one for one in release.items if one["content_type_uid"] == "note")
    document = target.entries["note"][str(item["uid"])].documents["en-us"]
    number = document.version + 1
    target.put_entry_version("note", "en-us", {**document.latest, "tags": ["other"], "_version": number})
    item["version"] = number
    filled.update()
    assert filled.writes == [
        f"PUT /content_types/note/entries/{item['uid']}",
        f"POST /releases/{release.raw['uid']}/items",
    ]
    assert filled.verify() == []


def test_what_was_refused_together_is_not_waited_for(root: Path) -> None:
    """It was not taken, so nothing will come of it: it is published singly at once."""
    filled = by_an_import(make_workbench(root, fill_linked), "pinned")
    (place,) = filled.bench.target.environments
    rule: dict[str, Any] = {
        "uid": "bltrule",
        "environment": place,
        "actions": ["publish"],
        "content_types": ["page"],
        "locales": ["en-us"],
        "branches": ["main"],
        "workflow_stage": "bltnowhere",
        "approvers": {},
    }
    filled.bench.target.put("publish_rules", rule)
    for entry in filled.target.entries["page"].values():
        entry.live.clear()
    filled.target.changed()
    imported = filled.update()
    assert [call.rpartition("/")[2] for call in filled.writes] == ["publish", "publish"]
    assert max(filled.log.count(call) for call in filled.log) < len(AWAIT_WAITS)
    (gap,) = (one for one in imported.gaps if one["kind"] == "publications")
    assert "satisfy the required publish rules" in str(gap["reason"])


@pytest.mark.parametrize("content", [b"other one", b"longer than before"], ids=["same size", "longer"])
def test_a_replaced_file_of_any_size_is_replaced(root: Path, content: bytes) -> None:
    """Also one of the same size: in a branch of the same stack another upload is looked at."""
    filled = by_a_fork(make_workbench(root, fill_small), "pinned")
    asset = filled.bench.source.main.assets[PICTURE]
    tags: list[Any] = ["a, b"]
    raw = {**asset.latest, "_version": asset.version + 1, "file_size": str(len(content)), "tags": tags}
    filled.bench.source.main.put_asset({**raw, "url": f"https://h/v3/assets/s/{PICTURE}/other/f"}, content)
    filled.update(filled.bench.export("later"))
    # Tags with a comma, which an upload cannot say, come after it.
    assert filled.writes == [f"PUT /assets/{PICTURE}"] * 2
    latest = filled.target.assets[PICTURE].versions[filled.target.assets[PICTURE].version]
    assert (latest.content, latest.raw["tags"]) == (content, ["a, b"])
    filled.update(filled.bench.export("again"), "once more")
    assert filled.writes == []


def test_a_locked_release_is_opened_for_items_with_other_content(root: Path) -> None:
    """And locked again. Nothing is opened for what is equal."""
    filled = by_an_import(make_workbench(root, fill_small), "pinned")
    (release,) = filled.target.releases.values()
    (item,) = release.items
    entry = filled.target.entries["page"][str(item["uid"])].documents["en-us"]
    item["version"] = entry.version
    path = f"/releases/{release.raw['uid']}"
    filled.update()
    assert filled.writes == [f"PUT {path}", f"POST {path}/items", f"PUT {path}"]
    assert release.raw["locked"] is True
    assert filled.verify() == []


EDITED = [
    *((fill_random, by_a_fork, seed) for seed in (0, 4, 9, 12, 15, 16, 36)),
    *((fill_random, by_an_import, seed) for seed in (17, 2, 3, 8, 13, 23, 29)),
    *((fill_crossed, by_a_fork, seed) for seed in (0, 4, 12, 15, 16, 20)),
]


@pytest.mark.parametrize(
    "case", sampled(EDITED, 6), ids=lambda case: " ".join((case[0].__name__, case[1].__name__, str(case[2])))
)
def test_what_editors_did_is_carried_over_once(root: Path, case: tuple[Any, Any, int]) -> None:
    """To a branch that knows nothing of it, or another stack whose identities are kept; then nothing is to be done."""
    fill, fill_target, seed = case
    bench = make_workbench(root, partial(fill, seed=seed) if fill is fill_random else fill)
    bench.emulator.clock = ticking_clock()
    filled = fill_target(bench, ("pinned", "all")[seed % 2])
    Editors(bench, seed).work(14)
    states = ("another", "once more") if fill_target is by_a_fork else ("state", "state")
    later = replace(filled, snapshot=bench.export("later", versions=filled.versions))
    later.update(state=states[0])
    assert later.writes
    imported = later.update(state=states[1])
    assert later.writes == []
    known = {gap["uid"] for gap in imported.gaps}
    differences = bench.verify(later.snapshot, states[1], **later.place).differences
    # What was deleted, fields of types too, is still in the target.
    lost = [one for one in differences if one["uid"] not in known and "left" in one]
    assert [one for one in lost if one["kind"] != "content_types"] == []


@pytest.mark.parametrize("schedules", [True, False])
def test_what_still_waits_where_the_snapshot_comes_from_is_no_gap(schedules: bool) -> None:
    """Of entries, assets, variants and releases, whether --schedules is given or not."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        waiting: JsonObject = {"environment": [LIVE], "locale": ["en-us"], "publish_status": "scheduled"}
        waiting |= {"scheduled_at": NEW_YEAR, **STAMPS}
        about: JsonObject = {"uid": HEN, "locale": "en-us", "version": 1, "variant_uid": "cs_of_hen"}
        row: JsonObject = {"uid": "bltrow1", "type": "entry", "entry": about, "content_type": {"uid": "page"}}
        bench.source.main.put_queue_item({**row, "action": "publish", **waiting})
        release: JsonObject = {"uid": "bltrow2", "type": "release", "entry": {"release": {"uid": RELEASE}}}
        bench.source.main.put_queue_item({**release, "action": "deploy", **waiting})
        snapshot, before = bench.export(), bench.writes()
        asked: Any = {"in_place": True, "on_conflict": "update", "key": SOURCE, "schedules": schedules}
        assert bench.import_snapshot(snapshot, **asked).gaps == []
        assert bench.writes() == before
