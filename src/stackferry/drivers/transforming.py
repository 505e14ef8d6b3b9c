"""Applies transforms to everything that is staged: the one place where a document is changed.

An export passes here between its last read and its seal. For an import, a snapshot is staged, passes here, and is
sealed into another snapshot, which the import then reads like any (`transformed_snapshot`). All changes are one
transaction, and a note in it says that they were made, so a run that stops anywhere changes nothing twice.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.errors import TransformFailed, UsageError
from stackferry.exact_json import dumps, loads
from stackferry.io.recursion_limit import make_room
from stackferry.io.storage.blob_list import bytes_file
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import STAGING, Snapshot, clear_work, decode_record
from stackferry.io.storage.staging import Staging
from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.model import Gap, Record, Stream
from stackferry.transforms.documents import HasDocuments, Role
from stackferry.transforms.fields import put
from stackferry.transforms.names import check_fields, check_names
from stackferry.transforms.transform import Place, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from stackferry.io.storage.files import Files
    from stackferry.model import Json, JsonObject
    from stackferry.providers.system import System
    from stackferry.transforms.documents import DocumentKind, Documents
    from stackferry.transforms.transform import About, Transform

_DONE: Final = "transformed"
_BATCH: Final = 100
_FILES: Final = Stream("files")
_FACTS: Final = frozenset({"format", "tool", "counts", "files", "gaps", "redacted"})


def transforms_json(transforms: Sequence[Transform]) -> JsonObject:
    """What a manifest says of the transforms that a snapshot passed through; nothing where there were none."""
    return {"transforms": [one.as_json() for one in transforms]} if transforms else {}


def named_transforms(facts: JsonObject) -> str:
    """The transforms of a manifest or a checkpoint in a message, each with the beginning of its digest."""
    rows = objects(facts.get("transforms"))
    named = ", ".join(f"{text(row.get('name'))} ({text(row.get('digest'))[:12]})" for row in rows)
    return f"--transform {named}" if named else "no transform"


def is_transformed(staging: Staging) -> bool:
    """Whether `transform_staged` has been here."""
    return staging.fact(_DONE) is not None


def check_transforms(system: System, place: str, transforms: Sequence[Transform]) -> None:
    """Raise UsageError for transforms that a system does not take; `place` is its scheme."""
    if not transforms:
        return
    if not isinstance(system, HasDocuments):
        raise UsageError(f"{system.name} has no documents that --transform could change")
    roles = {kind.role for kind in system.documents.kinds.values()}
    needed = system.documents.needed_names
    for one in transforms:
        _refuse_dropped(one, place, needed)
        if Role.SCHEMA in one.roles and Role.SCHEMA not in roles:
            raise UsageError(f"--transform {one.name} changes content types, and {place} has none")


def _refuse_dropped(one: Transform, place: str, needed: Collection[str]) -> None:
    """Raise UsageError for a field that is dropped and that no document can be without."""
    dropped = sorted(one.named.dropped.intersection(needed)) if one.named else []
    if dropped:
        raise UsageError(
            f"--transform {one.name}: {place} takes nothing without '{dropped[0]}', so it cannot be dropped; "
            f"anonymise:fields={dropped[0]} replaces it"
        )


def check_staged_types(system: System, staging: Staging, transforms: Sequence[Transform]) -> None:
    """Check what transforms name once that is staged which tells what fields there are; documents need not be.

    Raises UsageError for what is not there.
    """
    if isinstance(system, HasDocuments):
        check_fields(system.documents, staging, transforms)


def transform_staged(system: System, place: str, staging: Staging, transforms: Sequence[Transform]) -> None:
    """Change every document that is staged by each transform in turn; what one leaves out is a gap.

    Raises UsageError for a field or a content type that is not there, and TransformFailed; then nothing is changed.
    """
    if not transforms or is_transformed(staging):
        return
    check_transforms(system, place, transforms)
    assert isinstance(system, HasDocuments)  # noqa: S101 - for the type checker: it was just checked
    make_room()
    check_names(system.documents, staging, transforms)
    with staging.changing(_DONE, transforms_json(transforms)):
        _Pass(system, system.documents, place, staging, transforms).run()


class _Pass:
    def __init__(
        self,
        system: System,
        documents: Documents,
        place: str,
        staging: Staging,
        transforms: Sequence[Transform],
    ) -> None:
        self._key_of = system.record_key
        self._documents, self._name = documents, place
        self._staging, self._transforms = staging, transforms
        self._source = Source(documents, staging, {})
        self._left_out: set[str] = set()  # what main documents are called, as `belongs_to` says
        self._freed: set[str] = set()  # files that documents named which were left out

    def run(self) -> None:
        # Content types last: until then fields are looked up by the names that documents have.
        for stream in sorted(self._staging.streams(), key=self._turn):
            kind = self._documents.kinds.get(stream.kind)
            if kind is not None:
                self._change(stream, kind)
        if self._left_out:
            self._leave_out_parts()
            self._leave_out_files()

    def _turn(self, stream: Stream) -> tuple[bool, Stream]:
        kind = self._documents.kinds.get(stream.kind)
        return (kind is not None and kind.role is Role.SCHEMA), stream

    def _change(self, stream: Stream, kind: DocumentKind) -> None:
        for uid, number, body in self._staging.rows(stream):
            record = decode_record(body, stream.kind)
            changed = self._changed(stream, kind, record, uid)
            if isinstance(changed, str):
                self._leave_out(stream, kind, record, (uid, number), changed)
            elif changed is not None:
                self._staging.replace(stream, uid, number, changed)

    def _changed(
        self, stream: Stream, kind: DocumentKind, record: JsonObject, uid: str
    ) -> bytes | str | None:
        """The record after all transforms, as JSON; the name of the one that leaves it out; None: it is as it was."""
        found = nested(record, *kind.path) if kind.path else record
        if not isinstance(found, dict):
            return None
        before = body = dumps(found)
        for transform in self._transforms:
            if kind.role not in transform.roles:
                continue
            document = as_object(loads(body))
            about = self._documents.about(self._name, stream, document, uid)
            changed = transform.applied(body, about, Place(self._source, stream))
            if changed is None:
                return self._may_leave_out(transform, kind, about)
            self._check(transform, kind, about, (document, changed))
            body = changed
        if body == before:
            return None
        document = as_object(loads(body))
        record = put(record, kind.path, document) if kind.path else document
        return self._as_json(stream, record, uid)

    def _as_json(self, stream: Stream, record: JsonObject, uid: str) -> bytes:
        """The record as JSON. Raises TransformFailed where it has another key now."""
        if self._key_of(stream.kind, record)[0] != uid:
            names = ", ".join(one.name for one in self._transforms)
            raise TransformFailed(f"{names}: {stream.kind} {uid} would be called otherwise")
        return dumps(record)

    def _may_leave_out(self, transform: Transform, kind: DocumentKind, about: About) -> str:
        if kind.role is not Role.DOCUMENT:
            raise transform.failed(about, "only documents can be left out")
        return transform.name

    def _check(
        self, transform: Transform, kind: DocumentKind, about: About, sides: tuple[JsonObject, bytes]
    ) -> None:
        """Raise TransformFailed where a transform changed what says which document it is."""
        before, after = sides[0], as_object(loads(sides[1]))
        for path in kind.fixed:
            if nested(before, *path) != nested(after, *path):
                raise transform.failed(about, f"it changed {'.'.join(path)}, which says which document it is")
        if {*self._documents.files_of(before)} != {*self._documents.files_of(after)}:
            raise transform.failed(about, "it changed the addresses of the document's files")

    # --- what is left out ---

    def _leave_out(
        self, stream: Stream, kind: DocumentKind, record: JsonObject, key: tuple[str, int], name: str
    ) -> None:
        self._staging.remove(stream, *key)
        if kind.is_main:
            self._left_out.add(self._documents.belongs_to(stream, record))
        self._freed.update(self._documents.files_of(record))
        document = as_object(nested(record, *kind.path)) if kind.path else record
        gap = Gap(
            kind=stream.kind,
            uid=self._documents.about(self._name, stream, document, key[0]).uid,
            type=stream.type,
            locale=stream.locale,
            path=f"version {key[1]}" if key[1] else "",
            reason=f"left out by transform {name}",
        )
        self._staging.note_gaps([gap])

    def _leave_out_parts(self) -> None:
        """Remove what belongs to a document that was left out."""
        for stream in self._staging.streams():
            for uid, number, body in self._staging.rows(stream):
                record = decode_record(body, stream.kind)
                if self._documents.belongs_to(stream, record) in self._left_out:
                    self._freed.update(self._documents.files_of(record))
                    self._staging.remove(stream, uid, number)

    def _leave_out_files(self) -> None:
        """Remove the files that nothing names any more."""
        used = self._used_files() if self._freed else set()
        for uid in self._freed - used:
            self._staging.remove(_FILES, uid, 0)

    def _used_files(self) -> set[str]:
        streams = (stream for stream in self._staging.streams() if stream.kind in self._documents.kinds)
        return {
            uid
            for stream in streams
            for record in self._staging.objects(stream)
            for uid in self._documents.files_of(record)
        }


def transformed_snapshot(
    system: System, snapshot: Snapshot, files: Files, transforms: Sequence[Transform]
) -> Snapshot:
    """A snapshot in the empty directory `files` that holds what `snapshot` holds after these transforms.

    The same snapshot and transforms give the same bytes. Raises SnapshotCorrupt, TransformFailed; UsageError where it
    passed through one of them before.
    """
    _refuse_twice(snapshot, transforms)
    source = as_object(snapshot.manifest.get("source"))
    files.mkdir(STAGING.rpartition("/")[0])
    with closing(Staging(files.path(STAGING))) as staging:
        _stage(system, snapshot, staging, transforms)
        transform_staged(system, text(source.get("system")), staging, transforms)
        for row in staging.objects(_FILES):
            name = bytes_file(text(row.get("sha256")))
            if not files.exists(name):
                files.link_or_copy(snapshot.files, name)
        seal(files, staging, _head(snapshot, transforms))
    clear_work(files)
    return Snapshot(files.root)


def _refuse_twice(snapshot: Snapshot, transforms: Sequence[Transform]) -> None:
    earlier: list[Json] = [*objects(snapshot.manifest.get("transforms"))]
    for one in transforms:
        if one.as_json() in earlier:
            raise UsageError(
                f"{snapshot.root} passed through the transform {one.name} when it was made: leave --transform out"
            )


def _head(snapshot: Snapshot, transforms: Sequence[Transform]) -> JsonObject:
    head = {name: value for name, value in snapshot.manifest.items() if name not in _FACTS}
    earlier: list[Json] = [*objects(snapshot.manifest.get("transforms"))]
    passed: list[Json] = [*earlier, *(one.as_json() for one in transforms)]
    return {**head, "transforms": passed} if passed else head


def _stage(system: System, snapshot: Snapshot, staging: Staging, transforms: Sequence[Transform]) -> None:
    """Everything that a snapshot holds but bytes of files. What tells of fields comes first: names need it."""
    gaps = [Gap.from_json(row) for row in snapshot.gaps()]
    redacted = [text(one) for one in as_list(snapshot.manifest.get("redacted"))]
    staging.keep("gaps", gaps=gaps, redacted=redacted)
    describing = system.documents.describing if isinstance(system, HasDocuments) else ()
    telling = [file for file in snapshot.stream_files() if file[0].kind in describing]
    _keep(system, snapshot, staging, telling, "fields")
    check_staged_types(system, staging, transforms)
    snapshot.check()
    others = (file for file in snapshot.stream_files() if file[0].kind not in describing)
    _keep(system, snapshot, staging, others, "records")


def _keep(
    system: System, snapshot: Snapshot, staging: Staging, files: Iterable[tuple[Stream, str]], job: str
) -> None:
    for number, batch in enumerate(batched(_records(system, snapshot, files), _BATCH)):
        staging.keep(f"{job} {number}", batch)


def _records(
    system: System, snapshot: Snapshot, files: Iterable[tuple[Stream, str]]
) -> Iterator[tuple[Stream, Record]]:
    for stream, name in files:
        for line in snapshot.files.lines(name):
            body = decode_record(line, name)
            uid, number = system.record_key(stream.kind, body)
            yield stream, Record(uid, body, number)
