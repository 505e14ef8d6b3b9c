"""A space with something of every kind goes into an empty one, and is the same there: read over plain HTTP."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import raw_state
import rich_space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plain_space import Space
    from watched_service import Service

WORDS = ("--versions", "all", "--schedules", "--enable-webhooks")


def of_the_tests(state: raw_state.State) -> raw_state.State:
    """Without the concepts that the emulator's own organization has besides."""
    mine = {f"concepts/{name}" for name in rich_space.CONCEPTS} | {"concept-schemes/places"}
    return {name: one for name, one in state.items() if not name.startswith("concept") or name in mine}


def test_everything_arrives_and_a_second_import_sends_no_write(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    target = service.space(rich_space.ORGANIZATION)
    with service.watched(target) as (watcher, seen):
        ended = service.carry("import", full_snapshot, seen.place, *WORDS)
        assert ended.code == 0, ended.said
        assert ended.gaps() == []
        spent, fewest = ended.report["requests"], ended.report["minimum"]
        assert len(watcher.writes) == spent["write"] + spent["bulk"] == fewest["write"] + fewest["bulk"]
        rows = raw_state.read(target)
        expected = raw_state.moved(raw_state.look(full_space), full_space, target)
        assert raw_state.differences(expected, raw_state.state(rows)) == []
        watcher.forget()
        again = service.carry("import", full_snapshot, seen.place, *WORDS)
        assert (again.code, watcher.writes) == (0, [])
    assert raw_state.versions(raw_state.read(target)) == raw_state.versions(rows)
    assert service.carry("verify", full_snapshot, "--against", target.place).code == 0


def test_an_organization_without_the_taxonomy_gets_it_and_an_app_it_lacks_is_a_gap(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    target = service.space()
    ended = service.carry("import", full_snapshot, target.place, *WORDS)
    assert (ended.code, [gap["uid"] for gap in ended.gaps()]) == (3, ["own-app"])
    expected = of_the_tests(raw_state.moved(raw_state.look(full_space), full_space, target))
    found = of_the_tests(raw_state.look(target))
    assert raw_state.differences(expected, found) == ["/app_installations/own-app: only in the first"]


def test_older_versions_are_replayed_in_their_order(
    service: Service, full_space: Space, full_snapshot: Path
) -> None:
    target = service.space(rich_space.ORGANIZATION)
    service.carry("import", full_snapshot, target.place, *WORDS)

    def history(space: Space, entry: str) -> list[Any]:
        rows = space.rows(f"entries/{entry}/snapshots")
        rows.sort(key=lambda row: int(row["snapshot"]["sys"]["version"]))
        return [row["snapshot"]["fields"] for row in rows]

    assert [fields["name"]["de"][:3] for fields in history(full_space, "thrice")] == ["one", "two"]
    for entry in ("thrice", "published", "changed", "once-live", "german-gone"):
        assert history(target, entry) == history(full_space, entry)


# Of these keys an import makes nothing: what the service makes, and what is history.
UNSEEN = {
    "internal_code": "the service sets it",
    "url": "each space has its own; the bytes are compared",
    "uploadFrom": "it is gone after a day",
    "parent": "the id of another comment",
    "of": "the tests' own",
}


def test_every_key_of_every_kind_counts(full_space: Space) -> None:
    """The comparison of these tests sees when any key of any object is lost."""
    rows = raw_state.read(full_space)
    whole = raw_state.state(rows)
    unseen = set()
    for kind, items in rows.items():
        for item in items[:3]:
            for path in keys(item):
                if path[0] == "sys" and (
                    len(path) > 2 or path[1:] in ((), ("id",), ("type",), ("linkType",))
                ):
                    continue
                without = {**rows, kind: [lost(one, path) if one is item else one for one in items]}
                try:
                    same = raw_state.state(without) == whole
                except (KeyError, TypeError, AttributeError):
                    continue
                if same:
                    unseen.add(path[-1])
    assert unseen <= {*UNSEEN, *raw_state.MADE_BY_THE_SERVICE}


def keys(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        if len(path) < 4:
            yield from keys(item, (*path, key))


def lost(value: Any, path: tuple[Any, ...]) -> Any:
    value = copy.deepcopy(value)
    inside = value
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return value


@pytest.mark.torture
def test_by_default_what_is_live_and_what_releases_hold_comes_along(
    service: Service, full_space: Space
) -> None:
    snapshot, target = service.home / "snapshot", service.space(rich_space.ORGANIZATION)
    assert service.carry("export", full_space.place, snapshot, "--keep-secrets").code == 0
    ended = service.carry("import", snapshot, target.place, "--schedules", "--enable-webhooks")
    expected = raw_state.moved(raw_state.look(full_space), full_space, target)
    lines = raw_state.differences(expected, raw_state.look(target))
    assert (ended.code, [line for line in lines if not line.startswith(("/tasks", "/comments"))]) == (0, [])


def test_with_latest_versions_no_edit_goes_live(service: Service, full_space: Space) -> None:
    """Facts §11, 29: an entry with an unfinished edit is written and not published, and told."""
    snapshot, target = service.home / "snapshot", service.space(rich_space.ORGANIZATION)
    service.carry("export", full_space.place, snapshot, "--versions", "latest")
    ended = service.carry("import", snapshot, target.place)
    told = {gap["uid"] for gap in ended.gaps() if "not published" in gap["reason"]}
    assert (ended.code, told) == (3, {"changed", "by-locale", "thrice", "swapped"})
    # A type must be published for its entries, so its edit is; told.
    assert [gap["uid"] for gap in ended.gaps("content_types")] == ["note"]
    expected = raw_state.moved(raw_state.look(full_space), full_space, target)
    found = raw_state.look(target)
    for name, body in found.items():
        if name.startswith(("public/entries", "public/assets", "entries", "assets")):
            assert body["fields"] == expected[name]["fields"], name
