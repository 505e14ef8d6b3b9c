"""Promotion from branch to branch: what one side has published or taken down since they parted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import OF_PICTURE, SUMMER
from small_stack import EGG, HEN, LIVE, PICTURE
from test_promotion import Fork
from workbench import SOURCE, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from editors import Editors

    from stackferry.drivers.import_outcome import ImportResult

TEST = "bltaaaaaaaaaaaaaa09"


def publish(editors: Editors, uid: str, version: int, locale: str = "en-us", **more: Any) -> None:
    set_live(editors, "publish", uid, locale, version=version, **more)


def take_down(editors: Editors, uid: str, locale: str = "en-us", **more: Any) -> None:
    set_live(editors, "unpublish", uid, locale, **more)


def set_live(
    editors: Editors,
    action: str,
    uid: str,
    locale: str,
    *,
    place: str = "live",
    kind: str = "page",
    **more: Any,
) -> None:
    where = {"environments": [place], "locales": [locale]}
    is_asset = uid == PICTURE
    path = f"/assets/{uid}" if is_asset else f"/content_types/{kind}/entries/{uid}"
    body = {"asset" if is_asset else "entry": where, "locale": locale, **more}
    assert editors.call("POST", f"{path}/{action}", json=body).status_code < 300


def publish_all(fork: Fork) -> None:
    """Before the fork: both pages and the picture are live, and Hen has a newer draft; nothing is in `test`."""
    fork.bench.source.publish_rules.clear()
    fork.bench.source.put("environments", {"uid": TEST, "name": "test", "urls": []})
    fork.main.save("page", HEN, title="Hen, draft")
    publish(fork.main, HEN, 2)
    publish(fork.main, EGG, 1)
    publish(fork.main, EGG, 1, "fr-fr")
    publish(fork.main, PICTURE, 1)
    publish(fork.main, "bltcart", 1, kind="cart", place="test")
    time.sleep(0.002)  # the branch is made a moment later


def open_fork(root: Path, **switches: Any) -> Fork:
    return Fork(root, publish_all, **switches)


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield open_fork(root)


def live(fork: Fork, uid: str, kind: str = "page", branch: str = "main") -> dict[tuple[str, str], int]:
    """Environment and language -> version."""
    content = fork.branch(branch)
    held = content.assets[uid] if uid == PICTURE else content.entries[kind][uid]
    return {key: one.version for key, one in held.live.items()}


def told(done: ImportResult, *kinds: str) -> list[tuple[object, ...]]:
    names = ("kind", "content_type", "locale", "environment", "uids")
    wanted = kinds or ("unpublished", "publications", "asset_publications", "variant_publications")
    return [tuple(row.get(name) for name in names) for row in done.left if row["kind"] in wanted]


def again(fork: Fork) -> None:
    before = fork.bench.writes()
    assert fork.promote()[0].gaps == []
    assert fork.bench.writes() == before


@pytest.mark.parametrize("refused", ["", "list", "all"])
def test_what_the_target_alone_took_down_stays_down(refused: str) -> None:
    with memory_directory() as root:
        fork = open_fork(root, **({"branch_reading": 403} if refused == "all" else {}))
        if refused == "list":
            fork.forbid_branches()
        take_down(fork.main, EGG)
        take_down(fork.main, PICTURE)
        before, writes = (live(fork, EGG), live(fork, PICTURE)), fork.bench.writes()
        done, _ = fork.promote()
        assert fork.bench.writes() == writes
        assert (live(fork, EGG), live(fork, PICTURE)) == before
        assert told(done) == [
            ("unpublished", None, "en-us", "live", [PICTURE]),
            ("unpublished", "page", "en-us", "live", [EGG]),
        ]
        fork.dev.save("page", EGG, title="Egg of dev")
        done, _ = fork.promote()
        assert (fork.title("main", EGG), live(fork, EGG)) == ("Egg of dev", before[0])
        again(fork)


def test_what_was_published_in_the_source_since_is_published(fork: Fork) -> None:
    """Also where the target has taken it down: the source's publication is the newer decision."""
    take_down(fork.main, EGG)
    publish(fork.dev, EGG, 1)
    done, _ = fork.promote()
    assert live(fork, EGG)[LIVE, "en-us"] == 1
    assert told(done) == []
    again(fork)


def test_what_the_source_alone_took_down_is_taken_down(fork: Fork) -> None:
    take_down(fork.dev, EGG)
    take_down(fork.dev, PICTURE)
    done, _ = fork.promote()
    assert {*live(fork, EGG)} == {(LIVE, "fr-fr")}
    assert live(fork, PICTURE) == {}
    assert told(done) == []
    again(fork)


def test_what_the_target_alone_published_stays_live(fork: Fork) -> None:
    """In an environment in which the source publishes something, and in another version of what both publish."""
    publish(fork.main, EGG, 1, place="test")
    publish(fork.main, HEN, 3)
    publish(fork.main, PICTURE, 2)
    before = fork.bench.writes()
    done, _ = fork.promote()
    assert fork.bench.writes() == before
    assert live(fork, EGG)[TEST, "en-us"] == 1
    assert live(fork, HEN)[LIVE, "en-us"] == 3
    assert live(fork, PICTURE)[LIVE, "en-us"] == 2
    assert told(done) == [
        ("asset_publications", None, "en-us", "live", [PICTURE]),
        ("publications", "page", "en-us", "live", [HEN]),
        ("publications", "page", "en-us", "test", [EGG]),
    ]
    assert all("since" in str(row["reason"]) for row in done.left if "publications" in str(row["kind"]))


