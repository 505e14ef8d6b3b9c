"""Transforms of exports and imports: what they see, what they may not do, what becomes of what they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import own_transforms
import pytest
from sample_pairs import FAST, SYSTEMS, TOKEN, sample_pair
from small_stack import fill_small
from workbench import SOURCE, SYSTEM, Cut, file_digests, make_workbench, memory_directory, no_wait, run_async

import stackferry
from stackferry.drivers import export_run
from stackferry.drivers.run import Run
from stackferry.errors import TransformFailed, UsageError
from stackferry.io.storage.files import Files
from stackferry.library.transforming import find_transforms
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sample_pairs import SamplePair

    from stackferry.io.storage.snapshot import Snapshot

pytestmark = pytest.mark.anyio
PERSON = "blt98b7e1743d584438"
ALL = stackferry.ReadOptions(versions="all")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def pair() -> Iterator[SamplePair]:
    with sample_pair("contentstack") as found:
        yield found


async def exported(
    place: str, directory: Path, *transforms: Any, options: Any = ALL, **more: Any
) -> stackferry.ExportReport:
    return await stackferry.export(
        place, directory, token=TOKEN, options=options, transforms=transforms, speed=FAST, **more
    )


def left_out(gaps: Any) -> list[tuple[str, str]]:
    return [(gap["kind"], gap["uid"]) for gap in gaps if "left out by transform" in gap["reason"]]


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_transform_sees_every_document_and_changes_nothing(system: str, tmp_path: Path) -> None:
    """What it gives back is byte for byte what it was given: exact numbers, unknown fields."""
    with sample_pair(system) as pair:
        options = ALL if system != "azure-devops" else stackferry.ReadOptions()
        plain = (await exported(pair.source, tmp_path / "plain", options=options)).snapshot
        own_transforms.SEEN.clear()
        found = await exported(pair.source, tmp_path / "seen", "own_transforms:look", options=options)
    before, after = file_digests(plain.root), file_digests(found.snapshot.root)
    assert {name for name in before if before[name] != after[name]} == {"manifest.json"}
    seen = {*own_transforms.SEEN}
    kinds = {
        "contentstack": {"entries", "versions", "assets", "asset_versions"},
        "contentful": {"entries", "published_entries", "entry_snapshots", "release_entries", "assets",
                       "published_assets", "release_assets"},
        "azure-devops": {"definitions", "definition_revisions", "releases"},
    }[system]  # fmt: skip
    assert {one.kind for one in seen} == kinds & {stream.kind for stream in plain.record_counts()}
    assert len(seen) == sum(count for stream, count in plain.record_counts().items() if stream.kind in kinds)
    assert {one.system for one in seen} == {system}


async def test_the_same_source_and_transform_give_the_same_bytes(pair: SamplePair, tmp_path: Path) -> None:
    """I6; and an import of the plain snapshot passes through the same place."""
    roots = [
        (await exported(pair.source, tmp_path / one, "own_transforms:shout")).snapshot.root for one in "ab"
    ]
    assert file_digests(roots[0]) == file_digests(roots[1])
    snapshot = stackferry.Snapshot(roots[0])
    assert [*snapshot.verify()] == []
    assert [row["name"] for row in snapshot.manifest["transforms"]] == ["own_transforms:shout"]  # type: ignore[union-attr, index, call-overload]


async def test_several_go_in_their_order(pair: SamplePair, tmp_path: Path) -> None:
    one = "prefix-title:prefix=t: ;content-types=person"
    for number, (order, title) in enumerate([((one, "own_transforms:shout"), "T: TAM ROPEWALKER"),
                                             (("own_transforms:shout", one), "t: TAM ROPEWALKER")]):  # fmt: skip
        found = (await exported(pair.source, tmp_path / str(number), *order)).snapshot
        assert title_of(found) == title


def title_of(snapshot: Snapshot, uid: str = PERSON) -> str:
    rows = snapshot.objects(Stream("entries", "person", "en-us"))
    return next(str(row["title"]) for row in rows if row["uid"] == uid)


@pytest.mark.parametrize(
    ("transform", "why"),
    [
        ("raises", "KeyError: 'author'"),
        ("ends_the_program", "SystemExit: 3"),
        ("gives_a_list", "it gave a list, not a document or None"),
        ("gives_no_json", "JsonRefused"),
        ("counts", "deterministic"),
        ("moves:name=uid", "it changed uid"),
        ("moves:name=locale", "it changed locale"),
        ("moves:name=_version", "it changed _version"),
    ],
)
async def test_what_a_transform_may_not_do(
    pair: SamplePair, tmp_path: Path, transform: str, why: str
) -> None:
    """The error names the transform and the document; nothing is sealed, and nothing was written."""
    with pytest.raises(TransformFailed, match=why) as error:
        await exported(pair.source, tmp_path / "a", f"own_transforms:{transform}")
    name = f"own_transforms:{transform.partition(':')[0]}"
    assert str(error.value).startswith(f"transform {name}, asset_versions blt")
    assert not (tmp_path / "a" / "manifest.json").exists()
    plain = (await exported(pair.source, tmp_path / "plain")).snapshot
    before = pair.writes
    for work in (stackferry.import_, stackferry.plan_import):
        with pytest.raises(TransformFailed, match=why):
            await work(
                plain, pair.target, token=TOKEN, transforms=[f"own_transforms:{transform}"], speed=FAST
            )
    assert pair.writes == before


@pytest.mark.parametrize(
    ("system", "of", "gone", "options"),
    [
        ("contentstack", f"kind=entries;uid={PERSON}", PERSON, ALL),
        ("contentful", "kind=entries;uid=ada", '"ada"', ALL),
        ("contentful", "kind=assets;uid=crane", "/crane/", ALL),
        ("azure-devops", "kind=releases;uid=1", "releases/1.", stackferry.ReadOptions()),
    ],
)
async def test_what_is_left_out_is_a_gap_and_takes_its_parts_along(
    system: str, of: str, gone: str, options: Any, tmp_path: Path
) -> None:
    """Its versions, its bytes, its history; what refers to it stays, and the snapshot is whole and can be imported."""
    with sample_pair(system) as pair:
        report = await exported(
            pair.source, tmp_path / "a", f"own_transforms:leave_out:{of}", options=options
        )
        kind, uid = (one.partition("=")[2] for one in of.split(";"))
        assert {*left_out(report.gaps)} == {(kind, uid)}
        assert (await stackferry.verify(report.snapshot)).is_equal
        own = [one for one in parts_of(report.snapshot, system) if gone in one]
        assert own == []
        if system != "azure-devops":
            writing: Any = {"token": TOKEN, "speed": FAST, "state": tmp_path / "state"}
            arrived = await stackferry.import_(report.snapshot, pair.target, **writing)
            assert {*left_out(arrived.gaps)} == {(kind, uid)}
            assert (await stackferry.verify(report.snapshot, pair.target, **writing)).differences == []


def parts_of(snapshot: Snapshot, system: str) -> Iterator[str]:
    """What identifies the records of a snapshot that are parts of documents, as text."""
    for stream in snapshot.record_counts():
        for row in snapshot.objects(stream):
            if system == "contentstack" and stream.kind in ("entries", "versions", "history"):
                yield str(row["uid"])
            if system == "contentful" and stream.kind in ("entries", "published_entries", "entry_snapshots"):
                yield f'"{(row.get("snapshot") or row)["sys"]["id"]}"'  # type: ignore[index, call-overload]
            if system == "contentful" and stream.kind in ("assets", "files"):
                yield f"/{row.get('uid')}"
            if system == "azure-devops" and stream.kind == "files":
                yield f"releases/{row['uid']}."


async def test_one_version_or_language_can_be_left_out(pair: SamplePair, tmp_path: Path) -> None:
    of = "own_transforms:leave_out:kind=entries;content_type=walk;locale=de-de"
    report = await exported(pair.source, tmp_path / "a", of)
    plain = await exported(pair.source, tmp_path / "plain")
    for kind, locale, is_there in (
        ("entries", "de-de", False),
        ("versions", "de-de", False),
        ("entries", "en-us", True),
    ):
        assert bool([*report.snapshot.objects(Stream(kind, "walk", locale))]) is is_there
    assert len(left_out(report.gaps)) == len([*plain.snapshot.objects(Stream("entries", "walk", "de-de"))])
    report = await exported(pair.source, tmp_path / "b", "own_transforms:leave_out:kind=versions")
    assert "versions" not in report.objects
    assert report.objects["entries"] == plain.objects["entries"]
    assert len(left_out(report.gaps)) == plain.objects["versions"]


async def test_another_transform_is_another_run(pair: SamplePair, tmp_path: Path) -> None:
    """Of an export, and of an import into the same target: exit code 2, with both named."""

    class Stopped(Exception):
        pass

    def stop_late(event: stackferry.Event) -> None:
        if event.kind == "releases":
            raise Stopped

    with pytest.raises(Stopped):
        await exported(pair.source, tmp_path / "a", "own_transforms:shout", on_event=stop_late)
    for other in ([], ["own_transforms:look"], ["prefix-title:prefix=x"]):
        with pytest.raises(
            UsageError, match=r"unfinished export with --transform own_transforms:shout \(\w{12}\)"
        ):
            await exported(pair.source, tmp_path / "a", *other)
    assert (
        title_of((await exported(pair.source, tmp_path / "a", "own_transforms:shout")).snapshot)
        == "TAM ROPEWALKER"
    )


async def test_an_import_is_resumed_with_its_transform_only(pair: SamplePair, tmp_path: Path) -> None:
    plain = (await exported(pair.source, tmp_path / "plain")).snapshot

    class Stopped(Exception):
        pass

    def stop_late(event: stackferry.Event) -> None:
        if event.kind == "releases" and event.done:
            raise Stopped

    writing: Any = {"token": TOKEN, "speed": FAST, "state": tmp_path / "state"}
    shouting: Any = {**writing, "transforms": ["own_transforms:shout"]}
    with pytest.raises(Stopped):
        await stackferry.import_(plain, pair.target, on_event=stop_late, **shouting)
    with pytest.raises(UsageError, match="its transforms have changed"):
        await stackferry.import_(plain, pair.target, transforms=["own_transforms:look"], **writing)
    await stackferry.import_(plain, pair.target, **shouting)
    again = await stackferry.import_(plain, pair.target, **shouting)
    assert again.requests["write"] == again.requests["bulk"] == 0
    assert (await stackferry.verify(plain, pair.target, **shouting)).is_equal
    assert not (await stackferry.verify(plain, pair.target, **writing)).is_equal
    plan = await stackferry.plan_import(plain, pair.target, **shouting)
    assert plan.planned_requests.get("write", 0) == 0


async def test_a_snapshot_passes_through_a_transform_once(pair: SamplePair, tmp_path: Path) -> None:
    done = (await exported(pair.source, tmp_path / "a", "own_transforms:shout")).snapshot
    with pytest.raises(UsageError, match="when it was made: leave --transform out"):
        await stackferry.plan_import(
            done, pair.target, token=TOKEN, transforms=["own_transforms:shout"], speed=FAST
        )


async def test_what_was_changed_is_no_base_and_goes_back_nowhere(pair: SamplePair, tmp_path: Path) -> None:
    done = (await exported(pair.source, tmp_path / "a", "own_transforms:shout")).snapshot
    plain = (await exported(pair.source, tmp_path / "plain")).snapshot
    for base, transforms in ((done, []), (plain, ["own_transforms:shout"]), (done, ["own_transforms:shout"])):
        with pytest.raises(UsageError, match="--base and --transform do not go together"):
            await exported(pair.source, tmp_path / "b", *transforms, base=base.root)
    options = stackferry.WriteOptions
    refused: Any = {"token": TOKEN, "speed": FAST}
    with pytest.raises(UsageError, match="transforms"):
        await stackferry.import_(done, pair.source, options=options(in_place=True), **refused)
    with pytest.raises(UsageError, match="transforms"):
        await stackferry.import_(done, pair.target, options=options(mirror=True), **refused)
    with pytest.raises(UsageError, match="--mirror makes the target"):
        await stackferry.import_(
            plain, pair.target, options=options(mirror=True), transforms=["own_transforms:shout"], **refused
        )
    with pytest.raises(UsageError, match="transforms"):
        await stackferry.restore(PERSON, done, pair.target, **refused)


async def test_a_function_of_the_program_is_a_transform(pair: SamplePair, tmp_path: Path) -> None:
    found = (await exported(pair.source, tmp_path / "a", own_transforms.shout)).snapshot
    named = (await exported(pair.source, tmp_path / "b", "own_transforms:shout")).snapshot
    assert found.manifest == named.manifest


@pytest.mark.parametrize(
    ("transform", "why"),
    [
        ("no_such_module:f", "ModuleNotFoundError"),
        ("own_transforms:nothing", "own_transforms has no 'nothing'"),
        ("own_transforms:a_constant", "is a str, not a function"),
        ("unheard-of", "there are anonymise, drop-field, prefix-title, rename-field"),
        ("drop-field", "give fields=…"),
        ("prefix-title:prefix=a;typo=b", "no option 'typo'"),
        ("anonymise:fields=title;key-env=INVENTED_AND_UNSET", "set INVENTED_AND_UNSET to a long random text"),
        ("anonymise:fields=title;key-file=/nowhere/at/all", "the key file /nowhere/at/all cannot be read"),
    ],
)
async def test_what_no_transform_is(transform: str, why: str, tmp_path: Path) -> None:
    """Before anything is asked for."""
    with pytest.raises(UsageError, match=why):
        await exported("contentstack+http://k@127.0.0.1:9/main", tmp_path / "a", transform)


async def test_an_entry_point_is_a_transform(
    pair: SamplePair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "site" / "invented-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: invented\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(
        "[stackferry.transforms]\nloud = own_transforms:shout\nbroken = own_transforms:nothing\n"
    )
    monkeypatch.syspath_prepend(str(facts.parent))
    found = (await exported(pair.source, tmp_path / "a", "loud")).snapshot
    assert title_of(found) == "TAM ROPEWALKER"
    assert [row["name"] for row in found.manifest["transforms"]] == ["loud"]  # type: ignore[union-attr, index, call-overload]
    with pytest.raises(UsageError, match=r"--transform broken \(own_transforms:nothing\): AttributeError"):
        await exported(pair.source, tmp_path / "b", "broken")


class DiesBeforeTheManifest(Files):
    """A disk on which a run ends after its documents were changed and before the snapshot is sealed."""

    def write_atomically(self, name: str, chunks: Any) -> Any:
        if name == "manifest.json":
            raise Cut
        return super().write_atomically(name, chunks)


def test_a_run_that_died_in_between_changes_nothing_twice() -> None:
    """It asks whether the place is there, and for nothing else: nothing that is staged is as it was read."""
    asked = find_transforms(["prefix-title:prefix=once "])
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)

        def export(name: str, disk: type[Files] = Files) -> tuple[Snapshot, int]:
            async def run() -> tuple[Snapshot, int]:
                place = bench.place(SOURCE)
                async with bench.session(place) as session:
                    one = Run(SYSTEM, session, place, sleep=no_wait)
                    made = await export_run.export(one, root / name, ALL, transforms=asked, disk=disk)
                    return made, session.counts.as_json()["read"]

            return run_async(run)

        whole, _ = export("whole")
        with pytest.raises(Cut):
            export("died", DiesBeforeTheManifest)
        resumed, reads = export("died")
        assert file_digests(resumed.root) == file_digests(whole.root)
        assert reads <= 1
        titles = [str(row["title"]) for row in resumed.objects(Stream("entries", "page", "en-us"))]
        assert [title.count("once ") for title in titles] == [1] * len(titles)
