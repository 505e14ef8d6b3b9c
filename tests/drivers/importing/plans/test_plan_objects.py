"""The plan of an import tells of every request that the import then sends: objects, places, versions, and how many."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from linked_stack import fill_linked
from random_stack import fill_random
from small_stack import EGG, fill_small
from test_dry_run_exact import EDIT
from workbench import TARGET, TOKEN, RecordingTransport, make_workbench, memory_directory

from sampling import sampled
from stackferry.io.storage.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from workbench import Workbench

Told = Counter[tuple[str, ...]]


def sent_by(workbench: Workbench, run: Callable[[RecordingTransport], object]) -> list[Any]:
    """The writes of a run: method, path, parameters and body."""
    found: list[Any] = []

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if not done and request.method != "GET":
            is_json = request.headers.get("content-type", "").startswith("application/json")
            body = request.content if is_json else b""
            path = [unquote(one) for one in request.url.raw_path.decode().partition("?")[0].split("/")[2:]]
            found.append(
                (request.method, path, dict(request.url.params), json.loads(body) if is_json and body else {})
            )

    run(RecordingTransport(workbench.emulator, hook))
    return found


def objects_of(  # noqa: C901 - a branch for each sort of request
    method: str, path: list[str], params: dict[str, str], body: dict[str, Any]
) -> Iterator[tuple[str, ...]]:
    """What a request is about: what is done, where, and the target's uid where it is an entry or an asset."""
    if path[-1] in ("publish", "unpublish"):
        inner = body if path[0] in ("bulk", "taxonomies") else next(iter(body.values()))
        named = [*body.get("entries", ()), *body.get("assets", ()), *body.get("items", ())]
        uids = [one["uid"] for one in named] or [path[-2]] * len(inner.get("variants", "1"))
        for uid in uids:
            for locale in inner.get("locales", [""]):
                for environment in inner["environments"]:
                    yield path[-1], uid, locale or body.get("locale", ""), environment
    elif path == ["bulk", "workflow"]:
        yield from (("move", one["uid"], one["locale"]) for one in body["entries"])
    elif path[-1] == "items":
        yield from (("item", one["uid"], one.get("locale", ""), one["action"]) for one in body["items"])
    elif path[-1] == "deploy":
        yield from (("deploy", path[1], one) for one in body["release"]["environments"])
    elif path[0] == "content_types" and "entries" in path:
        uid = "" if path[3:4] in ([], ["import"]) else path[3]
        what = re.sub(r"\d+", "N", "/".join([*path[:1], *path[4 if uid else 3 :]]))
        if uid and path[-1] == "import":  # a version that takes the place of the latest one
            method, what = "PUT", "content_types"
        if method == "POST" and not uid:  # an import, or a creation with the master language
            what = "content_types/import"
        yield method, re.sub("variants/.*", "variants", what), uid, params.get("locale", "")
    elif path[0] == "assets" and "folders" not in path:
        yield method, "assets", "" if method == "POST" else path[1]
    else:
        yield (
            method,
            "/".join(path[:2] if path[0] in ("assets", "workflows") and method == "POST" else path[:1]),
        )


def told(rows: list[Any], target: Callable[[str, str], str]) -> Told:
    """The same of the lines of a plan, by what the source's uids became in the target."""
    return Counter(_told(row, target) for row in rows if row["line"] == "write")


def _told(row: Any, target: Callable[[str, str], str]) -> tuple[str, ...]:
    kind, action, locale = row["kind"], row["action"], row.get("locale", "")
    method = {"create": "POST", "delete": "DELETE"}.get(action, "PUT")
    if action in ("publish", "unpublish") or kind == "schedules":
        uid = target(row["of"], row["uid"])
        return row.get("scheduled", action), uid, locale, row["environment"]
    if kind == "workflow_stages":
        return "move", target("entries", row["uid"]), locale
    if kind == "release_items":
        of = "entries" if "content_type" in row else "assets"
        return "item", target(of, row["uid"]), locale, row["when_deployed"]
    if row.get("deploys"):
        return "deploy", target("releases", row["uid"]), row["environment"]
    if kind == "version_names":
        return method, "content_types/versions/N/name", target("entries", row["uid"]), ""
    if kind == "variants":
        return method, "content_types/variants", target("entries", row["uid"]), locale
    if kind == "entries":
        uid = "" if action == "create" else target("entries", row["uid"])
        return method, "content_types/import" if action == "create" else "content_types", uid, locale
    if kind == "assets":
        return method, "assets", "" if action == "create" else target("assets", row["uid"])
    where = {
        "folders": "assets/folders",
        "publish_rules": "workflows/publishing_rules",
        "terms": "taxonomies",
    }
    return method, where.get(kind, "taxonomies" if kind == "translations" else kind)