def test_what_both_published_is_as_in_the_source(fork: Fork) -> None:
    publish(fork.main, HEN, 3)
    version = fork.dev.save("page", HEN, title="Hen of dev")
    publish(fork.dev, HEN, version)
    done, _ = fork.promote()
    found = fork.branch("main").entries["page"][HEN]
    number = found.live[LIVE, "en-us"].version
    assert found.documents["en-us"].versions[number]["title"] == "Hen of dev"
    assert told(done) == []
    again(fork)


def test_what_was_published_once_more_is_nothing(fork: Fork) -> None:
    publish(fork.main, EGG, 1)
    before = fork.bench.writes()
    done, _ = fork.promote()
    assert (fork.bench.writes(), told(done)) == (before, [])


def test_what_was_taken_down_here_and_published_again_there_stays(fork: Fork) -> None:
    """Nobody knows which came first: it is told, and goes on being live."""
    take_down(fork.dev, EGG)
    publish(fork.main, EGG, 1)
    done, _ = fork.promote()
    assert live(fork, EGG)[LIVE, "en-us"] == 1
    assert told(done) == [("publications", "page", "en-us", "live", [EGG])]


def test_the_last_promotion_is_the_base(fork: Fork) -> None:
    """Of what the source has published since the fork, too; in whatever order the two go on."""
    version = fork.dev.save("page", EGG, title="Egg of dev")
    publish(fork.dev, EGG, version)
    fork.promote()
    assert live(fork, EGG)[LIVE, "en-us"] == 2
    take_down(fork.main, EGG)
    done, _ = fork.promote()
    assert {*live(fork, EGG)} == {(LIVE, "fr-fr")}
    assert told(done) == [("unpublished", "page", "en-us", "live", [EGG])]
    publish(fork.dev, EGG, version)
    fork.promote()
    assert live(fork, EGG)[LIVE, "en-us"] == 2
    take_down(fork.dev, EGG)
    done, _ = fork.promote()
    assert {*live(fork, EGG)} == {(LIVE, "fr-fr")}
    assert told(done) == []
    publish(fork.main, EGG, 2)
    done, _ = fork.promote()
    assert live(fork, EGG)[LIVE, "en-us"] == 2
    again(fork)


def test_the_base_holds_in_both_directions(fork: Fork) -> None:
    version = fork.dev.save("page", EGG, title="Egg of dev")
    publish(fork.dev, EGG, version)
    fork.promote()
    take_down(fork.dev, EGG)
    done, _ = fork.promote("main", "dev")
    assert {*live(fork, EGG, branch="dev")} == {(LIVE, "fr-fr")}
    assert told(done) == [("unpublished", "page", "en-us", "live", [EGG])]


def test_what_comes_back_is_live_as_in_the_source(fork: Fork) -> None:
    """What the target has deleted and the source has edited is published again, though it was live before the fork."""
    fork.main.call("DELETE", f"/content_types/page/entries/{EGG}", params={"delete_all_localized": "true"})
    fork.dev.save("page", EGG, title="Egg of dev")
    done, _ = fork.promote()
    assert {*live(fork, EGG)} == {(LIVE, "en-us"), (LIVE, "fr-fr")}
    assert told(done) == []
    again(fork)


@pytest.mark.parametrize("carried", [True, False])
def test_a_branch_that_began_with_nothing_live(carried: bool) -> None:
    """Where a new branch shows nothing of its source, its emptiness is no decision: nothing is taken down for it."""
    with memory_directory() as root:
        fork = open_fork(root, fork_publishes=carried)
        version = fork.dev.save("page", HEN, title="Hen of dev")
        publish(fork.dev, HEN, version)
        if carried:
            take_down(fork.dev, EGG)
        done, _ = fork.promote()
        assert ((LIVE, "en-us") in live(fork, EGG)) is not carried
        assert bool(told(done, "publications")) is not carried
        done, _ = fork.promote("main", "dev")
        assert ((LIVE, "en-us") in live(fork, EGG, branch="dev")) is False


def test_a_branch_in_which_all_is_live_since_it_was_made() -> None:
    """Then nobody knows what one side has decided: nothing is taken down, and what the source shows is live."""
    with memory_directory() as root:
        fork = open_fork(root, fork_publish_times="new")
        take_down(fork.main, EGG)
        take_down(fork.dev, EGG, "fr-fr")
        done, _ = fork.promote()
        assert {*live(fork, EGG)} == {(LIVE, "en-us"), (LIVE, "fr-fr")}
        assert told(done) == [("publications", "page", "fr-fr", "live", [EGG])]


def test_a_variant(fork: Fork) -> None:
    """Its publications are three-way, too; an unpublished one is not published again."""
    shown = fork.bench.source.branches["dev"].entries["page"][HEN].variants[SUMMER, "en-us"].live
    held = fork.branch("main").entries["page"][HEN].variants[SUMMER, "en-us"].live
    for key, one in shown.items():
        shown[key] = replace(one, time="2026-01-01T00:00:00.000Z")
    held.clear()
    fork.branch("main").changed()
    done, _ = fork.promote()
    assert held == {}
    assert told(done) == [("unpublished", "page", "en-us", "live", [HEN])]


def test_a_plan_says_the_same(fork: Fork) -> None:
    take_down(fork.main, EGG)
    publish(fork.main, HEN, 3)
    take_down(fork.dev, PICTURE)
    snapshot = fork.bench.export("planned", branch="dev")
    lines = fork.bench.plan(snapshot, "plan", key=SOURCE, on_conflict="update")
    written = [(one["action"], one["uid"]) for one in lines if one["line"] == "write"]
    assert written == [("unpublish", PICTURE), ("unpublish", OF_PICTURE)]
    left = [
        {name: value for name, value in one.items() if name != "line"}
        for one in lines
        if one["line"] == "left"
    ]
    assert fork.promote()[0].left == left
