"""A finished promotion that is run again: what the target alone has changed since is told, with exit code 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from small_stack import EGG, HEN
from workbench import SOURCE, make_workbench, memory_directory

from stackferry.drivers.planning.plan_file import PlanFile
from stackferry.errors import Different

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot

MAIN: dict[str, Any] = {"key": SOURCE, "branch": "main"}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack with a branch `dev` in which Hen was edited; main has an edit of its own, of Egg."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        main = Editors(bench, key=SOURCE)
        made = main.call("POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}})
        assert made.status_code < 300, made.text
        Editors(bench, key=SOURCE, branch="dev").save("page", HEN, title="Hen of dev")
        main.save("page", EGG, title="Egg of main")
        yield bench


def edit(main: Editors) -> None:
    main.save("page", HEN, title="Hen by hand")


def delete(main: Editors) -> None:
    main.call("DELETE", f"/content_types/page/entries/{HEN}?delete_all_localized=true").raise_for_status()


def unpublish(main: Editors) -> None:
    main.call(
        "POST",
        f"/content_types/page/entries/{HEN}/unpublish",
        json={"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"},
    ).raise_for_status()


def promoted(bench: Workbench, how: str) -> tuple[Snapshot, dict[str, Any]]:
    """The snapshot of dev after its promotion, and the options that say the same again."""
    snapshot, known = bench.export(branch="dev"), bench.root / "identities"
    identities: dict[str, Any] = {"identities": lambda _here, _there: known}
    if how == "apply":
        bench.plan(snapshot, on_conflict="update", **MAIN)
        options = {"plan": PlanFile(bench.root / "plan.jsonl"), "on_conflict": "update", **MAIN, **identities}
        bench.import_snapshot(snapshot, **options)
        return snapshot, options
    bench.import_snapshot(snapshot, on_conflict="update", **MAIN, **identities)
    return snapshot, {**MAIN, **identities}


@pytest.mark.parametrize("how", ["import", "apply"])
@pytest.mark.parametrize("change", [edit, delete, unpublish])
def test_what_the_target_alone_has_changed_since_is_named(
    bench: Workbench, how: str, change: Callable[[Editors], None]
) -> None:
    """What it had changed before the promotion is not: that is what the promotion left there."""
    snapshot, options = promoted(bench, how)
    bench.import_snapshot(snapshot, **options)
    change(Editors(bench, key=SOURCE))
    writes = bench.writes()
    with pytest.raises(Different) as told:
        bench.import_snapshot(snapshot, **options)
    assert (str(told.value).count(HEN), EGG in str(told.value)) == (1, False), told.value
    assert bench.writes() == writes


def test_an_update_keeps_it_and_ends_that(bench: Workbench) -> None:
    """The message promises no other: nothing overwrites what the target alone has changed."""
    snapshot, options = promoted(bench, "import")
    edit(Editors(bench, key=SOURCE))
    with pytest.raises(Different, match="also keeps"):
        bench.import_snapshot(snapshot, **options)
    done = bench.import_snapshot(snapshot, on_conflict="update", **options)
    assert [row["uids"] for row in done.left if row["kind"] == "newer"] == [sorted([EGG, HEN])]
    writes = bench.writes()
    bench.import_snapshot(snapshot, **options)
    assert bench.writes() == writes