@pytest.fixture(params=["every kind", "small", "linked", *sampled(range(12), 3)], ids=str)
def workbench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    named = {"every kind": fill_every_kind, "small": fill_small, "linked": fill_linked}
    fill = named.get(request.param) or (lambda stack: fill_random(stack, request.param))
    with memory_directory() as root:
        yield make_workbench(root, fill)


def compare(workbench: Workbench, **options: Any) -> list[Any]:
    """Plan an import and run it; the plan."""
    snapshot = workbench.export(versions="all")
    rows: list[Any] = workbench.plan(snapshot, versions="all", **options)
    assert workbench.writes() == 0 or options
    sent = sent_by(
        workbench, lambda wire: workbench.import_snapshot(snapshot, transport=wire, versions="all", **options)
    )
    with closing(Checkpoint(workbench.root / "state/checkpoint.sqlite")) as checkpoint:
        expected = told(rows, lambda kind, uid: checkpoint.target(kind, uid) or uid)
    refused = [one for one in workbench.emulator.log if one.status >= 400 and one.method != "GET"]
    if refused:  # a plan cannot know what the service will refuse, and what is sent instead
        assert options
        return []
    done = Counter(one for request in sent for one in objects_of(*request))
    # Documents in the master language that the service made unasked: no plan knows whether it does.
    extra = [one for one in done if one[0] == "DELETE"]
    assert expected == done - Counter({one: done[one] for one in extra})
    counts, planned = workbench.counts.as_json(), rows[-1]["requests"]
    if not extra:
        assert planned == {name: count for name, count in counts.items() if count}
    assert planned["write"] == counts["write"] - len(extra)
    return rows


def test_a_plan_tells_of_every_request(workbench: Workbench) -> None:
    """Also how many reads there will be."""
    rows = compare(workbench)
    assert (rows[0]["line"], rows[-1]["line"], rows[-1]["lines"]) == ("head", "foot", len(rows) - 1)
    made = [row for row in rows if row["line"] == "write" and row["kind"] in ("entries", "assets")]
    assert all(row["uid"] and "target" not in row and row["title"] for row in made)


@pytest.mark.parametrize("seed", sampled(range(26), 4))
def test_a_plan_for_a_target_in_use_tells_of_every_request(seed: int) -> None:
    """People have worked in both stacks since the first import; `update` makes good what differs.

    Nothing was deleted in the target: what its trash holds, and so what is to be written over it, no plan knows.
    """
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small if seed % 2 else fill_every_kind)
        workbench.import_snapshot(workbench.export(name="first", versions="all"), versions="all")
        Editors(workbench, seed, key=TARGET).work(8, only=EDIT)
        Editors(workbench, seed + 1).work(8)
        compare(workbench, on_conflict="update")


def test_a_plan_says_what_changes_in_a_field() -> None:
    """Old and new, in the target's terms; a field that is not written over is not told; twice the same bytes."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        snapshot = workbench.export()
        workbench.import_snapshot(snapshot)
        with closing(Checkpoint(root / "state/checkpoint.sqlite")) as checkpoint:
            egg = checkpoint.target("entries", EGG) or ""
        Editors(workbench, key=TARGET).save("page", egg, title="By hand")
        writes = workbench.writes()
        rows: list[Any] = workbench.plan(snapshot)
        (row,) = [one for one in rows if one["line"] == "write" and one["kind"] == "entries"]
        assert row["fields"] == [{"path": "/title", "from": "By hand", "to": "Egg"}]
        assert (row["uid"], row["target"], row["title"], row["locale"]) == (EGG, egg, "Egg", "en-us")
        held = next(one for one in rows if one["line"] == "relies" and one["uid"] == egg)
        assert (held["title"], held["_version"]) == ("By hand", 2)
        assert workbench.plan(snapshot) == rows
        assert workbench.writes() == writes
        assert TOKEN not in (root / "plan.jsonl").read_text("utf-8")
