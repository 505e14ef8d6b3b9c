"""From one branch of a stack into another: three-way, with what both were when they parted as the base."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from small_stack import EGG, HEN, PICTURE
from workbench import SOURCE, RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import Different
from stackferry.json_values import as_list
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult


class Fork:
    """A stack, a branch made of it, an editor in each, and promotions from one into the other."""

    def __init__(self, root: Path, before: Callable[[Fork], None] = lambda _: None, **switches: Any) -> None:
        """`before` is what happens in main before the branch is made."""
        self.bench: Workbench = make_workbench(root, fill_every_kind, switches=Switches(**switches))
        self.main = Editors(self.bench, key=SOURCE)
        before(self)
        made = self.main.call("POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}})
        assert made.status_code < 300, made.text
        self.dev = Editors(self.bench, key=SOURCE, branch="dev")
        self._count = 0

    def branch(self, name: str) -> Any:
        return self.bench.source.branches[name]

    def forbid_branches(self, status: int = 403) -> None:
        """Let nobody list the branches of the stack."""
        refused = Fault(
            path=r"/stacks/branches\?", status=status, times=ALWAYS, carried_out=False, body=b"{}"
        )
        self.bench.emulator.faults.add(refused)

    def promote(
        self, source: str = "dev", target: str = "main", *, read: Any = None, **options: Any
    ) -> tuple[ImportResult, list[str]]:
        """What it did, and the writes that it sent, but for publishing. `read` are options of the export."""
        self._count += 1
        snapshot = self.bench.export(f"export {self._count}", branch=source, **(read or {}))
        transport = RecordingTransport(self.bench.emulator)
        done = self.bench.import_snapshot(
            snapshot,
            f"state {self._count}",
            key=SOURCE,
            branch=target,
            transport=transport,
            identities=lambda here, there: self.bench.root / f"{here.name} to {there.name}",
            **{"on_conflict": "update", **options},
        )
        writes = [
            call.split("?")[0].removeprefix("/v3") for call in transport.log if not call.startswith("GET")
        ]
        return done, [call for call in writes if "publish" not in call]

    def title(self, branch: str, uid: str) -> object:
        return self.branch(branch).entries["page"][uid].documents["en-us"].latest["title"]


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield Fork(root)


@pytest.mark.parametrize("status", [200, 401, 403])
def test_what_was_edited_on_one_side_only(status: int) -> None:
    """In the source alone it is written, in the target alone it is kept; nothing else is sent."""
    with memory_directory() as root:
        fork = Fork(root)
        if status != 200:
            fork.forbid_branches(status)
        fork.dev.save("page", HEN, title="Hen, edited in dev")
        fork.main.save("page", EGG, title="Egg, edited in main")
        done, writes = fork.promote()
        assert fork.title("main", HEN) == "Hen, edited in dev"
        assert fork.title("main", EGG) == "Egg, edited in main"
        assert writes == [f"PUT /v3/content_types/page/entries/{HEN}"]
        assert done.gaps == []
        newer = [row for row in done.left if row["kind"] == "newer"]
        assert [(row["content_type"], row["locale"], row["uids"]) for row in newer] == [
            ("page", "en-us", [EGG])
        ]
        # Without the right to read the branches the version that the target shows decides: the snapshot has it, too.
        assert done.remarks == {}


def test_what_was_edited_on_both_sides_is_a_conflict(fork: Fork) -> None:
    """The source wins, and the fields are told."""
    fork.dev.save("page", HEN, title="Hen of dev")
    fork.main.save("page", HEN, title="Hen of main")
    done, _ = fork.promote()
    (row,) = done.remarks["conflicts"]
    assert (row["kind"], row["uid"], row["locale"], row["title"]) == ("entries", HEN, "en-us", "Hen of main")
    assert "/title" in list(as_list(row["fields"]))
    assert fork.title("main", HEN) == "Hen of dev"
    assert done.gaps == []


def test_conflicts_may_be_kept(fork: Fork) -> None:
    """Then the source's edit did not arrive: a gap."""
    fork.dev.save("page", HEN, title="Hen of dev")
    fork.main.save("page", HEN, title="Hen of main")
    done, writes = fork.promote(conflicts="keep")
    assert writes == []
    assert fork.title("main", HEN) == "Hen of main"
    assert [row["uid"] for row in done.remarks["conflicts"]] == [HEN]
    assert [(gap["kind"], gap["uid"]) for gap in done.gaps] == [("entries", HEN)]


