"""Values that a snapshot redacted: left out and told, kept where the target has them; never written as the word."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import sys_of
from space_bench import make_space_bench

from stackferry.providers.contentful.content.redactions import known_part

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

SECRET = "Zx81qWpLm03-invented"


def fill(space: Space, environment: Environment) -> None:
    """Credentials in every kind that may hold some, at any depth; one webhook and one extension cannot be without."""
    fill_every_kind(space, environment)
    facts: Any = {
        "name": "Build",
        "url": f"https://hooks.example.invalid/build?token={SECRET}",
        "topics": ["*.*"],
    }
    space.put(
        "webhooks", {"sys": sys_of("WebhookDefinition", "build"), **facts, "headers": [], "active": True}
    )
    deploy: Any = space.webhooks["deploy"]
    deploy["transformation"] = {"method": "POST", "body": {"ref": "main", "auth": {"api_key": SECRET}}}
    installed: Any = environment.app_installations["invented-app"]
    installed["parameters"] = {"limit": 3, "apiKey": SECRET, "sites": [{"name": "a", "clientSecret": SECRET}]}
    picker: Any = environment.extensions["picker"]
    picker["parameters"] = {"colour": "red", "accessToken": SECRET}
    source: Any = {
        "extension": {"name": "Inline", "srcdoc": f"<script>const accessToken = '{SECRET}'</script>"}
    }
    environment.put("extensions", {"sys": sys_of("Extension", "inline"), **source})
    slug: Any = environment.editor_interfaces["page"]["controls"][1]  # type: ignore[index]
    slug["settings"] = {"helpText": "Short", "apiToken": SECRET}
    (definition,) = environment.workflow_definitions.values()
    step: Any = definition["steps"][1]  # type: ignore[index]
    step["actions"] = [{"type": "app", "configuration": {"body": "x", "headers": {"Authorization": SECRET}}}]


MISSING = {
    ("webhooks", "deploy", "/transformation/body/auth/api_key"),
    ("app_installations", "invented-app", "/parameters/apiKey"),
    ("app_installations", "invented-app", "/parameters/sites/0/clientSecret"),
    ("extensions", "picker", "/parameters/accessToken"),
    ("editor_interfaces", "page", "/controls/1/settings/apiToken"),
    ("workflow_definitions", "review", "/steps/1/actions/0/configuration/headers/Authorization"),
}
NOT_WRITTEN = {("webhooks", "build"), ("extensions", "inline")}


def everything_of(space: Space) -> str:
    place = space.master
    kinds = (place.app_installations, place.extensions, place.editor_interfaces, place.workflow_definitions)
    return str([space.webhooks, *kinds])


def told(gaps: Any) -> set[tuple[Any, ...]]:
    """The gaps of redacted values: kind, id and path; of whole objects without a path."""
    found = (
        gap
        for gap in gaps
        if "redacted" in str(gap["reason"]) and not str(gap.get("path")).startswith("/headers/")
    )
    return {tuple(str(gap[name]) for name in ("kind", "uid", "path") if gap.get(name)) for gap in found}


def test_no_value_is_made_up_in_any_kind(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    bench.target.organization = bench.source.organization
    snapshot = bench.export()
    for state in ("first", "second"):
        bench.emulator.log.clear()
        done = bench.import_snapshot(snapshot, state, on_conflict="update")
        assert told(done.gaps) == MISSING | NOT_WRITTEN
        assert state == "first" or bench.writes() == 0
        assert "REDACTED" not in everything_of(bench.target)
        assert not {"build"} & {*bench.target.webhooks}
        assert not {"inline"} & {*bench.target.master.extensions}
    app: Any = bench.target.master.app_installations["invented-app"]
    assert app["parameters"] == {"limit": 3, "sites": [{"name": "a"}]}
    found = bench.verify(snapshot)
    assert found.differences == []
    assert told(found.gaps) == MISSING | NOT_WRITTEN


def test_what_was_set_by_hand_stays(root: Path) -> None:
    """It is no gap any more. What differs beside it is told, and left alone: writing it would need the credential."""
    bench = make_space_bench(root / "bench", fill)
    bench.target.organization = bench.source.organization
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "first")
    for uid, raw in bench.source.webhooks.items():
        bench.target.webhooks[uid] = copy.deepcopy(raw)
    here, there = bench.source.master, bench.target.master
    for rows in ("app_installations", "extensions", "editor_interfaces"):
        for uid, raw in getattr(here, rows).items():
            getattr(there, rows)[uid] = copy.deepcopy(raw)
    before = everything_of(bench.target)
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, "second", on_conflict="update")
    assert (bench.writes(), everything_of(bench.target)) == (0, before)
    assert {kind for kind, *_ in told(done.gaps)} <= {"workflow_definitions"}
    app: Any = there.app_installations["invented-app"]
    app["parameters"]["limit"] = 4
    control: Any = there.editor_interfaces["page"]["controls"][1]  # type: ignore[index]
    control["settings"]["helpText"] = "Long"
    before = everything_of(bench.target)
    done = bench.import_snapshot(snapshot, "third", on_conflict="update")
    assert everything_of(bench.target) == before
    assert told(done.gaps) >= {("app_installations", "invented-app"), ("editor_interfaces", "page")}
    for path in (root / "bench").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


CUT: list[tuple[str, Any, Any, Any, tuple[str, ...]]] = [
    ("app_installations", {"a": {"k": "REDACTED", "n": 0}}, None, {"a": {"n": 0}}, ("/a/k",)),
    ("app_installations", {"a": ["x", "REDACTED"], "b": 1}, {}, {"b": 1}, ("/a",)),
    ("app_installations", {"a": [["REDACTED"]], "b": [[]]}, None, {"b": [[]]}, ("/a",)),
    ("app_installations", {"a": "REDACTED"}, {"a": "REDACTED 0f"}, {"a": "REDACTED"}, ()),
    ("app_installations", {"a": '{"token": "REDACTED"}'}, {"a": ""}, {}, ("/a",)),
    ("app_installations", {"a": "REDACTEDLY"}, None, {"a": "REDACTEDLY"}, ()),
    (
        "webhooks",
        {"headers": [{"key": "A", "value": "REDACTED"}]},
        None,
        {"headers": []},
        ("/headers/0/value",),
    ),
    (
        "webhooks",
        {"headers": [{"key": "A", "value": "REDACTED"}]},
        {"headers": [{"key": "a", "value": "x"}]},
        {"headers": [{"key": "A", "value": "REDACTED"}]},
        (),
    ),
    ("webhooks", {"headers": [{"key": "A", "secret": True}]}, None, {"headers": []}, ("/headers/0/value",)),
]


@pytest.mark.parametrize(("kind", "body", "held", "known", "missing"), CUT)
def test_what_is_known_of_an_object(
    kind: str, body: Any, held: Any, known: Any, missing: tuple[str, ...]
) -> None:
    assert known_part(kind, body, held)[:2] == (known, missing)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("webhooks", {"url": "https://a.invalid/REDACTED"}),
        ("extensions", {"extension": {"src": "https://REDACTED@a"}}),
    ],
)
def test_what_an_object_cannot_be_without(kind: str, body: Any) -> None:
    assert len(known_part(kind, body, None).needed) == 1
    assert known_part(kind, body, body).needed == ()
