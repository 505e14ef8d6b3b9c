"""An incremental export: what of a base snapshot the service would answer again, byte for byte. Pure.

`sys` counts every edit in its version, publishing included. So entries and assets are listed with `sys` alone, and a
body is taken from the base where its `sys` there is the same to the letter; so are its live body and its snapshots. The
others are asked for by id. Lists must be read in any case: a deletion leaves no trace elsewhere. Nor does a field that
is taken out of a type: the values of entries go with it, and their versions stay. So no body is taken of a type that
has changed, of one that has a tag which is gone, or of any where a locale is.
"""

from __future__ import annotations

from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.exact_json import dumps
from stackferry.json_values import as_list, as_object, nested, text
from stackferry.model import HEAD, Record, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.history import HISTORIES, histories
from stackferry.providers.contentful.exporting.listings import NEWEST, listing, record_of, stream_of
from stackferry.providers.contentful.exporting.live_bodies import LIVE, is_among, live_bodies
from stackferry.providers.contentful.exporting.staged import has_history, is_live_otherwise, rows
from stackferry.providers.contentful.exporting.taxonomy import metadata_links
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.requests.build import PAGE
from stackferry.providers.contentful.requests.read import among, id_batches
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import GrowingStore, Job, ReadOptions, RecordKey, RecordStore

_DOCUMENTS: Final = (kinds.ENTRIES, kinds.ASSETS)
_MOVED: Final = ".moved"  # what the base does not hold as it is now, by kind
KEPT: Final = Stream(".kept")  # snapshots that the service no longer has and the base had
KEPT_FACT: Final = "kept_from_base"  # the same in a manifest
_BATCH: Final = 100


class BaseRecords:
    """The records of a base snapshot that hold today."""

    def __init__(self, base: GrowingStore, staged: RecordStore | None = None) -> None:
        """`staged`: what was read by now; with it alone bodies are taken."""
        self._base, self._staged = base, staged
        manifest = base.get(HEAD, "") or {}
        options = as_object(manifest.get("options"))
        # A snapshot of some languages holds parts of bodies.
        self.is_usable = not as_list(options.get("locales"))
        self._versions = text(options.get("versions"))
        gaps = [as_object(gap) for gap in as_list(manifest.get("gaps"))]
        self._lost = {(text(gap.get("kind")), text(gap.get("uid"))) for gap in gaps}
        self._types: dict[str, bool] = {}  # whether each that was asked for is as the base has it
        self._kept = {text(name) for name in as_list(manifest.get(KEPT_FACT))}

    def today(self, staged: RecordStore) -> BaseRecords:
        """The same beside the types, locales and tags that were read by now."""
        return BaseRecords(self._base, staged)

    def unedited(self, kind: Kind, row: JsonObject) -> JsonObject | None:
        """The body of an object that nobody has edited since; `row` is any of it with `sys`."""
        held = self._base.get(stream_of(kind, row), sys_id(row)) if self.is_usable else None
        return held if held is not None and dumps(held.get("sys")) == dumps(row.get("sys")) else None

    def same(self, kind: Kind, row: JsonObject) -> JsonObject | None:
        """The same of one whose body the service shows as it did."""
        held = self.unedited(kind, row)
        return held if held is not None and (kind not in _DOCUMENTS or self._is_shown_so(held)) else None

    def _is_shown_so(self, held: JsonObject) -> bool:
        if not self._has_locales:
            return False
        of_type = link_id(nested(held, "sys", "contentType"))
        tags = (uid for _, uid in metadata_links(held, "tags"))
        return (not of_type or self._has_type(of_type)) and all(map(self._has_tag, tags))

    @cached_property
    def _has_locales(self) -> bool:
        """Whether every locale of the base is there, under the same code."""
        stream = Stream(kinds.LOCALES.name)
        today = {sys_id(row): row.get("code") for row in self._staged.objects(stream)} if self._staged else {}
        return all(today.get(sys_id(row)) == row.get("code") for row in self._base.objects(stream))

    def _has_type(self, uid: str) -> bool:
        """Whether a content type is as the base has it."""
        if uid not in self._types:
            stream = Stream(kinds.CONTENT_TYPES.name)
            before, now = (store.get(stream, uid) if store else None for store in (self._base, self._staged))
            self._types[uid] = before is not None and before == now
        return self._types[uid]

    def _has_tag(self, uid: str) -> bool:
        return self._staged is not None and self._staged.get(Stream(kinds.TAGS.name), uid) is not None

    def live(self, kind: Kind, live: Kind, row: JsonObject) -> tuple[Stream, Record] | None:
        """What is live of an object that has not changed since; None where it must be asked for."""
        if self._versions == "latest" or self.same(kind, row) is None:
            return None
        stream = stream_of(live, row)
        held = self._base.get(stream, sys_id(row))
        return None if held is None else (stream, Record(sys_id(row), held))

    def history(self, kind: Kind, snapshots: Kind, row: JsonObject) -> list[tuple[Stream, Record]]:
        """The snapshots of an object that nobody has edited since; none where they must be asked for."""
        is_whole = self._versions == "all" and (f"{snapshots.name}/{sys_id(row)}", "*") not in self._lost
        return self.snapshots(snapshots, row) if is_whole and self.unedited(kind, row) is not None else []

    def snapshots(self, snapshots: Kind, row: JsonObject) -> list[tuple[Stream, Record]]:
        """The base's snapshots of an object, whatever has become of it."""
        of = Stream(snapshots.name, text(nested(row, "sys", "contentType", "sys", "id")))
        return [record_of(snapshots, body) for body in self._base.of(of, sys_id(row))]

    def is_same_object(self, kind: Kind, row: JsonObject) -> bool:
        """Whether the base knew this object, and not another one of its id that was deleted since."""
        held = self._base.get(stream_of(kind, row), sys_id(row)) or {}
        created = nested(held, "sys", "createdAt")
        return created is not None and created == nested(row, "sys", "createdAt")

    def was_kept(self, record: tuple[Stream, Record]) -> bool:
        """Whether the base itself had it from its own base alone."""
        return kept_name(record) in self._kept

    def file(self, key: RecordKey) -> Record | None:
        """The record of a file: an address holds the same bytes for ever."""
        if key.stream.kind != kinds.FILES.name or (kinds.FILES.name, key.uid) in self._lost:
            return None
        held = self._base.get(key.stream, key.uid, key.number)
        return None if held is None else Record(key.uid, held, key.number)


