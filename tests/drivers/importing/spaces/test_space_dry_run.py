"""What a dry run of an import into a space counts and tells, and a finished import that is run again."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from space_bench import SOURCE, TARGET, TOKEN, SpaceBench, dataset, make_space_bench
from space_editor import edit
from states_space import fill_states
from test_space_every_kind import bench_of

from stackferry.drivers.planning.plan_file import PlanFile
from stackferry.emulators.contentful import Emulator, Switches
from stackferry.emulators.contentful.seed.generator import generate
from stackferry.errors import Different

if TYPE_CHECKING:
    from pathlib import Path


def test_a_dry_run_counts_what_an_import_sends(root: Path) -> None:
    bench = make_space_bench(root / "bench", dataset("covid-19-site-template"))
    snapshot = bench.export()
    *lines, foot = bench.plan(snapshot)
    assert bench.writes() == 0
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot)
    sent = Counter("read" if one.method == "GET" else "write" for one in bench.emulator.log)
    planned: Any = foot["requests"]
    assert planned["read"] == sent["read"]
    assert planned["write"] + planned["bulk"] == sent["write"]
    written = [line for line in lines if line["line"] == "write"]
    told = Counter((row["kind"], row["action"]) for row in written)
    assert told["entries", "create"] == 26
    assert told["entries", "update"] == 1
    assert told["publications", "publish"] == 31
    changed = next(row for row in written if (row["kind"], row["action"]) == ("entries", "update"))
    assert changed["fields"]
    assert changed["title"]


@pytest.mark.parametrize(
    "switches", [{}, {"role_put": False}, {"job_requests": 2}], ids=["usual", "roles", "jobs"]
)
@pytest.mark.parametrize("space", ["every kind", "generated"])
def test_a_dry_run_of_everything_counts_what_an_import_sends(
    root: Path, space: str, switches: dict[str, Any]
) -> None:
    """Less only by what cannot be known: looks at what takes its time, and what is refused and then sent otherwise."""
    bench = bench_of(root, **switches) if space == "every kind" else generated(root, **switches)
    snapshot = bench.export(versions="all", editorial=True)
    planned: Any = bench.plan(snapshot, versions="all")[-1]["requests"]
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, versions="all", accept_app_terms=True)
    sent = bench.counts.as_json()
    assert planned["bulk"] == sent["bulk"]
    assert (planned["read"] == sent["read"]) is ("job_requests" not in switches)
    assert planned["read"] <= sent["read"]
    refused = sum(one.status >= 400 for one in bench.emulator.log if one.method != "GET")
    assert planned["write"] + refused == sent["write"]
    assert refused <= 1 + len(bench.source.roles)


def generated(root: Path, **switches: Any) -> SpaceBench:
    """A made-up space with history, per-locale states and files of several bodies, beside an empty one."""
    emulator = Emulator(switches=Switches(**switches))
    source = generate(emulator, key=SOURCE, token=TOKEN, seed=3)
    target = emulator.add_space(
        key=TARGET, token=TOKEN, locale=source.master.default_locale, organization=source.organization.id
    )
    target.locale_publishing = source.locale_publishing
    (root / "bench").mkdir()
    return SpaceBench(root / "bench", emulator, source, target)


def test_a_finished_import_that_is_run_again_looks_and_writes_nothing(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot)
    assert bench.writes() == 0
    assert (again.gaps, first.gaps) == ([], [])


def test_a_finished_import_says_what_has_changed_since(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    entry = bench.target.master.entries["draft"]
    entry.body = {**entry.body, "fields": {"title": {"en-US": "Edited"}}}
    entry.sys["version"] = entry.version + 1
    bench.target.master.changed()
    with pytest.raises(Different, match="entries page draft"):
        bench.import_snapshot(snapshot)


def test_what_has_changed_since_is_named_as_people_know_it(root: Path) -> None:
    """Not by the names that a bulk action and an upload have inside the program."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    edit(bench, ("DELETE", "/entries/all/published", None), key=TARGET)
    with pytest.raises(Different) as told:
        bench.import_snapshot(snapshot)
    assert "left there: entries page all 'All'. Nothing" in str(told.value)

    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assets: Any = bench.target.master.assets
    fields = assets["plain"].body["fields"]
    file = {"en-US": assets["part"].body["fields"]["file"]["de"]}
    edit(bench, ("PUT", "/assets/plain", {"fields": {**fields, "file": file}}), key=TARGET)
    with pytest.raises(Different, match="left there: assets plain 'Plain', assets plain en-US"):
        bench.import_snapshot(snapshot)


