"""Somebody edits the space while an export runs: the snapshot is as it was before or after, and never a mixture."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import EGG, HEN, OBJECTS, fill_every_kind, link
from small_space import entry, put_entries
from space_bench import SpaceBench, make_space_bench
from workbench import RecordingTransport, file_digests, memory_directory

from sampling import sampled
from stackferry.emulators.contentful.space import StoredFile
from stackferry.io.storage.snapshot import Snapshot, SnapshotIndex
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import record_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from stackferry.emulators.contentful import Environment, Space

Edit = "Callable[[Space, Environment], None]"
LATER = "2030-05-05T08:00:00.000Z"


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def _sys(environment: Environment, kind: str, uid: str) -> dict[str, Any]:
    found: dict[str, Any] = getattr(environment, kind)[uid].sys
    return found


def save_entry(_: Space, environment: Environment) -> None:
    """A published entry is edited: from now on it has a live body of its own."""
    raw: Any = {**HEN, "fields": {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}}
    raw["sys"] = {**HEN["sys"], "version": 7, "updatedAt": LATER}
    raw["sys"]["fieldStatus"] = {"*": {"en-US": "changed", "de": "published"}}
    environment.put_entry(raw, HEN)


def publish_entry(_: Space, environment: Environment) -> None:
    """A changed entry is published: its live body is the current one from now on."""
    facts: Any = {"version": 6, "publishedVersion": 5, "publishedCounter": 2, "updatedAt": LATER}
    environment.put_entry(
        {**EGG, "sys": {**EGG["sys"], **facts, "fieldStatus": {"*": {"en-US": "published"}}}}
    )


def make_entry(_: Space, environment: Environment) -> None:
    environment.put_entry(entry("new", {"title": "new"}, updatedAt=LATER))


def make_changed_entry(_: Space, environment: Environment) -> None:
    environment.put_entry(
        entry("new", {"title": "newer"}, 5, 2, updatedAt=LATER), entry("new", {"title": "new"}, 3, 2)
    )


def delete_entry(_: Space, environment: Environment) -> None:
    del environment.entries["egg"]
    environment.changed()


def replace_file(space: Space, environment: Environment) -> None:
    path = f"/{space.id}/of-picture.png/another-token/picture.png"
    space.files[path] = StoredFile(b"another picture", "image/png")
    body: Any = environment.assets["picture"].body
    file = {**body["fields"]["file"]["en-US"], "url": path, "details": {"size": 15}}
    fields = {**body["fields"], "file": {**body["fields"]["file"], "en-US": file}}
    environment.assets["picture"].body = {**body, "fields": fields}
    _sys(environment, "assets", "picture").update(version=4, updatedAt=LATER)
    environment.changed()


def delete_asset(_: Space, environment: Environment) -> None:
    del environment.assets["sound"]
    environment.changed()


def edit_type(_: Space, environment: Environment) -> None:
    """A type becomes ahead of what is published of it, and its editor interface changes with it."""
    page = environment.content_types["page"]
    page.live, page.live_sys = page.body, dict(page.sys)
    page.body = {**page.body, "name": "Page, by hand"}
    page.sys = {**page.sys, "version": 4, "updatedAt": LATER}
    row: Any = environment.editor_interfaces["page"]
    environment.editor_interfaces["page"] = {**row, "sidebar": []}
    environment.changed()


def make_type(_: Space, environment: Environment) -> None:
    raw: Any = next(one for one in OBJECTS["content_types"] if one["sys"]["id"] == "sketch")
    environment.put_content_type({**raw, "sys": {**raw["sys"], "id": "another", "updatedAt": LATER}})
    interface: Any = environment.editor_interfaces["page"]
    of = {**interface["sys"], "contentType": link("ContentType", "another")}
    environment.put_editor_interface({**interface, "sys": of})


def edit_release(_: Space, environment: Environment) -> None:
    """An item more, with a body of its own."""
    release = environment.releases["campaign"]
    raw: Any = release.raw
    entities = {**raw["entities"], "items": raw["entities"]["items"][:-1]}
    release.raw = {**raw, "entities": entities, "sys": {**raw["sys"], "version": 2, "updatedAt": LATER}}
    release.entries.pop("chick")
    environment.changed()


def delete_release(_: Space, environment: Environment) -> None:
    del environment.releases["campaign"]
    environment.changed()


def make_release(_: Space, environment: Environment) -> None:
    raw: Any = OBJECTS["releases"][1]
    environment.put_release({**raw, "sys": {**raw["sys"], "id": "other", "updatedAt": LATER}})


EDITS = (
    *(save_entry, publish_entry, make_entry, make_changed_entry, delete_entry, replace_file, delete_asset),
    *(edit_type, make_type, edit_release, delete_release, make_release),
)


def edit_after(bench: SpaceBench, number: int, edit: Any) -> RecordingTransport:
    """A transport that has the edit made after the `number`-th request."""

    def hook(transport: RecordingTransport, _: httpx.Request, done: bool) -> None:
        if done and transport.sent == number and edit is not None:
            edit(bench.source, bench.source.master)
            transport.hook = None

    return RecordingTransport(bench.emulator, hook)


def fields_of(snapshot: Snapshot, uid: str) -> Any:
    with closing(SnapshotIndex(snapshot, record_key)) as index:
        return (index.get(Stream("entries", "page"), uid) or {}).get("fields")


REQUESTS = 46  # of an export of this space, its files among them


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("number", sampled([*range(1, REQUESTS + 1)], 6))
def test_a_snapshot_is_never_a_mixture(root: Path, edit: Any, number: int) -> None:
    bench = make_space_bench(root, fill_every_kind)
    before = file_digests(bench.export("before", versions="all", editorial=True).root)
    snapshot = bench.export(
        "meanwhile", versions="all", editorial=True, transport=edit_after(bench, number, edit)
    )
    after = file_digests(bench.export("after", versions="all", editorial=True).root)
    assert snapshot.gaps() == []
    assert before != after
    assert file_digests(snapshot.root) in (before, after)


def test_what_is_looked_at_is_as_it_was_at_the_end(root: Path) -> None:
    """An edit before the second look is in the snapshot."""
    bench = make_space_bench(root, fill_every_kind)
    sent = edit_after(bench, 0, None)
    bench.export("count", transport=sent)
    looks = [line for line in sent.log if "select=sys" in line]
    assert len(looks) == 2
    before_looks = sent.log.index(looks[0]) - 3
    snapshot = bench.export(transport=edit_after(bench, before_looks, save_entry))
    assert fields_of(snapshot, "hen") == {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}


def test_a_single_edit_of_many_entries_is_read_alone(root: Path) -> None:
    def fill(space: Space, environment: Environment) -> None:
        fill_every_kind(space, environment)
        put_entries(environment, 1_500)

    bench = make_space_bench(root, fill)
    transport = edit_after(bench, 20, save_entry)
    snapshot = bench.export(transport=transport)
    assert snapshot.gaps() == []
    listed = [line for line in transport.log if "/entries?" in line and "public" not in line]
    whole = [
        line for line in listed if "select" not in line and "[in]" not in line and "%5Bin%5D" not in line
    ]
    assert len([line for line in whole if "releases" not in line]) == 2, "both pages once"
    assert fields_of(snapshot, "hen") == {"title": {"en-US": "Hen, by hand", "de": "Huhn"}}


def test_a_space_that_never_rests_is_told(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)

    def hook(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.url.path.endswith("/entries"):
            sys = _sys(bench.source.master, "entries", "fox")
            sys.update(
                version=sys["version"] + 1, updatedAt=f"2031-01-01T00:00:{sys['version'] % 60:02d}.000Z"
            )
            bench.source.master.changed()

    (gap,) = bench.export(transport=RecordingTransport(bench.emulator, hook)).gaps()
    assert gap["kind"] == "entries"
    assert "it was edited again and again while it was read" in str(gap["reason"])
