"""What docs/library.md and the docstrings of `stackferry` promise, tried by somebody who has read nothing else."""

from __future__ import annotations

import inspect
import json
import re
import threading
from importlib import resources
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from sample_pairs import FAST, SYSTEMS, TOKEN, sample_pair

import stackferry
from stackferry import (
    Policy,
    ReadOptions,
    Selection,
    Snapshot,
    Speed,
    UsageError,
    WriteOptions,
    azure_devops,
    contentful,
    contentstack,
    sync,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sample_pairs import SamplePair

HOW: Any = {"token": TOKEN, "speed": FAST}
PUBLIC = {name: getattr(stackferry, name) for name in stackferry.__all__}
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if inspect.isfunction(thing)}


@pytest.fixture(scope="module", params=SYSTEMS)
def pair(request: pytest.FixtureRequest) -> Iterator[SamplePair]:
    with sample_pair(request.param) as found:
        yield found


@pytest.fixture(scope="module")
def snapshot(pair: SamplePair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sync.export(pair.source, tmp_path_factory.mktemp("library") / "snapshot", **HOW).snapshot.root


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SamplePair, Path]]:
    with sample_pair("contentstack") as found:
        home = tmp_path_factory.mktemp("stacks")
        yield found, sync.export(found.source, home / "snapshot", **HOW).snapshot.root


def checked(report: Any, command: str) -> Any:
    """A report as JSON; fails where it is not what the schema of its command says."""
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    text = (resources.files("stackferry.schemas") / f"{command}.schema.json").read_text("utf-8")
    found = json.loads(json.dumps(report.as_json()))
    validator(json.loads(text)).validate({**found, "command": command, "ok": True, "exit_code": 0})
    return found


def test_every_report_is_what_its_schema_says(pair: SamplePair, snapshot: Path, tmp_path: Path) -> None:
    nights = tmp_path / "nights"
    assert checked(sync.backup(pair.source, nights, **HOW), "backup")["stacks"][0]["ok"]
    assert len(checked(stackferry.snapshots(nights), "snapshots")["snapshots"]) == 1
    assert checked(stackferry.forget(nights, Policy(last=1)), "forget")["objects"] == {
        "kept": 1,
        "removed": 0,
    }
    assert checked(stackferry.show(snapshot), "show")["source"]["system"] == pair.system
    base = sync.export(pair.source, tmp_path / "next", base=snapshot, **HOW)
    assert checked(base, "export")["reused"]
    checked(sync.verify(snapshot), "verify")
    compared = checked(sync.diff(snapshot, tmp_path / "next", options=WriteOptions()), "diff")
    assert {"kind", "path", "reason"} == {*compared["not_compared"][0]}
    if pair.system == "azure-devops":
        assert checked(stackferry.evidence(snapshot), "evidence")["rows"]


def test_the_reports_of_an_import_are_what_their_schemas_say(stacks: tuple[SamplePair, Path]) -> None:
    pair, snapshot = stacks
    checked(sync.plan_import(snapshot, pair.target, **HOW), "import")
    checked(sync.plan_restore("Tam Ropewalker", snapshot, pair.source, **HOW), "restore")
    tokens: Any = {"source_token": TOKEN, "target_token": TOKEN}
    checked(sync.plan_copy(pair.source, pair.target, **tokens, speed=FAST), "copy")


def test_every_async_function_has_a_twin() -> None:
    of_loops = {name for name, thing in FUNCTIONS.items() if inspect.iscoroutinefunction(thing)}
    assert {*sync.__all__} == of_loops
    for name in of_loops:
        assert inspect.signature(getattr(sync, name)) == inspect.signature(FUNCTIONS[name])


def test_what_docstrings_say_is_raised_and_returned_is_public() -> None:
    """Else nobody could catch it, or write its type down."""
    errors = {name for name, thing in vars(stackferry.errors).items() if _is_error(thing)}
    for name, function in FUNCTIONS.items():
        raised = {*re.findall(r"\b[A-Z]\w+", inspect.getdoc(function) or "")} & errors
        assert raised <= {*PUBLIC}, name
        returned = {*re.findall(r"\b[A-Z][a-z]\w+", str(inspect.signature(function).return_annotation))}
        assert returned - {"Sequence", "AsyncIterator"} <= {*PUBLIC}, name


