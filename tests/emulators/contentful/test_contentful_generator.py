"""Spaces that are made up: repeatable, with every kind and state, and in themselves without a contradiction."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.contentful import Emulator, Space, Switches
from stackferry.emulators.contentful.seed.api import Api
from stackferry.emulators.contentful.seed.generator import Shape, fill_evenly, generate

END = datetime(2026, 1, 1, tzinfo=UTC)
LISTS = (
    "/locales", "/tags", "/content_types", "/public/content_types", "/editor_interfaces", "/entries", "/assets",
    "/public/entries", "/public/assets", "/releases", "/release_actions", "/extensions", "/app_installations",
    "/workflow_definitions", "/workflows",
)  # fmt: skip
OF_SPACE = (
    "webhook_definitions",
    "roles",
    "api_keys",
    "preview_api_keys",
    "environments",
    "environment_aliases",
)


def made(seed: int = 0, switches: Switches | None = None, **shape: Any) -> tuple[Space, Api]:
    emulator = Emulator(switches=switches)
    space = generate(emulator, key="gen", token="t", seed=seed, shape=Shape(**shape), until=END)
    assert emulator.defects == []
    return space, Api(emulator, "gen", "t")


def everything(api: Api) -> dict[str, Any]:
    paths = [*(f"{path}?limit=1000" for path in LISTS), *(f"/spaces/gen/{path}" for path in OF_SPACE)]
    paths.append("/spaces/gen/scheduled_actions?environment.sys.id=master")
    paths += [f"/organizations/gen-organization/taxonomy/{kind}" for kind in ("concepts", "concept-schemes")]
    return {path: api.get(path)["items"] for path in paths}


def test_the_same_seed_gives_the_same_space() -> None:
    first, second, other = (exact_json.dumps(everything(made(seed)[1])) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_there_is_something_of_every_kind() -> None:
    space, api = made()
    assert [path for path, rows in everything(api).items() if not rows] == []
    assert space.master.tasks
    assert space.master.comments
    releases = space.master.releases.values()
    assert Counter((one.is_timeline, one.is_archived) for one in releases) == {
        (False, False): 1, (False, True): 1, (True, False): 3, (True, True): 1,
    }  # fmt: skip
    assert any(uid not in space.master.entries for one in releases for uid in one.entries)
    assert any(copy.version > 1 for one in releases for copy in one.entries.values())


@pytest.mark.parametrize("seed", sampled(range(40), 4))
def test_a_space_has_every_state_and_no_contradiction(seed: int) -> None:
    space, api = made(seed)
    assert {one.state for one in space.master.entries.values()} == {
        "draft",
        "published",
        "changed",
        "archived",
    }
    assert max(len(one.snapshots) for one in space.master.entries.values()) > 1
    live = {row["sys"]["id"]: row for row in rows(api, "/public/entries")}
    for row in rows(api, "/entries"):
        told = {code for code, status in row["sys"]["fieldStatus"]["*"].items() if status != "draft"}
        shown = live.get(row["sys"]["id"], {"fields": {}})["fields"]
        assert {code for values in shown.values() for code in values} <= told
        assert bool(told) is (row["sys"]["id"] in live)


def rows(api: Api, path: str) -> Any:
    return api.get(f"{path}?limit=1000")["items"]


def test_a_space_that_publishes_whole_entries_has_no_state_between() -> None:
    space, _ = made(by_locale=False)
    codes = set(space.master.locale_codes)
    assert {one.live_locales for one in space.master.entries.values()} <= {frozenset(), frozenset(codes)}


def test_the_switches_and_limits_of_the_service_hold_afterwards() -> None:
    switches = Switches(link_check="published", unknown_widgets="refused", snapshots_kept=1)
    space, api = made(switches=switches)
    assert api.service.switches is switches
    assert max(len(one.snapshots) for one in space.master.entries.values()) == 1


def test_very_many_entries_are_put_in_evenly() -> None:
    emulator = Emulator()
    space = emulator.add_space(key="even", token="t")
    fill_evenly(space.master, 1_000)
    states = Counter(one.state for one in space.master.entries.values())
    assert states == {"published": 900, "changed": 90, "draft": 10}
    api = Api(emulator, "even", "t")
    assert api.get("/entries?limit=1")["total"] == 1_000
    assert api.get("/public/entries?limit=1")["total"] == 990