def kept_name(record: tuple[Stream, Record]) -> str:
    """How a manifest names a snapshot that only the base had."""
    stream, one = record
    return f"{stream.kind} {one.uid} {one.number}"


# --- entries and assets ---


def shown_by(root: Root, options: ReadOptions) -> Iterator[Job]:
    """What decides how the service shows a body that nobody has edited."""
    yield listing(root, kinds.CONTENT_TYPES, options, look=())
    yield from (listing(root, kind, options) for kind in (kinds.LOCALES, kinds.TAGS))


def listed(root: Root, base: BaseRecords, options: ReadOptions) -> Iterator[Job]:
    """Entries and assets by `sys`; each that the base holds as it is becomes the body that it has there."""
    for kind in (kinds.ENTRIES, kinds.ASSETS) if options.assets else (kinds.ENTRIES,):
        yield listing(root, kind, options, look=NEWEST, light=partial(_from_base, base, kind))


def _from_base(base: BaseRecords, kind: Kind, row: JsonObject) -> tuple[Stream, Record]:
    held = base.same(kind, row)
    if held is not None:
        return record_of(kind, held)
    return Stream(_MOVED, kind.name), Record(sys_id(row), {"sys": row.get("sys")})


def moved(root: Root, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """The bodies that the base does not hold as they are now."""
    for kind in (kinds.ENTRIES, kinds.ASSETS):
        wanted = [sys_id(row) for row in staged.objects(Stream(_MOVED, kind.name))]
        batches = [*id_batches(wanted)]
        count = len(wanted) + sum(1 for _ in rows(staged, kind)) if wanted else 0
        if len(batches) > max(1, -(-count // PAGE)):  # the whole list takes fewer requests
            yield listing(
                root, kind, options, name=f"{kind.name}/moved", keep=partial(is_among, frozenset(wanted))
            )
            continue
        for number, batch in enumerate(batches):
            yield listing(root, kind, options, among(batch), name=f"{kind.name}/moved/{number}")


# --- snapshots ---


def held(root: Root, base: BaseRecords, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Live bodies and snapshots: those of what has not changed from the base, the others from the service."""
    for kind, live in LIVE if options.versions != "latest" else ():
        otherwise = filter(is_live_otherwise, rows(staged, kind))
        yield from reused(live, filter(None, map(partial(base.live, kind, live), otherwise)))
    for kind, snapshots in HISTORIES if options.versions == "all" else ():
        published = filter(has_history, rows(staged, kind))
        found = chain.from_iterable(map(partial(base.history, kind, snapshots), published))
        yield from reused(snapshots, found)
        yield from _named(base, staged, kind, snapshots)
    yield from live_bodies(root, staged, options, lambda *of: base.live(*of) is not None)
    yield from histories(root, staged, options, lambda *of: bool(base.history(*of)))


def _named(base: BaseRecords, staged: GrowingStore, kind: Kind, snapshots: Kind) -> Iterator[Job]:
    """Notes of those among them that the service did not have any more when the base was made."""
    notes = [
        (KEPT, Record(kept_name(record), {"name": kept_name(record)}))
        for row in rows(staged, kind)
        if has_history(row)
        for record in base.history(kind, snapshots, row)
        if base.was_kept(record)
    ]
    if notes:
        yield LocalRecords(name=f"{snapshots.name}/kept before", records=notes)


def reused(kind: Kind, records: Iterator[tuple[Stream, Record]]) -> Iterator[Job]:
    """Records of the base in place of a listing's."""
    for number, batch in enumerate(batched(records, _BATCH)):
        yield LocalRecords(name=f"{kind.name}/reused/{number}", records=batch, is_reused=True)


def pruned(base: BaseRecords, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """Snapshots of changed objects that the base has and the service has no longer: they are kept, and named."""
    for kind, snapshots in HISTORIES if options.versions == "all" else ():
        for row in rows(staged, kind):
            if base.unedited(kind, row) is None and base.is_same_object(kind, row):
                yield from _pruned(base, staged, snapshots, row)


def _pruned(base: BaseRecords, staged: GrowingStore, snapshots: Kind, row: JsonObject) -> Iterator[Job]:
    gone = [
        record
        for record in base.snapshots(snapshots, row)
        if staged.get(record[0], record[1].uid, record[1].number) is None
    ]
    if gone:
        notes = [(KEPT, Record(kept_name(record), {"name": kept_name(record)})) for record in gone]
        yield LocalRecords(name=f"{snapshots.name}/{sys_id(row)}/kept", records=[*gone, *notes])
