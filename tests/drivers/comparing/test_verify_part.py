"""`verify` after an import of some entries into a stack in use: it judges what that import was to write."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from random_stack import fill_random
from small_stack import EGG, HEN
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from sampling import sampled
from stackferry.errors import UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.json_values import as_list
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

ONLY_HEN = Selection(query=f'{{"uid": "{HEN}"}}')
EDITS = (
    "edit",
    "localize",
    "create",
    "delete",
    "publish",
    "unpublish",
    "new_file",
    "other_file",
    "delete_asset",
)
EVERYWHERE = {"delete_all_localized": "true"}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """Its target was filled, and both sides were edited since."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.import_snapshot(bench.export("first"), **known(bench))
        for key, seed in ((SOURCE, 1), (TARGET, 2)):
            Editors(bench, seed, key=key).work(12, only=("edit", "localize", "create", "new_file"))
        Editors(bench).save("page", HEN, title="Hen of today")
        yield bench


def known(bench: Workbench) -> Any:
    """Where it is kept which object is which: beside the checkpoint, as the commands do."""
    return {"identities": lambda *_: bench.root / "identities.jsonl"}


def target_of(bench: Workbench, kind: str, uid: str) -> str:
    with closing(Checkpoint(bench.root / "state/checkpoint.sqlite")) as checkpoint:
        return checkpoint.target(kind, uid) or ""


@pytest.mark.parametrize(("state", "options"), [("state", {}), ("state", {"selection": ONLY_HEN}),
                                                ("none", {"selection": ONLY_HEN})])  # fmt: skip
def test_what_was_left_alone_is_no_difference(bench: Workbench, state: str, options: Any) -> None:
    """By what the checkpoint says of the import, or by the same selection; what it wrote is judged."""
    snapshot = bench.export()
    hen, egg = (target_of(bench, "entries", uid) for uid in (HEN, EGG))
    bench.import_snapshot(snapshot, **known(bench), on_conflict="update", selection=ONLY_HEN)
    found = bench.verify(snapshot, state, **known(bench), **options)
    assert (found.differences, found.compared["entries"]) == ([], 1)
    Editors(bench, key=TARGET).save("page", egg, title="Egg by hand")
    assert bench.verify(snapshot, state, **known(bench), **options).differences == []
    Editors(bench, key=TARGET).save("page", hen, picture=None)
    (row,) = bench.verify(snapshot, state, **known(bench), **options).differences
    assert (row["uid"], row["path"]) == (HEN, "/picture")


def test_another_selection_than_that_of_the_import(bench: Workbench) -> None:
    """It is compared; and everything is where the import was of everything."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot, **known(bench), on_conflict="update", selection=ONLY_HEN)
    other = bench.verify(snapshot, **known(bench), selection=Selection(types=frozenset({"page"})))
    assert {row["content_type"] for row in other.differences if row["kind"] == "entries"} == {"page"}
    bench.import_snapshot(snapshot, **known(bench), on_conflict="update")
    assert [row["kind"] for row in bench.verify(snapshot, **known(bench)).differences if "left" in row] == []
    assert bench.verify(snapshot, **known(bench), selection=ONLY_HEN).differences == []


def test_a_field_that_kept_its_value_is_a_gap_and_no_difference(bench: Workbench) -> None:
    """What it refers to was deleted: the import has told that it left the field as it is. So has it that a publish rule
    forbids to publish it."""
    snapshot = bench.export()
    hen, path = (
        target_of(bench, "entries", HEN),
        f"/content_types/page/entries/{target_of(bench, 'entries', EGG)}",
    )
    itself = [{"uid": hen, "_content_type_uid": "page"}]
    Editors(bench, key=TARGET).save("page", hen, partner=itself)
    Editors(bench, key=TARGET).call("DELETE", path, params=EVERYWHERE).raise_for_status()
    done = bench.import_snapshot(snapshot, **known(bench), on_conflict="update", selection=ONLY_HEN)
    links = [gap for gap in done.gaps if gap["kind"] == "references"]
    assert {gap["path"] for gap in links} == {"/partner/0/uid"}
    found = bench.verify(snapshot, **known(bench))
    assert found.differences == []
    assert {gap["path"] for gap in found.gaps if gap["kind"] == "references"} == {"/partner/0/uid"}


def test_a_name_that_the_snapshot_does_not_have_is_refused(bench: Workbench) -> None:
    """Nothing compared would look like nothing wrong."""
    with pytest.raises(UsageError, match="content type 'pages'"):
        bench.verify(bench.export(), **known(bench), selection=Selection(types=frozenset({"pages"})))


@pytest.mark.parametrize("seed", sampled(range(20), 2))
def test_any_narrowed_import_is_as_it_says(seed: int) -> None:
    """Of a random stack: what differs after it is told as a gap, or stays as `left`."""
    with memory_directory() as root:
        bench = make_workbench(root, lambda stack: fill_random(stack, seed))
        bench.import_snapshot(bench.export("first"), **known(bench))
        for key, number in ((SOURCE, seed), (TARGET, seed + 1)):
            Editors(bench, number, key=key).work(15, only=EDITS)
        snapshot = bench.export()
        types = sorted(
            uid
            for uid, table in bench.source.main.entries.items()
            if any(one.documents for one in table.values())
        )
        chosen = Selection(types=frozenset(types[:1]))
        done = bench.import_snapshot(snapshot, **known(bench), on_conflict="update", selection=chosen)
        told = {gap.get("uid") for gap in done.gaps}
        left = {str(uid) for row in done.left for uid in [row.get("uid"), *as_list(row.get("uids"))]}
        # Of a file whose bytes are not read nobody can tell which upload is live; and a schedule stays with its entry.
        kinds = ("entries", "publications", "assets", "folders", "release_items")
        found = [row for row in bench.verify(snapshot, **known(bench)).differences if row["kind"] in kinds]
        assert [row for row in found if row["uid"] not in told | left] == []
