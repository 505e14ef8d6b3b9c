"""The time of an export at the space's rate limit: 1.05 times what its fewest requests take, and two seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import content_type, entry, entry_id, put_entries
from space_bench import dataset, make_space_bench
from space_stopwatch import SpaceStopwatch

from stackferry.emulators.contentful import Switches
from stackferry.providers.contentful.options import ContentfulReadOptions
from stackferry.providers.contentful.request_minimum import export_minimum

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


def fill_history(_: Space, environment: Environment) -> None:
    environment.put_content_type(content_type("page"))
    put_entries(environment, 200)
    for number in range(200, 500):
        environment.put_entry(entry(entry_id(number), {"title": "words"}, 4, 3, counter=2))


SPACES = {
    "every kind": fill_every_kind,
    "history": fill_history,
    "portfolio": lambda space, environment: dataset("portfolio-garethf89")(space, environment),
}


@pytest.mark.parametrize(
    "switches", [Switches(), Switches(limit_window="second", limit_scope="space")], ids=["sliding", "seconds"]
)
@pytest.mark.parametrize("rate", [7, 10])
@pytest.mark.parametrize("name", SPACES)
def test_an_export_is_as_fast_as_the_limit_lets_it(
    root: Path, name: str, rate: int, switches: Switches
) -> None:
    bench = make_space_bench(root, SPACES[name], switches=switches)
    watch = SpaceStopwatch(bench, rate)
    asked: Any = {"versions": "all"}
    snapshot = watch.export(**asked)
    sizes = {stream: snapshot.digests()[file].size for stream, file in snapshot.stream_files()}
    options = ContentfulReadOptions(**asked)
    fewest = export_minimum(snapshot.record_counts(), snapshot.objects, options, sizes=sizes)["read"]
    assert watch.seconds <= 1.05 * fewest / rate + 2
    assert watch.refused == 0
