"""Kinds that a token may not see, or that a plan does not offer: the rest arrives, and it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_space import fill_every_kind
from small_space import content_type, entry
from space_bench import TOKEN, SpaceBench, make_space_bench
from workbench import file_digests, memory_directory

from stackferry.emulators.contentful import Access, Fault
from stackferry.errors import AccessError, UsageError
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

MAY_NOT_SEE = "this token may not see the releases"
# By the segment of its path, as the emulator names kinds that are refused; and the listings that this concerns.
KINDS = {
    "tags": ["tags"],
    "editor_interfaces": ["editor_interfaces"],
    "extensions": ["extensions"],
    "app_installations": ["app_installations"],
    "ui_config": ["ui_config"],
    "releases": ["releases/others", "releases/timeline"],
    "release_actions": ["release_actions"],
    "scheduled_actions": ["scheduled_actions", "scheduled_actions/live"],
    "workflow_definitions": ["workflow_definitions"],
    "workflows": ["workflows"],
    "roles": ["roles"],
    "webhook_definitions": ["webhooks"],
    "api_keys": ["api_keys"],
    "preview_api_keys": ["preview_api_keys"],
    "environment_aliases": ["environment_aliases"],
}
CORE = {
    "locales": ["locales"],
    "entries": ["entries"],
    "assets": ["assets"],
    "content_types": ["content_types"],
}


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as path:
        yield make_space_bench(path, fill_every_kind)


@pytest.mark.parametrize("segment", [*KINDS, *CORE])
def test_what_is_refused_to_the_token_is_a_gap_with_its_reason(bench: SpaceBench, segment: str) -> None:
    bench.source.tokens[TOKEN] = Access("invented-user", refused={segment: 403})
    one, two = bench.export("one"), bench.export("two")
    gaps = one.gaps()
    if segment == "release_actions":  # these answer 404 to a token without access, as releases do
        assert segment in {str(row["kind"]) for row in objects(one.manifest["limits"])}
    elif segment == "releases":
        assert [(gap["kind"], MAY_NOT_SEE in str(gap["reason"])) for gap in gaps] == [
            ("releases/others", True)
        ]
    else:
        assert {str(gap["kind"]) for gap in gaps} >= {*{**KINDS, **CORE}[segment]}
        reasons = [str(gap["reason"]) for gap in gaps if MAY_NOT_SEE not in str(gap["reason"])]
        assert [reason for reason in reasons if "check the token's rights" not in reason] == []
    assert one.manifest["counts"]
    assert file_digests(one.root) == file_digests(two.root), "no request's id in a gap"


def test_a_release_with_an_entry_that_the_token_may_not_read_is_a_gap(bench: SpaceBench) -> None:
    """The page: 404, "doesn't have access to an included entry". A plan without Timeline does not offer their list."""
    bench.source.tokens[TOKEN] = Access("invented-user", refused={"entries": 403})
    told = [str(gap["kind"]) for gap in bench.export("one").gaps()]
    assert {"releases/timeline", "releases/others"} <= {*told}
    bench.source.tokens[TOKEN] = Access("invented-user")
    releases = bench.source.master.releases
    for uid in [uid for uid, one in releases.items() if one.is_timeline]:
        del releases[uid]
    bench.source.master.changed()
    refused = b'{"sys": {"type": "Error", "id": "NotFound"}, "message": "no such plan"}'
    bench.emulator.faults.add(Fault(path="schemaVersion", status=404, body=refused, times=99))
    snapshot = bench.export("two")
    assert snapshot.gaps() == []
    assert "no such plan" in str(snapshot.manifest["limits"])


@pytest.mark.parametrize(
    "segment", sorted(KINDS.keys() - {"releases"})
)  # of these nobody can tell: it is a gap
def test_what_the_plan_does_not_offer_is_a_limit(bench: SpaceBench, segment: str) -> None:
    bench.source.refused[segment] = 404
    snapshot = bench.export()
    assert snapshot.gaps() == []
    told = {str(row["kind"]): str(row["reason"]) for row in objects(snapshot.manifest["limits"])}
    kind = KINDS[segment][0].partition("/")[0]
    assert told[kind].startswith("not offered to this space: GET /spaces/invented-source/")


@pytest.mark.parametrize("segment", CORE)
def test_what_every_space_has_is_a_gap_where_it_is_not_found(bench: SpaceBench, segment: str) -> None:
    """The service answers 404 to a token that may not see something, too."""
    bench.source.tokens[TOKEN] = Access("invented-user", refused={segment: 404})
    snapshot = bench.export()
    assert segment in {str(gap["kind"]) for gap in snapshot.gaps()}


@pytest.mark.parametrize("status", [403, 404])
def test_tasks_that_are_refused_are_not_asked_for_entry_by_entry(root: Path, status: int) -> None:
    """A few of each type are, and of one type where it alone is refused; comments go on."""

    def fill(_: Space, environment: Environment) -> None:
        for kind in ("page", "note"):
            environment.put_content_type(content_type(kind))
            for number in range(20):
                environment.put_entry(entry(f"{kind}-{number:02}", {"title": "words"}, kind=kind))

    bench = make_space_bench(root / "bench", fill)
    body = b'{"sys": {"type": "Error", "id": "AccessDenied"}, "message": "no"}'
    bench.emulator.faults.add(
        Fault(path="/entries/page-.*/tasks", status=status, body=body, carried_out=False, times=99)
    )
    gaps = bench.export(editorial=True).gaps()
    asked = [path for path in bench.paths() if path.endswith("/tasks")]
    assert [path for path in asked if "page-" in path] == [f"entries/page-{at:02}/tasks" for at in range(3)]
    assert len([path for path in asked if "note-" in path]) == 20
    assert len([path for path in bench.paths() if path.endswith("/comments")]) == 42
    assert [(gap["kind"], gap["uid"]) for gap in gaps] == [
        ("tasks", "*"),
        *((f"tasks/page-{at:02}", "*") for at in range(3)),
    ]


def test_a_wrong_token_ends_the_export_and_leaves_nothing(bench: SpaceBench) -> None:
    bench.source.tokens.clear()
    with pytest.raises((AccessError, UsageError)):
        bench.export()
    assert not (bench.root / "snapshot").exists()


@pytest.mark.parametrize(("key", "environment"), [("nowhere", "master"), ("invented-source", "nowhere")])
def test_an_unknown_place_is_named_and_leaves_nothing(bench: SpaceBench, key: str, environment: str) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        bench.export(key=key, environment=environment)
    assert not (bench.root / "snapshot").exists()


def test_an_alias_leads_to_its_environment(bench: SpaceBench) -> None:
    """The snapshot is of the environment, so that it does not matter how it was named."""
    one, two = bench.export("one"), bench.export("two", environment="live")
    assert two.manifest["source"] == one.manifest["source"]
    assert file_digests(one.root) == file_digests(two.root)
