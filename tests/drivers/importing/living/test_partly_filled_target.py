"""Imports into a target that already holds part of the content: other versions, missing languages, extra fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import fill_random
from small_stack import EGG, LIVE, fill_small
from workbench import SOURCE, TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.contentstack.state import Publication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack.state import Document, Entry


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """The small stack in the source and, through an import, in the target."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        workbench.import_snapshot(workbench.export("first"), "before")
        yield workbench


def entry(workbench: Workbench, title: str) -> Entry:
    """The target's entry of that title in some language, now or before."""
    for found in workbench.target.main.entries["page"].values():
        rows = [row for document in found.documents.values() for row in document.versions.values()]
        if title in [row["title"] for row in rows]:
            return found
    raise AssertionError(title)


def hen_document(workbench: Workbench) -> Document:
    """The target's hen."""
    return entry(workbench, "Hen").documents["en-us"]


def titles(document: Document) -> list[Any]:
    """What a document was called from version to version."""
    return [row["title"] for row in document.versions.values()]


def published_titles(workbench: Workbench) -> list[Any]:
    """What is live of the target's hen in English."""
    live = [found for found in entry(workbench, "Hen, revised").live.values() if found.locale == "en-us"]
    return [title_of_version(workbench, found.version) for found in live]


def title_of_version(workbench: Workbench, version: int) -> Any:
    return entry(workbench, "Hen, revised").documents["en-us"].versions[version]["title"]


def add_version(workbench: Workbench, uid: str, locale: str, **facts: Any) -> None:
    """One more version of a document of the source."""
    document = workbench.source.main.entries["page"][uid].documents[locale]
    row = {**document.latest, "_version": document.version + 1, **facts}
    workbench.source.main.put_entry_version("page", locale, row)


def test_a_pinned_version_that_the_target_lacks_is_written_below_the_latest(workbench: Workbench) -> None:
    """A published older version is written, then the latest again, so that the latest stays the latest."""
    document = hen_document(workbench)
    for number, row in document.versions.items():
        document.versions[number] = {**row, "title": "Hen, revised"}
    entry(workbench, "Hen, revised").live.clear()
    imported = workbench.import_snapshot(workbench.export(), on_conflict="update")
    after = entry(workbench, "Hen, revised").documents["en-us"]
    assert titles(after)[-2:] == ["Hen", "Hen, revised"]
    assert published_titles(workbench) == ["Hen"]
    assert [gap for gap in imported.gaps if gap["kind"] == "publications"] == []


def test_an_import_cut_between_an_older_and_the_latest_version_resumes(workbench: Workbench) -> None:
    """The process dies between the older version and the latest: the next run writes only the latest."""
    document = hen_document(workbench)
    for number, row in document.versions.items():
        document.versions[number] = {**row, "title": "Hen, revised"}
    entry(workbench, "Hen, revised").live.clear()
    snapshot = workbench.export()
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            transport=RecordingTransport(workbench.emulator, cut_at(1, after=True, only="write")),
            on_conflict="update",
        )
    assert titles(entry(workbench, "Hen, revised").documents["en-us"])[-1] == "Hen"
    workbench.import_snapshot(snapshot, on_conflict="update")
    after = titles(entry(workbench, "Hen, revised").documents["en-us"])
    assert after[-2:] == ["Hen", "Hen, revised"]
    assert after.count("Hen") == 1
    assert published_titles(workbench) == ["Hen"]


def test_skip_writes_no_older_version(workbench: Workbench) -> None:
    """With skip a publication whose version is missing is a gap, and the entry is not changed."""
    document = hen_document(workbench)
    for number, row in document.versions.items():
        document.versions[number] = {**row, "title": "Hen, revised"}
    before = titles(document)
    entry(workbench, "Hen, revised").live.clear()
    imported = workbench.import_snapshot(workbench.export(), on_conflict="skip")
    assert titles(entry(workbench, "Hen, revised").documents["en-us"]) == before
    assert {gap["kind"] for gap in imported.gaps} >= {"publications"}


def test_an_older_version_is_found_in_the_target_and_published_again(workbench: Workbench) -> None:
    """Nothing but the publication is written."""
    entry(workbench, "Hen").live.clear()
    workbench.target.main.releases.clear()
    before = titles(hen_document(workbench))
    imported = workbench.import_snapshot(workbench.export(), on_conflict="update")
    assert titles(hen_document(workbench)) == before
    assert published_titles(workbench) == ["Hen"]
    assert imported.gaps == []


def test_the_latest_version_of_the_target_may_be_an_older_one_of_the_source(workbench: Workbench) -> None:
    """It is not written again, and its publication is not missing."""
    add_version(workbench, EGG, "en-us", tags=["later"])
    imported = workbench.import_snapshot(
        workbench.export("later", versions="all"), versions="all", on_conflict="update"
    )
    assert imported.gaps == []
    egg = entry(workbench, "Egg").documents["en-us"]
    assert [row["tags"] for row in egg.versions.values()][-2:] == [[], ["later"]]


def test_versions_that_the_targets_history_lacks_are_written_below_the_latest(workbench: Workbench) -> None:
    """With every version asked for, missing ones are written in order, and the list of new numbers names them."""
    add_version(workbench, EGG, "en-us", tags=["between"])
    add_version(workbench, EGG, "en-us", tags=["later"])
    imported = workbench.import_snapshot(
        workbench.export("later", versions="all"), versions="all", on_conflict="update"
    )
    egg = entry(workbench, "Egg").documents["en-us"]
    assert [row["tags"] for row in egg.versions.values()][-3:] == [[], ["between"], ["later"]]
    assert imported.gaps == []
    rows: list[Any] = [exact_json.loads(line) for line in imported.renumbered.read_bytes().splitlines()]
    moved = {row["from"]: row["to"] for row in rows if row["uid"] == EGG and row["from"] > 1}
    assert {number: egg.versions[there]["tags"] for number, there in moved.items()} in (
        {2: ["between"], 3: ["later"]},  # where the egg was created without its hen first
        {},
    )


