"""The oracle of spaces sees every change of every key of an emulated space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from changed_keys import changes
from every_kind_space import fill_every_kind
from space_oracle import NOISE, compare, dump, tally

from sampling import sampled
from stackferry.emulators.contentful import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentful import Space

PARTS = 8
# Derived, or where the service keeps things.
DERIVED = {"details", "url", "internal_code", "conceptSchemes", "totalConcepts", "previousStepId"}
TABLES = (
    "locales",
    "tags",
    "extensions",
    "app_installations",
    "editor_interfaces",
    "workflow_definitions",
    "workflows",
)
OF_SPACE = ("webhooks", "roles", "scheduled_actions")


def filled() -> Space:
    space = Emulator().add_space(key="invented-source")
    fill_every_kind(space, space.master)
    return space


@pytest.fixture
def space() -> Space:
    return filled()


def test_a_space_is_equal_to_itself(space: Space) -> None:
    one, other = dump(space, history=True), dump(filled(), history=True)
    assert compare(one, other) == []
    assert all(count == equal for count, equal in tally(one, other).values())
    assert one.count() == {
        "app_installations": 1,
        "assets": 3,
        "comments": 2,
        "concept_schemes": 1,
        "concepts": 2,
        "content_types": 3,
        "editor_interfaces": 2,
        "entries": 5,
        "extensions": 1,
        "locales": 2,
        "releases": 3,
        "roles": 1,
        "scheduled_actions": 2,
        "tags": 2,
        "tasks": 1,
        "ui_config": 1,
        "webhooks": 1,
        "workflow_definitions": 1,
        "workflows": 1,
    }


def test_a_space_of_another_name_is_equal(space: Space) -> None:
    other = Emulator().add_space(key="invented-target")
    fill_every_kind(other, other.master)
    for path in [*other.files]:
        other.files[path.replace("invented-source", "invented-target")] = other.files[path]
    own = "crn:contentful:::content:spaces/invented-source"
    renamed = own.replace("source", "target")

    def rename(value: Any) -> Any:
        if isinstance(value, list):
            return [rename(item) for item in value]
        if isinstance(value, dict):
            return {name: rename(item) for name, item in value.items()}
        return value.replace(own, renamed) if isinstance(value, str) else value

    for table in (other.master.entries, other.master.content_types):
        for one in table.values():
            one.body, one.live = rename(one.body), rename(one.live)
    for release in other.master.releases.values():
        for one in release.entries.values():
            one.body = rename(one.body)
    assert compare(dump(space), dump(other)) == []


@pytest.mark.parametrize("part", sampled(range(PARTS), 1))
def test_a_change_of_any_key_is_seen(space: Space, part: int) -> None:
    before = dump(space, history=True)
    missed, seen = set[str](), set[str]()
    for label, put, body in _objects(space):
        for path, changed in changes(body):
            name = f"{label}/{path}"
            is_empty = path == "metadata" and not any(body["metadata"].values())
            if crc32(name.encode()) % PARTS != part or _is_noise(path) or is_empty:
                continue
            put(changed)
            if compare(before, dump(space, history=True)):
                seen.add(name)
            else:
                missed.add(name)
            put(body)
    assert missed - seen == set()
    assert len(seen) > 50


def test_states_and_bytes_are_seen(space: Space) -> None:
    before, master = dump(space), space.master
    master.entries["hen"].live_locales = frozenset({"en-US"})
    master.entries["owl"].sys.pop("archivedVersion")
    master.assets["picture"].sys["version"] = 9
    path = next(path for path in space.files if "sound" in path)
    space.files[path].content = b"other"
    del master.tags["bird"]
    told = [line.split(":")[0] for line in compare(before, dump(space))]
    assert told == [
        "assets picture state",
        "assets sound live.fields.file.en-US.bytes",
        "entries hen live_locales",
        "entries owl state",
        "tags bird",
    ]


def _objects(space: Space) -> Iterator[tuple[str, Any, Any]]:
    """Every raw object: a label, what puts another one in its place, and the object."""
    home = space.master
    for owner, names in (
        (home, TABLES),
        (space, OF_SPACE),
        (space.organization, ("concepts", "concept_schemes")),
    ):
        for name in names:
            table: dict[str, Any] = getattr(owner, name)
            for uid, raw in [(uid, raw) for uid, raw in table.items() if uid != "off"]:  # it was canceled
                yield f"{name}/{uid}", lambda body, table=table, uid=uid: table.__setitem__(uid, body), raw
    for name in ("content_types", "entries", "assets"):
        for uid, one in getattr(home, name).items():
            yield f"{name}/{uid}/body", lambda body, one=one: setattr(one, "body", body), one.body
            if one.live is not None:
                yield f"{name}/{uid}/live", lambda body, one=one: setattr(one, "live", body), one.live
    for uid, release in home.releases.items():
        yield f"releases/{uid}", lambda body, one=release: setattr(one, "raw", body), release.raw
        for key, copied in release.entries.items():
            yield f"releases/{uid}/{key}", lambda body, one=copied: setattr(one, "body", body), copied.body


def _is_noise(path: str) -> bool:
    """Whether a path lies in what the oracle leaves out, or would break the object's own name."""
    steps = path.split("/")
    is_noise = steps[0] == "sys" and (len(steps) == 1 or steps[1] in NOISE)
    is_step = steps[0] == "steps" and steps[2:] == ["id"]
    return is_noise or is_step or bool(DERIVED & {*steps}) or steps[-1] == "code"
