"""A copy that is stopped at any of its events, by a cancellation or by Ctrl-C: the same call makes it whole."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from sample_pairs import FAST, SYSTEMS, TOKEN, sample_pair

import stackferry
from sampling import sampled
from stackferry import Event, sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_pairs import SamplePair

HOW: Any = {"source_token": TOKEN, "target_token": TOKEN, "speed": FAST}


class At:
    """Does something at one event of a run."""

    def __init__(self, event: int, act: Callable[[], object]) -> None:
        self._left, self._act = event, act

    def __call__(self, _: Event) -> None:
        self._left -= 1
        if self._left == 0:
            self._act()


def cancelled(pair: SamplePair, state: Path, event: int, backend: str) -> bool:
    async def run() -> bool:
        with anyio.CancelScope() as scope:
            await stackferry.copy(
                pair.source, pair.target, state=state, on_event=At(event, scope.cancel), **HOW
            )
        return scope.cancelled_caught

    return anyio.run(run, backend=backend)


def interrupted(pair: SamplePair, state: Path, event: int) -> bool:
    try:
        sync.copy(
            pair.source,
            pair.target,
            state=state,
            on_event=At(event, lambda: signal.raise_signal(signal.SIGINT)),
            **HOW,
        )
    except KeyboardInterrupt:
        return True
    return False


@pytest.mark.parametrize("seed", sampled(range(12), 1))
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_copy_is_made_whole_by_the_next_run(
    system: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    events = random.Random(f"{system} {seed}")
    state = tmp_path / "checkpoint"
    with sample_pair(system) as pair:
        assert cancelled(pair, state, events.randrange(1, 30), "asyncio")
        assert interrupted(pair, state, events.randrange(1, 30))
        cancelled(pair, state, events.randrange(30, 60), "asyncio")
        sync.copy(pair.source, pair.target, state=state, **HOW)
        plain = sync.export(pair.source, tmp_path / "plain", token=TOKEN, speed=FAST).snapshot
        assert sync.verify(plain, pair.target, state=state, token=TOKEN, speed=FAST).is_equal
        before = pair.writes
        sync.copy(pair.source, pair.target, state=state, **HOW)
        assert pair.writes == before
