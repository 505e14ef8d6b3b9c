"""How many requests an import takes, by the formula of what the two projects hold, counted from their raw state."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN
from project_pair import OTHER, OTHER_PROJECT, OTHER_TOKEN, ProjectPair, project_pair
from workbench import memory_directory

from stackferry.emulators.azure_devops import Emulator
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly
from stackferry.emulators.azure_devops.seed.furnish import furnish

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = 7  # lists of other areas that the definitions point at
MOST = 1.02


@pytest.fixture(scope="module")
def pair() -> Iterator[ProjectPair]:
    with project_pair(230) as made:
        yield made


def living(pair: ProjectPair) -> list[Any]:
    return [one.raw for one in pair.project.definitions.values() if one.deleted_at is None]


def people(pair: ProjectPair) -> int:
    """Everybody who approves or owns a stage."""
    found = set()
    for raw in living(pair):
        for stage in raw["environments"]:
            rows = [*stage["preDeployApprovals"]["approvals"], *stage["postDeployApprovals"]["approvals"]]
            found |= {row["approver"]["id"] for row in rows if row.get("approver")} | {stage["owner"]["id"]}
    return len(found)


def wanted_releases(pair: ProjectPair) -> list[tuple[Any, int, str]]:
    """Each release that is made, which it is of its definition, and the format of their names."""
    formats = {raw["id"]: raw["releaseNameFormat"] for raw in living(pair)}
    counts = dict.fromkeys(formats, 0)
    found = []
    for _, raw in sorted({**pair.project.releases}.items()):
        release: Any = raw
        uid = release["releaseDefinition"]["id"]
        if uid in formats:
            counts[uid] += 1
            found.append((release, counts[uid], formats[uid]))
    return found


def is_renamed(release: Any, number: int, form: str) -> bool:
    build = next(
        (one["definitionReference"].get("version", {}).get("name") for one in release["artifacts"]), ""
    )
    named = form.replace("$(Build.BuildNumber)", build or "")
    named = re.sub(r"(?i)\$\(rev:(r+)\)", lambda found: str(number).zfill(len(found[1])), named)
    return bool(named != release["name"])


def writes(pair: ProjectPair) -> int:
    changed = tagged = 0
    rows = wanted_releases(pair)
    for release, number, form in rows:
        is_state = release["keepForever"] or release["status"] == "abandoned"
        changed += bool(is_state or is_renamed(release, number, form))
        tagged += bool(release["tags"])
    folders = len([path for path in pair.project.folders if path.strip("\\")])
    return folders + len(living(pair)) + len(rows) + changed + tagged


def test_the_first_import_and_a_repeated_one(pair: ProjectPair) -> None:
    snapshot = pair.export()
    done = pair.import_snapshot(snapshot)
    reads = 1 + 1 + KINDS + people(pair)
    assert len(pair.writes()) == writes(pair)
    assert len(pair.log) <= MOST * (reads + writes(pair))
    assert len(pair.log) == sum(done.minimum.values())
    held = len(pair.target.releases)
    for state, policy in (("state", ""), ("another", "update")):
        repeated = pair.import_snapshot(snapshot, state, on_conflict=policy)
        again = (
            1 + len(living(pair)) + ceil(held / 100) + 1 + KINDS + people(pair)
        )  # with the list of folders
        assert pair.writes() == []
        assert len(pair.log) == again
        assert repeated.minimum == {"read": again, "write": 0}


def test_a_dry_run_tells_the_same_requests() -> None:
    with project_pair(30) as pair:
        snapshot = pair.export()
        _, planned = pair.plan(snapshot)
        assert pair.writes() == []
        pair.import_snapshot(snapshot)
        sent = {"write": len(pair.writes()), "read": len(pair.log) - len(pair.writes())}
        assert planned["requests"] == sent


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_2300_releases() -> None:
    emulator = Emulator()
    source = fill_evenly(emulator, ORGANIZATION, PROJECT, token=TOKEN, releases=2300, with_logs=False)
    target = furnish(emulator, OTHER, OTHER_PROJECT, token=OTHER_TOKEN, seed=4)
    with memory_directory() as root:
        pair = ProjectPair(root, emulator, source, target=target)
        snapshot = pair.export()
        pair.import_snapshot(snapshot)
        assert len(pair.writes()) == 1 + 2300
        assert len(pair.log) <= MOST * (1 + 1 + 1 + people(pair) + 1 + 2300)
        pair.import_snapshot(snapshot)
        assert pair.writes() == []
        assert len(pair.log) == 1 + 1 + 23 + 1 + 1 + people(pair)