def _is_error(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, stackferry.StackferryError)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (ReadOptions, {"types": "page"}),
        (ReadOptions, {"locales": "en-us"}),
        (ReadOptions, {"assets": "no"}),
        (ReadOptions, {"limit": "5"}),
        (ReadOptions, {"types": [1]}),
        (Selection, {"types": "page"}),
        (WriteOptions, {"only": "entries"}),
        (WriteOptions, {"locales": None}),
        (WriteOptions, {"selection": {}}),
        (azure_devops.AzureReadOptions, {"definitions": "Shop.CD"}),
        (azure_devops.AzureWriteOptions, {"without": "queues"}),
        (contentful.ContentfulReadOptions, {"taxonomy": "all"}),
    ],
)
def test_a_text_is_no_set_of_names(options: Any, wrong: dict[str, Any]) -> None:
    """A text is a set of its letters: it would choose other things than were meant, or nothing, without an error."""
    with pytest.raises(UsageError, match=f"{next(iter(wrong))}=.* it must be"):
        options(**wrong)


def test_any_collection_of_names_is_a_set_of_names() -> None:
    assert ReadOptions(types=["page"], locales={"en-us"}).types == frozenset({"page"})  # type: ignore[arg-type]
    assert WriteOptions(only=("entries",)).only == frozenset({"entries"})  # type: ignore[arg-type]
    assert WriteOptions(now=5).now == 5.0
    assert ReadOptions(with_references=None).with_references is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"options": ReadOptions(query="{oops")}, "query="),
        ({"options": ReadOptions(query="[]")}, "a JSON object"),
        ({"options": ReadOptions(with_references=-1)}, "with_references=-1"),
        ({"options": ReadOptions(max_asset_size=-1)}, "max_asset_size=-1"),
        ({"options": ReadOptions(versions="al")}, "versions='al'"),
        ({"options": {"versions": "all"}}, "not a dict"),
        ({"speed": 50}, "Speed"),
        ({"token": " "}, "empty"),
        ({"transforms": "drop-field:fields=role"}, "a list"),
        ({"transforms": [5]}, "not a int"),
        ({"transforms": print}, "a list"),
    ],
)
def test_a_wrong_argument_is_a_usage_error_before_anything_is_read(
    stacks: tuple[SamplePair, Path], tmp_path: Path, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        sync.export(stacks[0].source, tmp_path / "new", **{**HOW, **wrong})
    assert not (tmp_path / "new").exists()


def test_wrong_values_of_an_import_are_usage_errors(stacks: tuple[SamplePair, Path], tmp_path: Path) -> None:
    pair, snapshot = stacks
    before = pair.writes
    imports: dict[str, Any] = {
        "conflicts='sam'": {"options": WriteOptions(conflicts="sam", on_conflict="update")},
        "no plan": {"apply": tmp_path / "none"},
    }
    for says, wrong in imports.items():
        with pytest.raises(UsageError, match=says):
            sync.import_(snapshot, pair.target, **HOW, **wrong)
    restores: dict[str, Any] = {"version=-1": {"version": -1}, "publish='x'": {"publish": "x"}}
    for says, wrong in restores.items():
        with pytest.raises(UsageError, match=says):
            sync.restore("Tam Ropewalker", snapshot, pair.source, **HOW, **wrong)
    assert pair.writes == before


def test_a_file_that_cannot_be_made_is_told_as_that(snapshot: Path) -> None:
    """Exit code 1, and no damage of a snapshot; `/proc` takes no files of anybody, not of root either."""
    for write in (
        lambda: stackferry.show(snapshot, html="/proc/page.html"),
        lambda: sync.diff(snapshot, snapshot, html="/proc/page.html"),
    ):
        with pytest.raises(
            stackferry.StackferryError, match=r"cannot create /proc/page\.html: .*; name"
        ) as caught:
            write()
        assert caught.value.exit_code == 1


def test_several_runs_in_threads_and_one_in_a_loop(stacks: tuple[SamplePair, Path], tmp_path: Path) -> None:
    pair, snapshot = stacks
    names = ["a", "b", "c"]
    runs = [
        threading.Thread(target=sync.export, args=(pair.source, tmp_path / name), kwargs=HOW)
        for name in names
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    whole = Snapshot(snapshot).manifest
    assert all(Snapshot(tmp_path / name).manifest == whole for name in names)

    async def within() -> None:
        sync.verify(snapshot)

    for backend in ("asyncio", "trio"):
        with pytest.raises(UsageError, match=r"await stackferry\.verify"):
            anyio.run(within, backend=backend)


def test_trio_runs_it_as_well(pair: SamplePair, snapshot: Path, tmp_path: Path) -> None:
    async def export() -> stackferry.ExportReport:
        return await stackferry.export(pair.source, tmp_path / "trio", **HOW)

    assert anyio.run(export, backend="trio").snapshot.manifest == Snapshot(snapshot).manifest


def test_options_of_another_system_are_refused(pair: SamplePair, tmp_path: Path) -> None:
    others = {
        "contentstack": contentful.ContentfulReadOptions(),
        "contentful": azure_devops.AzureReadOptions(),
        "azure-devops": contentstack.ContentstackReadOptions(),
    }
    with pytest.raises(UsageError, match="are not options of"):
        sync.export(pair.source, tmp_path / "new", options=others[pair.system], **HOW)


def test_a_rate_is_a_number_of_requests(stacks: tuple[SamplePair, Path], tmp_path: Path) -> None:
    for rate in (-1.0, float("nan")):
        with pytest.raises(UsageError, match="positive number"):
            sync.export(stacks[0].source, tmp_path / "new", token=TOKEN, speed=Speed(rate=rate))


def test_a_session_that_is_over_takes_no_requests(pair: SamplePair) -> None:
    """It would open a connection that nobody closes."""

    async def late() -> None:
        async with stackferry.connect(pair.source, token=TOKEN) as connected:
            clients = {
                "contentstack": lambda: contentstack.Releases(connected.call).get_all(),
                "contentful": lambda: contentful.Releases(
                    connected.call, contentful.Root.of(connected.place)
                ).get_all(),
                "azure-devops": lambda: azure_devops.Releases(
                    connected.call, azure_devops.Root.of(connected.place)
                ).get(release_id=1),
            }
            ask: Any = clients[pair.system]
            assert await ask()
        with pytest.raises(UsageError, match="session is over"):
            await ask()

    anyio.run(late)


def test_a_snapshot_is_opened_by_a_text_too(snapshot: Path) -> None:
    assert Snapshot(str(snapshot)).root == snapshot


def test_a_mapping_that_was_filled_in_is_an_option(tmp_path: Path) -> None:
    with sample_pair("azure-devops") as projects:
        archive = sync.export(projects.source, tmp_path / "archive", **HOW).snapshot
        file = tmp_path / "map.toml"
        found = sync.mapping(projects.target, archive, write=file, **HOW)
        mapping = azure_devops.read_mapping(str(file))
        assert mapping == {f"{one.kind}:{one.name}": one.target for one in found if one.target}
        options = azure_devops.AzureWriteOptions(mapping=mapping)
        assert sync.plan_import(archive, projects.target, options=options, **HOW).plan


def test_what_goes_wrong_beside_a_backup_is_one_error(
    stacks: tuple[SamplePair, Path], tmp_path: Path
) -> None:
    """Neither of the caller's own code nor of an argument is there a group of errors to take apart."""

    class Watching(stackferry.Watch):
        def began(self, name: str, monitor: stackferry.Monitor) -> None:
            raise LookupError(name, monitor)

    with pytest.raises(LookupError, match=r"contentstack\+http"):
        sync.backup(stacks[0].source, tmp_path / "nights", watch=Watching(), **HOW)
    wrong: Any = 5
    with pytest.raises(UsageError, match="speed is a Speed"):
        sync.backup(stacks[0].source, tmp_path / "nights", token=TOKEN, speed=wrong)
