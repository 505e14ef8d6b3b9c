"""What a workflow stage locks beside the master document: another language of an entry, and a variant.

It stays as it is, in its stage, and is one gap that names the stage; everything else arrives, and it does when it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import STAGES, fill_every_kind
from small_stack import EGG, HEN
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack

    Run = Callable[[], ImportResult]


def fill(stack: Stack) -> None:
    fill_every_kind(stack)
    stack.publish_rules.clear()
    hen = stack.main.entries["page"][HEN]
    hen.documents["en-us"].workflow = {"uid": STAGES[1], "name": "Done"}
    (variant,) = hen.variants.values()
    variant.live.clear()  # no call reads an older version of it that is live
    stack.main.queue.clear()
    stack.main.waiting.clear()


def bench_of(**switches: Any) -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill, switches=Switches(import_keeps_uid=True, **switches))


class Place:
    """What people do in a branch of a stack, in which the entries have the uids of the source."""

    def __init__(self, bench: Workbench, key: str = SOURCE, branch: str = "main") -> None:
        self.stack: Any = bench.emulator.stacks[key]
        self.pages = self.stack.branches[branch].entries["page"]
        self.editors = Editors(bench, key=key, branch=branch)

    @property
    def variant(self) -> Any:
        (found,) = self.pages[HEN].variants.values()
        return found

    def edit(self, word: str) -> None:
        """Change an entry in both languages, and a variant."""
        for locale in ("en-us", "fr-fr"):
            self.editors.save("page", EGG, locale=locale, title=f"{locale} {word}")
        body = {"entry": {"title": f"variant {word}", "_variant": {"_change_set": ["title"], "_order": []}}}
        ((uid, _),) = self.pages[HEN].variants
        path = f"/content_types/page/entries/{HEN}/variants/{uid}"
        self.editors.call("PUT", path, json=body).raise_for_status()

    def titles(self) -> dict[str, object]:
        found = {code: one.latest["title"] for code, one in self.pages[EGG].documents.items()}
        return {**found, "variant": self.variant.latest["title"]}

    def put_in_stage(self, what: str) -> str:
        """Put one of these into the stage that locks; its uid."""
        (flow,) = self.stack.workflows.values()
        stage = next(one for one in flow["workflow_stages"] if one["name"] == "Done")
        document = {
            "fr-fr": self.pages[EGG].documents["fr-fr"],
            "variant": self.variant,
            "entry": self.pages[HEN].documents["en-us"],
        }
        document[what].workflow = {"uid": stage["uid"], "name": "Done"}
        return str(stage["uid"])

    def set_lock(self, lock: str) -> None:
        (flow,) = self.stack.workflows.values()
        stages: Any = flow["workflow_stages"]
        flow["workflow_stages"] = [
            {**one, "entry_lock": lock if one["name"] == "Done" else "$none"} for one in stages
        ]


def in_place(bench: Workbench, **options: Any) -> tuple[Place, Run]:
    Place(bench).edit("before")
    snapshot = bench.export()
    asked: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update", **options}
    return Place(bench), lambda: bench.import_snapshot(snapshot, **asked)


def mirrored(bench: Workbench) -> tuple[Place, Run]:
    return in_place(bench, mirror=True)


def restored(bench: Workbench) -> tuple[Place, Run]:
    return in_place(bench, selection=Selection(uids=frozenset({EGG, HEN})))


def updated(bench: Workbench) -> tuple[Place, Run]:
    Place(bench).edit("before")
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    return Place(bench, TARGET), lambda: bench.import_snapshot(snapshot, "again", on_conflict="update")


def promoted(bench: Workbench) -> tuple[Place, Run]:
    bench.source.branches["dev"] = bench.source.main.fork(
        "dev", {"uid": "dev", "source": "main"}, ForkTerms()
    )
    Place(bench, branch="dev").edit("before")
    snapshot = bench.export(branch="dev")
    return Place(bench), lambda: bench.import_snapshot(snapshot, key=SOURCE, on_conflict="update")


WAYS = [in_place, mirrored, restored, updated, promoted]


@pytest.mark.parametrize("make", WAYS)
@pytest.mark.parametrize(
    ("what", "rule"), [("fr-fr", "own"), ("variant", "own"), ("variant", "none"), ("entry", "entry")]
)
def test_it_stays_and_is_told_until_it_may_be_written(
    make: Callable[[Workbench], tuple[Place, Run]], what: str, rule: str
) -> None:
    """Whose stage locks a variant no page says: its own, its entry's, or none."""
    for bench in bench_of(variant_lock=rule):
        place, run = make(bench)
        place.edit("since")
        before, right = place.titles(), dict.fromkeys(("en-us", "fr-fr", "variant"))
        stage = place.put_in_stage(what)
        locked = "variant" if what == "entry" else what
        for _ in range(2):
            place.set_lock("$all")  # an import into another stack writes the workflow, too
            told = [gap for gap in run().gaps if gap["kind"] in ("entries", "variants")]
            after = place.titles()
            if rule == "none":
                assert told == []
                continue
            assert len(told) == 1, [(gap["uid"], gap["reason"]) for gap in told]
            assert "'Done', which locks entries" in str(told[0]["reason"])
            assert after[locked] == before[locked]
            assert [name for name in right if after[name] == before[name]] == [locked]
            assert all(str(after[name]).endswith("before") for name in right if name != locked)
        place.set_lock("$none")
        told = [gap for gap in run().gaps if gap["kind"] in ("entries", "variants")]
        assert told == []
        assert all(str(title).endswith("before") for title in place.titles().values())
        if what == "variant":
            assert place.variant.workflow["uid"] == stage


def test_the_stage_of_a_variant_is_told(tmp_path: Path) -> None:
    """No call of a page moves a variant: a gap until somebody has moved it, and no other difference."""
    bench = make_workbench(tmp_path, fill)
    Place(bench).put_in_stage("variant")
    snapshot = bench.export()
    for state in ("first", "second"):
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        (told,) = [gap for gap in gaps if gap["kind"] == "workflow_stages"]
        assert "'Done'" in str(told["reason"])
        assert told["path"]
        assert bench.verify(snapshot, state).differences == []
    (target,) = (one for one in bench.target.main.entries["page"].values() if one.variants)
    ((_, variant),) = target.variants.items()
    (flow,) = bench.target.workflows.values()
    stages: Any = flow["workflow_stages"]
    variant.workflow = {"uid": stages[1]["uid"], "name": "Done"}
    gaps = bench.import_snapshot(snapshot, "third", on_conflict="update").gaps
    assert [gap for gap in gaps if gap["kind"] == "workflow_stages"] == []
    options: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
    assert bench.import_snapshot(snapshot, "place", **options).gaps == []
