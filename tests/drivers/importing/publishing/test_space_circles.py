"""What links in a circle, where an action publishes all of its items or none, beside a chain that leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, link, locale
from space_bench import make_space_bench

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


@pytest.mark.parametrize("link_check", ["published", "exists"])
def test_a_chain_to_nothing_holds_up_no_circle(root: Path, link_check: Any) -> None:
    """An action that does all or none, a chain of five that ends nowhere, and four that link to each other."""

    def fill(_: Space, environment: Environment) -> None:
        environment.put("locales", locale("en-US", default=True))
        environment.put_content_type(content_type("page", field("next", "Link", linkType="Entry")))
        chain = {f"chain{number}": f"chain{number - 1}" for number in range(1, 5)} | {"chain0": "nothing"}
        circle = {f"circle{number}": f"circle{(number + 1) % 4}" for number in range(4)}
        for uid, other in (chain | circle).items():
            environment.put_entry(entry(uid, {"title": uid, "next": link("Entry", other)}, 2, 1))

    bench = make_space_bench(root / "bench", fill, switches=Switches(link_check=link_check, bulk_atomic=True))
    snapshot = bench.export()
    done = bench.import_snapshot(snapshot)
    entries = bench.target.master.entries
    lost = {uid for uid, one in entries.items() if one.state != "published"}
    chain = {f"chain{number}" for number in range(5)}
    assert lost == (chain if link_check == "published" else {"chain0"})
    assert {gap["uid"] for gap in done.gaps if gap["kind"] == "entries"} == lost
