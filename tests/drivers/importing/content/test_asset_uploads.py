"""A version of an asset whose file is not another one: its facts are written, and its address stays.

Each upload gives a file another address, and texts that hold the address would have to be written for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import EGG, HEN, PICTURE, fill_small, page
from workbench import SYSTEM, TARGET, RecordingTransport, make_workbench, memory_directory, no_wait, run_async

from stackferry.drivers.import_run import dry_run
from stackferry.drivers.run import Run
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack.state import Asset, AssetVersion
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """The small stack, whose picture has two versions with a file each."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def retitle(asset: Asset, title: str) -> None:
    """One more version with the same file."""
    last: AssetVersion = asset.versions[asset.version]
    number = asset.version + 1
    raw = {**last.raw, "_version": number, "title": title, "updated_at": f"2099-11-0{number}T10:00:00.000Z"}
    asset.versions[number] = type(last)(raw, last.content, last.unique)


def picture(workbench: Workbench) -> Asset:
    """The target's."""
    return next(one for one in workbench.target.main.assets.values() if not one.is_folder)


def shown(asset: Asset) -> list[tuple[int, Any, Any]]:
    """The number, title and bytes of each version."""
    return [(number, one.raw["title"], one.content) for number, one in asset.versions.items()]


def test_a_new_title_is_no_upload(workbench: Workbench) -> None:
    source = workbench.source.main.assets[PICTURE]
    retitle(source, "Autumn")
    result = workbench.import_snapshot(workbench.export(versions="all"), versions="all")
    assert result.gaps == []
    made = picture(workbench)
    assert shown(made) == [(number, title, content) for number, title, content in shown(source)]
    first, second, third = (one.unique for one in made.versions.values())
    assert first != second == third


def test_retitled_on_both_sides_the_file_and_the_texts_stay(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export("before", versions="all"), versions="all")
    source, made = workbench.source.main.assets[PICTURE], picture(workbench)
    retitle(made, "Spring in the target")
    for title in ("Summer", "Autumn"):
        retitle(source, title)
    address, sent = made.versions[made.version].unique, RecordingTransport(workbench.emulator)
    result = workbench.import_snapshot(
        workbench.export(versions="all"), transport=sent, versions="all", on_conflict="update"
    )
    assert result.gaps == []
    assert [title for _, title, _ in shown(made)[3:]] == ["Summer", "Autumn"]
    assert {one.unique for number, one in made.versions.items() if number >= 2} == {address}
    assert [line for line in sent.log if "/entries/" in line and not line.startswith("GET")] == []


def planned_requests(workbench: Workbench, snapshot: Snapshot) -> Any:
    place = workbench.place(TARGET)

    async def run() -> Any:
        async with workbench.session(place) as session:
            options = ContentstackWriteOptions(on_conflict="update")
            one = Run(SYSTEM, session, place, sleep=no_wait)
            async with dry_run(one, snapshot, workbench.root / "state", options) as done:
                return done.writes.with_reads(session.counts.as_json())

    return run_async(run)


def write_text(workbench: Workbench, version: int, upload: str) -> None:
    """A version of the hen whose text shows the picture at the address of an upload."""
    main, host = workbench.source.main, "http://emulator.invented"
    url = f"{host}/v3/assets/{workbench.source.api_key}/{PICTURE}/{upload}/photo.png"
    shown: JsonObject = {"body": f'<p><img src="{url}" data-sys-asset-uid="{PICTURE}"/></p>'}
    main.put_entry_version("page", "en-us", {**page(HEN, version, "Hen", EGG), **shown})


def test_other_bytes_of_the_same_size_are_an_upload_that_the_dry_run_foresees(workbench: Workbench) -> None:
    """With the text that shows the new file."""
    body: JsonObject = {"uid": "body", "display_name": "Body", "data_type": "text", "mandatory": False}
    row: Any = workbench.source.main.content_types["page"]
    text: JsonObject = {**body, "multiple": False, "field_metadata": {"allow_rich_text": True}}
    workbench.source.main.put_content_type({**row, "schema": [*row["schema"], text]})
    source = workbench.source.main.assets[PICTURE]
    write_text(workbench, 3, source.versions[2].unique)
    workbench.import_snapshot(workbench.export("before"))
    retitle(source, str(source.latest["title"]))
    source.versions[3].content, source.versions[3].unique = b"PICTURE 3", "c" * 16
    write_text(workbench, 4, "c" * 16)
    made, snapshot = picture(workbench), workbench.export()
    planned, before = planned_requests(workbench, snapshot), made.version
    result = workbench.import_snapshot(snapshot, on_conflict="update")
    assert result.gaps == []
    assert made.versions[made.version].content == b"PICTURE 3"
    assert made.version == before + 1
    assert planned["write"] == 2
    assert {name: count for name, count in workbench.counts.as_json().items() if count} == planned
