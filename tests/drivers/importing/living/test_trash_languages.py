"""A language of an entry that was deleted comes back from the trash, in a version more, like a whole entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from small_stack import EGG, HEN, fill_small
from test_trash import PAGES, plan, restore
from workbench import SOURCE, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from oracle import compare
from sampling import sampled
from stackferry.emulators.contentstack import Switches
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

RESTORED = f"PUT {PAGES}/{EGG}/restore"
FRENCH = {"locale": "fr-fr"}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def delete(bench: Workbench, branch: str = "main") -> None:
    """An editor deletes EGG in French."""
    Editors(bench, branch=branch).call("DELETE", f"{PAGES}/{EGG}", params=FRENCH).raise_for_status()


@pytest.mark.parametrize("named", [False, True])
def test_it_comes_back_and_is_not_written(bench: Workbench, named: bool) -> None:
    """With `restore`, too. Its history is there again; twice: nothing is sent."""
    snapshot, before = bench.export(), bench.dump(SOURCE)
    delete(bench)
    options: Any = {"selection": Selection(uids=frozenset({EGG}))} if named else {}
    done, writes = restore(bench, snapshot, **options)
    assert done.gaps == []
    told = [(row["uid"], row["locale"], row["title"]) for row in done.remarks.pop("restored")]
    assert (told, done.remarks) == ([(EGG, "fr-fr", "Œuf")], {})
    assert writes[0] == RESTORED
    assert [one for one in writes if "publish" not in one] == [RESTORED]
    assert compare(before, bench.dump(SOURCE)) == []
    assert max(bench.source.main.entries["page"][EGG].documents["fr-fr"].versions) == 2
    assert restore(bench, snapshot, "another", **options)[1] == []


def test_what_was_edited_before_it_was_deleted_is_written_over(bench: Workbench) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    Editors(bench).save("page", EGG, "fr-fr", title="Edited since")
    delete(bench)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert writes.count(f"PUT {PAGES}/{EGG}") == 1
    assert compare(before, bench.dump(SOURCE)) == []


@pytest.mark.parametrize("has_trash", [True, False])
def test_one_that_the_trash_does_not_have_is_written_anew(has_trash: bool) -> None:
    """Such as one that was unlocalized: under the entry's uid, so nothing has another one."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small, switches=Switches(trash=has_trash))
        snapshot, before = bench.export(), bench.dump(SOURCE)
        Editors(bench).call("POST", f"{PAGES}/{EGG}/unlocalize", params=FRENCH).raise_for_status()
        done, _ = restore(bench, snapshot)
        assert (done.gaps, done.remarks) == ([], {})
        assert compare(before, bench.dump(SOURCE)) == []


def test_a_dry_run_counts_it(bench: Workbench) -> None:
    """And nothing beside it: where the trash refuses it, nothing has another uid."""
    snapshot = bench.export()
    delete(bench)
    planned = plan(bench, snapshot)
    counts = {kind: {**found, "skip": 0} for kind, found in planned.items() if found.keys() != {"skip"}}
    assert counts == {
        "entries": {"restore": 1, "skip": 0},
        "publications": {"publish": 1, "skip": 0},
    }


@pytest.mark.parametrize("is_edited", [True, False])
def test_another_branch_is_asked_for_what_it_has_lost(bench: Workbench, is_edited: bool) -> None:
    """Not for a language that the source has made since; of what stays deleted nothing is asked."""
    call = Editors(bench).call
    call("POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}}).raise_for_status()
    delete(bench, "dev")
    link = [{"uid": HEN, "_content_type_uid": "page"}]
    Editors(bench).save("page", HEN, "fr-fr", title="Poule", partner=link)
    if is_edited:
        Editors(bench).save("page", EGG, "fr-fr", title="Œuf, so that it comes back")
    transport = RecordingTransport(bench.emulator)
    bench.import_snapshot(bench.export(), key=SOURCE, branch="dev", on_conflict="update", transport=transport)
    asked = [line.split("?")[0].replace("/v3", "") for line in transport.log if "/restore" in line]
    assert RESTORED in asked if is_edited else asked == []
    documents = bench.source.branches["dev"].entries["page"]
    assert ("fr-fr" in documents[EGG].documents) is is_edited
    assert "fr-fr" in documents[HEN].documents


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", sampled(range(1, 4), 2))
def test_a_killed_restore_goes_on(bench: Workbench, number: int, is_after: bool) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    Editors(bench).save("page", EGG, "fr-fr", title="Edited since")
    delete(bench)
    with pytest.raises(Cut):
        restore(
            bench,
            snapshot,
            transport=RecordingTransport(bench.emulator, cut_at(number, after=is_after, only="write")),
        )
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert compare(before, bench.dump(SOURCE)) == []
    assert restore(bench, snapshot, "another")[1] == []
