"""From one branch of a stack to another: what all branches share is never written, and changes of it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from random_stack import STAMPS
from small_stack import EGG, fill_small
from workbench import SOURCE, RecordingTransport, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

SHARED = ("environments", "taxonomies", "roles", "workflows", "webhooks")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack with every kind, and a branch that has nothing of its own yet, not even the other languages."""
    with memory_directory() as root:
        made = make_workbench(root, fill_every_kind)
        made.source.branches["dev"] = made.emulator.new_branch("dev", "en-us", made.source.user)
        yield made


def is_shared(call: str) -> bool:
    method, _, path = call.partition(" /v3/")
    return method != "GET" and path.startswith(SHARED)


def state_of(stack: Stack) -> dict[str, Any]:
    names = ("environments", "roles", "workflows", "publish_rules", "webhooks")
    return {name: dict(getattr(stack, name)) for name in names}


@pytest.mark.parametrize("is_copy", [False, True])
def test_what_the_stack_shares_is_not_written(bench: Workbench, is_copy: bool) -> None:
    """Neither created nor changed, ordered, translated or published; entries are brought all the same."""
    before = state_of(bench.source)
    transport = RecordingTransport(bench.emulator)
    if is_copy:
        imported = bench.copy(key=SOURCE, branch="dev", transports=(None, transport))[1]
    else:
        snapshot = bench.export()
        imported = bench.import_snapshot(snapshot, key=SOURCE, branch="dev", transport=transport)
    assert [call for call in transport.log if is_shared(call)] == []
    assert state_of(bench.source) == before
    assert [
        gap for gap in imported.gaps if gap["kind"] in (*SHARED, "terms", "translations", "publish_rules")
    ] == []
    assert imported.left == []
    assert bench.source.branches["dev"].entries.keys() == bench.source.main.entries.keys()


def test_what_has_changed_since_is_told_and_left(bench: Workbench) -> None:
    snapshot = bench.export()
    environment = next(iter(bench.source.environments))
    bench.source.environments[environment] = {**bench.source.environments[environment], "name": "renamed"}
    role = next(iter(bench.source.roles))
    bench.source.roles[role] = {**bench.source.roles[role], "description": "another"}
    taxonomy = bench.source.taxonomies["places"]
    term = next(iter(taxonomy.terms))
    taxonomy.terms[term] = {**taxonomy.terms[term], "name": "another"}
    before = state_of(bench.source)
    imported = bench.import_snapshot(snapshot, key=SOURCE, branch="dev")
    assert [gap for gap in imported.gaps if "publi" in str(gap["reason"])] == []
    assert state_of(bench.source) == before
    assert [(row["kind"], row["uids"]) for row in imported.left] == [
        ("environments", [environment]),
        ("roles", [role]),
        ("terms", [f"places/{term}"]),
    ]


def test_what_the_stack_has_no_more_is_a_gap(bench: Workbench) -> None:
    """It may be in use, or not wanted, by every other branch: nobody is to find it made again."""
    snapshot = bench.export()
    bench.source.webhooks.clear()
    bench.source.roles.clear()
    imported = bench.import_snapshot(snapshot, key=SOURCE, branch="dev")
    assert not bench.source.webhooks
    assert not bench.source.roles
    lost = {gap["kind"] for gap in imported.gaps if "belongs to the whole stack" in str(gap["reason"])}
    assert lost == {"roles", "webhooks"}


def test_into_another_stack_everything_is_written(bench: Workbench) -> None:
    """Also under the same branch name."""
    imported = bench.import_snapshot(bench.export())
    assert imported.left == []
    assert len(bench.target.environments) == len(bench.source.environments)


def test_the_fewest_requests_do_not_count_what_is_shared(bench: Workbench) -> None:
    snapshot = bench.export()
    there = bench.import_snapshot(snapshot, "there").minimum["write"]
    here = bench.import_snapshot(snapshot, "here", key=SOURCE, branch="dev").minimum["write"]
    assert here < there


@pytest.mark.parametrize("mirror", [False, True])
def test_an_item_about_what_was_deleted_before_is_the_same_on_both_sides(mirror: bool) -> None:
    """It is neither a gap nor beyond the source, and a mirror leaves it."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        item: JsonObject = {"uid": EGG, "version": 1, "locale": "en-us", "content_type_uid": "page"}
        theirs: JsonObject = {"uid": "bltaaaaaaaaaaaaaa29", "name": "Theirs", "locked": False, "status": []}
        bench.source.main.put_release({**theirs, **STAMPS}, [{**item, "action": "publish"}])
        editors = Editors(bench)
        path, everywhere = f"/content_types/page/entries/{EGG}", {"delete_all_localized": "true"}
        editors.call("DELETE", path, params=everywhere).raise_for_status()
        snapshot = bench.export()
        before = bench.writes()
        asked: Any = {"in_place": True, "on_conflict": "update", "mirror": mirror, "key": SOURCE}
        done = bench.import_snapshot(snapshot, **asked)
        assert [gap for gap in done.gaps if gap["kind"] == "release_items"] == []
        assert [row for row in done.left if row["kind"] == "release_items"] == []
        assert bench.writes() == before
