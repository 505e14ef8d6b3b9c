"""Headers of webhooks whose values the snapshot does not hold: left out, told, and kept where the target has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import fill_small, sys_of
from space_bench import make_space_bench

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


PLAIN = {"key": "Content-Type", "value": "application/json"}
HIDDEN = [
    {"key": "X-Token", "value": "invented-token-5501"},
    {"key": "X-Secret", "value": "invented-secret-7702", "secret": True},
]


def fill(space: Space, environment: Environment) -> None:
    fill_small(space, environment)
    facts: Any = {"name": "Deploy", "url": "https://hooks.example.invalid/deploy", "topics": ["*.*"]}
    headers: Any = [HIDDEN[0], PLAIN, HIDDEN[1]]
    space.put(
        "webhooks",
        {"sys": sys_of("WebhookDefinition", "deploy"), **facts, "headers": headers, "active": True},
    )


def test_no_value_is_made_up(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    wanted = [("deploy", "/headers/0/value"), ("deploy", "/headers/2/value")]
    for state, writes in (("state", None), ("again", 0)):
        bench.emulator.log.clear()
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        assert [(gap["uid"], gap["path"]) for gap in gaps] == wanted
        assert writes is None or bench.writes() == writes
        made: Any = bench.target.webhooks["deploy"]
        assert made["headers"] == [PLAIN]
    found = bench.verify(snapshot)
    assert (found.differences, [(gap["uid"], gap["path"]) for gap in found.gaps]) == ([], wanted)
    # Set by hand, they stay, and are no gap any more.
    made["headers"] = [*HIDDEN, PLAIN]
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", on_conflict="update")
    assert (bench.writes(), made["headers"]) == (0, [*HIDDEN, PLAIN])


@pytest.mark.parametrize("policy", ["", "update"])
def test_a_password_that_an_import_could_not_give_is_a_gap_until_the_webhook_is_saved(
    root: Path, policy: str
) -> None:
    """The API shows no password: whether one was set since is known only where nobody has saved the webhook."""

    def with_login(space: Space, environment: Environment) -> None:
        fill(space, environment)
        space.webhooks["deploy"] |= {"httpBasicUsername": "robot", "httpBasicPassword": "invented-9913"}

    bench = make_space_bench(root / "bench", with_login)
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    assert "/httpBasicUsername" in {gap.get("path") for gap in first.gaps}
    bench.emulator.log.clear()
    assert bench.import_snapshot(snapshot, on_conflict=policy).gaps == first.gaps
    assert bench.writes() == 0
    made: Any = bench.target.webhooks["deploy"]
    made |= {
        "httpBasicPassword": "invented-4402",
        "sys": {**made["sys"], "updatedAt": "2031-05-04T03:02:01Z"},
    }
    again = bench.import_snapshot(snapshot, on_conflict="update")
    assert "/httpBasicUsername" not in {gap.get("path") for gap in again.gaps}
