"""A field that the target has with values of another type: it stays, and is told; all beside it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, link, locale
from space_bench import make_space_bench

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


OTHERS = [
    (field("n", "Integer"), 3, field("n"), "three"),
    (field("n", "Link", linkType="Asset"), link("Asset", "a"), field("n", "Link", linkType="Entry"), None),
    (field("n", "Array", items={"type": "Symbol"}), ["a"], field("n"), "a"),
]


@pytest.mark.parametrize(("mine", "value", "theirs", "held"), OTHERS)
def test_all_beside_it_arrives(root: Path, mine: Any, value: Any, theirs: Any, held: Any) -> None:
    def fill(_: Space, environment: Environment) -> None:
        environment.put("locales", locale("en-US", default=True))
        environment.put_content_type(content_type("page", mine, field("more")))
        environment.put_entry(entry("one", {"title": "new", "n": value, "more": "more"}, 2, 1))

    bench = make_space_bench(root / "bench", fill)
    snapshot, target = bench.export(), bench.target.master
    target.put_content_type(content_type("page", theirs))
    words = {"title": "old", **({"n": held} if held else {})}
    target.put_entry(entry("one", words, 2, 1))
    target.changed()
    for state in ("first", "second"):
        bench.emulator.log.clear()
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        told = [(gap["kind"], gap["path"]) for gap in gaps if "no call changes that" in str(gap["reason"])]
        assert sorted(told) == [("content_types", "/fields/1"), ("entries", "/fields/n")]
        assert {gap["kind"] for gap in gaps} <= {"content_types", "entries", "references"}
    assert bench.writes() == 0
    fields: Any = target.entries["one"].body["fields"]
    assert {name: values["en-US"] for name, values in fields.items()} == {
        **words, "title": "new", "more": "more"
    }  # fmt: skip
    kinds: Any = target.content_types["page"].body["fields"]
    assert [one["id"] for one in kinds] == ["title", "n", "more"]
    assert kinds[1]["type"] == theirs["type"]
    verified = bench.verify(snapshot, "second")
    assert verified.differences == []