def test_conflicts_may_stop_everything(fork: Fork) -> None:
    fork.dev.save("page", HEN, title="Hen of dev")
    fork.dev.save("page", EGG, title="Egg of dev")
    fork.main.save("page", HEN, title="Hen of main")
    before = fork.bench.writes()
    with pytest.raises(Different, match=HEN):
        fork.promote(conflicts="stop")
    assert fork.bench.writes() == before


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("is_promoted", [False, True])
def test_an_edit_that_was_taken_back_is_none(status: int, is_promoted: bool) -> None:
    """By what the branches said when they were equal, where the snapshot holds that."""
    with memory_directory() as root:
        fork = Fork(root)
        if status != 200:
            fork.forbid_branches(status)
        if is_promoted:
            fork.dev.save("page", HEN, title="Hen, promoted")
            fork.promote()
        before = fork.title("main", HEN)
        for title in ("Hen of main", before):
            fork.main.save("page", HEN, title=title)
        fork.dev.save("page", HEN, title="Hen of dev")
        done, writes = fork.promote(read={"versions": "all"})
        assert (done.remarks, done.gaps) == ({}, [])
        assert writes == [f"PUT /v3/content_types/page/entries/{HEN}"]
        assert fork.title("main", HEN) == "Hen of dev"


def test_an_edit_that_was_taken_back_in_the_source_does_not_go_over_one_of_the_target(fork: Fork) -> None:
    for title in ("Hen of dev", fork.title("dev", HEN)):
        fork.dev.save("page", HEN, title=title)
    fork.main.save("page", HEN, title="Hen of main")
    done, writes = fork.promote(read={"versions": "all"})
    assert (done.remarks, writes) == ({}, [])
    assert [row["uids"] for row in done.left if row["kind"] == "newer"] == [[HEN]]
    fork.dev.save("page", HEN, title="Hen of dev, again")
    assert [row["uid"] for row in fork.promote(read={"versions": "all"})[0].remarks["conflicts"]] == [HEN]


def test_the_last_promotion_is_the_base_of_the_next(fork: Fork) -> None:
    """In both directions: what was promoted counts as edited on neither side."""
    fork.dev.save("page", HEN, title="Hen, promoted")
    fork.promote()
    assert fork.promote()[1] == []
    fork.main.save("page", HEN, title="Hen, edited in main afterwards")
    done, writes = fork.promote()
    assert (writes, done.remarks) == ([], {})
    assert [row["uids"] for row in done.left if row["kind"] == "newer"] == [[HEN]]
    done, writes = fork.promote("main", "dev")
    assert done.remarks == {}
    assert fork.title("dev", HEN) == "Hen, edited in main afterwards"
    fork.dev.save("page", HEN, title="Hen, edited in dev again")
    done, _ = fork.promote()
    assert done.remarks == {}
    assert fork.title("main", HEN) == "Hen, edited in dev again"


def test_a_fork_of_a_fork_parted_when_the_first_was_made(fork: Fork) -> None:
    """What main was given after dev was made is newer there, though feature was made of dev later."""
    fork.main.save("page", EGG, title="Egg, edited in main before feature")
    made = fork.main.call("POST", "/stacks/branches", json={"branch": {"uid": "feature", "source": "dev"}})
    assert made.status_code < 300, made.text
    feature = Editors(fork.bench, key=SOURCE, branch="feature")
    feature.save("page", HEN, title="Hen of feature")
    done, writes = fork.promote("feature")
    assert writes == [f"PUT /v3/content_types/page/entries/{HEN}"]
    assert done.remarks == {}
    assert fork.title("main", EGG) == "Egg, edited in main before feature"


def test_one_entry(fork: Fork) -> None:
    fork.dev.save("page", HEN, title="Hen of dev")
    fork.dev.save("page", EGG, title="Egg of dev")
    _, writes = fork.promote(selection=Selection(query=f'{{"uid": "{EGG}"}}'))
    assert writes == [f"PUT /v3/content_types/page/entries/{EGG}"]
    assert fork.title("main", HEN) != "Hen of dev"