@pytest.mark.parametrize("how", ["failed", "never"])
def test_a_file_that_was_not_processed_is_no_change(root: Path, how: Any) -> None:
    """Its asset is as the import left it: the gap again, until somebody edits the asset."""
    bench = make_space_bench(root / "bench", fill_states)
    bench.emulator.unprocessable["plain"] = how
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    assert [(gap["uid"], gap["path"]) for gap in first.gaps] == [("plain", "/fields/file/en-US")]
    bench.emulator.log.clear()
    assert bench.import_snapshot(snapshot).gaps == first.gaps
    assert bench.writes() == 0
    title = {"title": {"en-US": "Edited"}}
    edit(bench, ("PUT", "/assets/plain", {"fields": title}), key=TARGET)
    with pytest.raises(Different, match="assets plain"):
        bench.import_snapshot(snapshot)


def test_a_dry_run_of_every_kind_tells_what_the_import_tells(root: Path) -> None:
    bench = bench_of(root)
    bench.source.webhooks["deploy"]["headers"] = [{"key": "X-Secret", "secret": True}]
    snapshot = bench.export(editorial=True, versions="all")
    lines = bench.plan(snapshot, versions="all")
    assert bench.writes() == 0
    done = bench.import_snapshot(snapshot, versions="all")
    told = [
        {name: value for name, value in row.items() if name != "line"}
        for row in lines
        if row["line"] == "gap"
    ]
    assert told == done.gaps
    assert [gap["path"] for gap in done.gaps] == ["/headers/0/value", "/httpBasicUsername"]
    # Of the bodies in releases those alone that are not what the release copies by itself.
    bodies = [one for one in bench.emulator.log if one.method == "PUT" and "/releases/" in one.path]
    written = [row for row in lines if row["line"] == "write" and row["kind"] == "releases"]
    # One is sent again, without the default value that the service has put into it.
    assert len([one for one in bodies if not one.path.endswith("archived")]) == 3 + 1
    assert len([row for row in written if row["action"] in ("create", "update")]) == 3 + 3 + 1


@pytest.mark.parametrize("asks", [True, False])
def test_what_is_scheduled_already_is_no_surplus(root: Path, asks: bool) -> None:
    """A second copy, with --schedules or without: what the first one has scheduled is the same, and no gap."""
    bench = bench_of(root)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    again = bench.import_snapshot(snapshot, "again", on_conflict="update", schedules=asks)
    assert [gap for gap in again.gaps if gap["kind"] == "scheduled_actions"] == []
    assert bench.verify(snapshot, "again", schedules=asks).differences == []
    assert bench.verify(snapshot, None, schedules=asks).differences == []


def test_a_plan_holds_where_the_target_has_credentials(root: Path) -> None:
    """A credential is kept as a digest that is another one in each run: it is no change of the target."""
    bench = bench_of(root)
    hook: Any = next(iter(bench.source.webhooks.values()))
    hook["headers"] = [{"key": "Authorization", "value": "Bearer s3cr3t-of-the-hook"}]
    bench.target.webhooks = copy.deepcopy(bench.source.webhooks)
    snapshot = bench.export()
    options: Any = {"on_conflict": "update"}
    bench.plan(snapshot, **options)
    bench.import_snapshot(snapshot, plan=PlanFile(bench.root / "plan.jsonl"), **options)
    assert bench.writes() > 0
    bench.plan(snapshot, **options)
    hook = next(iter(bench.target.webhooks.values()))
    hook["name"], hook["sys"]["version"] = "Another", hook["sys"]["version"] + 1
    with pytest.raises(Different, match=r"webhooks .* has changed"):
        bench.import_snapshot(snapshot, "again", plan=PlanFile(bench.root / "plan.jsonl"), **options)