def test_with_skip_each_version_that_the_target_lacks_is_a_gap(workbench: Workbench) -> None:
    add_version(workbench, EGG, "en-us", tags=["between"])
    add_version(workbench, EGG, "en-us", tags=["later"])
    imported = workbench.import_snapshot(
        workbench.export("later", versions="all"), versions="all", on_conflict="skip"
    )
    facts = [(gap["kind"], gap["uid"], gap.get("path")) for gap in imported.gaps]
    assert facts == [("versions", EGG, "version 2")]


def test_a_language_that_the_target_lacks_is_written_with_all_its_versions(workbench: Workbench) -> None:
    """Its publications name the same versions as in the source."""
    live = Publication(LIVE, "fr-fr", 1, "", "", "fr-fr")
    workbench.source.main.entries["page"][EGG].live[LIVE, "fr-fr"] = live
    add_version(workbench, EGG, "fr-fr", title="Œuf, révisé")
    egg = entry(workbench, "Egg")
    del egg.documents["fr-fr"]
    egg.live = {key: one for key, one in egg.live.items() if one.source != "fr-fr"}
    imported = workbench.import_snapshot(workbench.export("later"), on_conflict="update")
    assert titles(egg.documents["fr-fr"]) == ["Œuf", "Œuf, révisé"]
    assert [one.version for one in egg.live.values() if one.locale == "fr-fr"] == [1]
    assert imported.gaps == []


def test_a_master_document_that_the_target_lacks_is_created(workbench: Workbench) -> None:
    """The target holds the entry in another language only. Nothing is copied from that language into the master."""
    add_version(workbench, EGG, "en-us", picture=None, tags=["later"])
    egg = entry(workbench, "Egg")
    del egg.documents["en-us"]
    egg.live = {key: one for key, one in egg.live.items() if one.source != "en-us"}
    snapshot = workbench.export("later", versions="all")
    imported = workbench.import_snapshot(snapshot, versions="all", on_conflict="update")
    assert imported.gaps == []
    found = [(row["tags"], bool(row.get("picture"))) for row in egg.documents["en-us"].versions.values()]
    assert found == [([], True), (["later"], False)]
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "a third state", versions="all", on_conflict="update")
    assert workbench.writes() == sent


def test_a_field_that_the_source_no_longer_has_is_emptied_once(workbench: Workbench) -> None:
    """The next import writes nothing."""
    add_version(workbench, EGG, "en-us", picture=None)
    row = workbench.source.main.entries["page"][EGG].documents["en-us"].latest
    del row["picture"]
    snapshot = workbench.export("later")
    workbench.import_snapshot(snapshot, on_conflict="update")
    assert entry(workbench, "Egg").documents["en-us"].latest.get("picture") is None
    sent = workbench.writes()
    workbench.import_snapshot(snapshot, "a third state", on_conflict="update")
    assert workbench.writes() == sent


def test_an_update_whose_answer_is_lost_is_not_sent_twice(workbench: Workbench) -> None:
    """The update's version number continues those of the target, and is recognised by the next run."""
    add_version(workbench, EGG, "en-us", tags=["later"])
    snapshot, before = workbench.export("later"), entry(workbench, "Egg").documents["en-us"].version
    with pytest.raises(Cut):
        workbench.import_snapshot(
            snapshot,
            transport=RecordingTransport(workbench.emulator, cut_at(1, after=True, only="write")),
            on_conflict="update",
        )
    workbench.import_snapshot(snapshot, on_conflict="update")
    assert entry(workbench, "Egg").documents["en-us"].version == before + 1


@pytest.mark.parametrize("seed", sampled(range(6), 2))
def test_an_import_over_an_equal_stack_writes_nothing(seed: int) -> None:
    """With every version, and without the checkpoint of the import that wrote them."""
    with memory_directory() as root:
        workbench = make_workbench(root, lambda stack: fill_random(stack, seed))
        snapshot = workbench.export(versions="all")
        workbench.import_snapshot(snapshot, versions="all")
        sent = workbench.writes()
        imported = workbench.import_snapshot(snapshot, "another state", versions="all", on_conflict="update")
        assert imported.gaps == []
        assert workbench.writes() == sent
        assert workbench.dump(SOURCE).count("entry") == workbench.dump(TARGET).count("entry")


def test_a_dangling_reference_that_branches_share_is_no_difference(workbench: Workbench) -> None:
    partner = [{"uid": "bltinventedgone0001", "_content_type_uid": "page"}]
    add_version(workbench, EGG, "en-us", partner=partner)
    workbench.source.branches["staging"] = workbench.source.main.fork("staging", {"uid": "staging"})
    snapshot, sent = workbench.export("later", versions="all"), workbench.writes()
    where: dict[str, Any] = {"key": SOURCE, "branch": "staging", "versions": "all", "on_conflict": "update"}
    imported = workbench.import_snapshot(snapshot, schedules=False, **where)
    assert workbench.writes() == sent
    assert [gap for gap in imported.gaps if gap["kind"] != "schedules"] == []