def test_an_asset_that_was_edited_alike_in_both_branches_is_no_conflict(fork: Fork) -> None:
    """Its address names the branch that it was read from: that is no edit."""
    for editors in (fork.main, fork.dev):
        editors.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Of both"}}).raise_for_status()
    done, writes = fork.promote(conflicts="stop")
    assert (done.remarks, done.left, writes) == ({}, [], [])


def test_an_asset_whose_edit_was_taken_back_is_not_newer(fork: Fork) -> None:
    before = fork.branch("main").assets[PICTURE].latest["title"]
    for title in ("Another", before):
        fork.main.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": title}}).raise_for_status()
    assert fork.promote()[0].left == []


def test_an_asset_that_was_edited_in_the_target_is_kept(fork: Fork) -> None:
    fork.main.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Ours"}})
    done, writes = fork.promote()
    assert writes == []
    assert [(row["kind"], row["uids"]) for row in done.left] == [("newer", [PICTURE])]
    fork.dev.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Theirs"}})
    done, writes = fork.promote()
    assert [row["uid"] for row in done.remarks["conflicts"]] == [PICTURE]
    assert fork.branch("main").assets[PICTURE].latest["title"] == "Theirs"


def test_a_type_that_was_edited_in_the_target_is_kept(fork: Fork) -> None:
    page: Any = fork.branch("main").content_types["page"]
    changed = {"content_type": {"title": "Ours", "uid": "page", "schema": page["schema"]}}
    assert fork.main.call("PUT", "/content_types/page", json=changed).status_code < 300
    _, writes = fork.promote()
    assert writes == []
    assert fork.branch("main").content_types["page"]["title"] == "Ours"


def test_what_is_live_of_a_kept_document_stays_live(fork: Fork) -> None:
    """Neither its publication nor its stage follows the source."""
    fork.main.save("page", HEN, title="Hen, live in main")
    environment = next(iter(fork.bench.source.environments.values()))["name"]
    fork.bench.source.publish_rules.clear()  # they would refuse it
    body = {"entry": {"environments": [environment], "locales": ["en-us"]}, "locale": "en-us"}
    answer = fork.main.call("POST", f"/content_types/page/entries/{HEN}/publish", json=body)
    assert answer.status_code < 300, answer.json()
    before = dict(fork.branch("main").entries["page"][HEN].live)
    done, _ = fork.promote()
    assert done.gaps == []
    assert fork.branch("main").entries["page"][HEN].live == before


def test_what_comes_back_from_the_trash_is_published_at_once(fork: Fork) -> None:
    """The trash gives it a version and a time of its own, which is nobody's edit: a second run has nothing to do."""
    assert fork.main.call("DELETE", f"/assets/{PICTURE}").status_code < 300
    fork.dev.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Of dev"}}).raise_for_status()
    fork.promote()
    assert PICTURE in fork.branch("main").assets
    before = fork.bench.writes()
    done, writes = fork.promote()
    assert (writes, done.gaps) == ([], [])
    assert fork.bench.writes() == before


def test_what_is_not_imported_is_not_told_as_mapped(fork: Fork) -> None:
    """An entry that has another uid in the target is no matter of a copy of types alone."""
    pages = fork.branch("main").entries["page"]
    pages["bltanew000000001"] = replace(pages.pop(HEN))
    for document in pages["bltanew000000001"].documents.values():
        document.put(document.version, {**document.latest, "uid": "bltanew000000001"})
    fork.branch("main").changed()
    done, _ = fork.promote(publish="none")
    assert HEN in {row["uid"] for row in done.remarks["mapped"]}
    assert "mapped" not in fork.promote(only=frozenset({"content_types"}))[0].remarks


def test_a_mirror_has_a_deleted_language_back_from_the_trash(fork: Fork) -> None:
    """Whoever edited it last, it keeps its history. What the target never had is not asked for."""
    path = f"/content_types/page/entries/{EGG}?locale=fr-fr"
    fork.main.call("DELETE", path).raise_for_status()
    fork.dev.save("page", HEN, "fr-fr", title="Poule", partner=[{"uid": EGG, "_content_type_uid": "page"}])
    done, writes = fork.promote(mirror=True)
    restores = [one for one in writes if one.endswith("/restore")]
    assert restores == [f"PUT /v3/content_types/page/entries/{EGG}/restore"], writes
    assert [(row["uid"], row["locale"]) for row in done.remarks["restored"]] == [(EGG, "fr-fr")]
    assert fork.promote(mirror=True)[1] == []
