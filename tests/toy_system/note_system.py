"""The invented note service as a `System`: the smallest complete second system.

No languages, no types, no branches. Written against providers/{source,target,system}.py alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import note_service

from stackferry import exact_json
from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rates import Lane, Rates
from stackferry.errors import AccessError, BadAnswer, Refused
from stackferry.model import (
    Budget,
    Gap,
    JsonObject,
    Left,
    Place,
    Record,
    Remark,
    Request,
    Response,
    Secret,
    Stream,
    integer_key,
)
from stackferry.providers.identities import NOTHING_EARLIER, EarlierIdentities
from stackferry.providers.latest_content import latest_content
from stackferry.providers.made_anew import Forgotten
from stackferry.providers.source import (
    AnswerLimits,
    CursorListing,
    Derived,
    Download,
    Page,
    ReadOptions,
)
from stackferry.providers.system import NamedObject, RecordView, Words
from stackferry.providers.target import (
    Await,
    ImportContext,
    ImportStage,
    Observation,
    PreparedWrite,
    Probe,
    Write,
    WriteOptions,
    WriteResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.providers.identities import Identity, Memory
    from stackferry.providers.made_anew import Made
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import (
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Outdated,
        Parts,
        RecordStore,
        Rounds,
        TempTables,
    )
    from stackferry.providers.target import Steps, WaitFor

NOTES, FILES, ATTACHMENTS = Stream("notes"), Stream("files"), Stream("attachments")
UPLOAD_HOST = "uploads"  # the name of the second origin


def error(request: Request, response: Response) -> Exception:
    message = f"{request.method} {request.path}: {response.content.decode()}"
    return AccessError(message) if response.status == 401 else Refused(message, status=response.status)


def rows_of(answer: JsonObject, name: str) -> list[dict[str, Any]]:
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise BadAnswer(f"the answer holds no {name}")
    return cast("list[dict[str, Any]]", rows)


def get(path: str, *params: tuple[str, str]) -> Request:
    return Request(method="GET", path=path, params=params)


@dataclass
class NoteExport:
    """An export: two listings by cursor, then the bytes of every file."""

    root: str  # the path of the project
    importable_after = "contents"
    file_signer = None

    @property
    def stages(self) -> Sequence[ExportStage]:
        return [self.listings, self.contents]

    def listings(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        del options
        for name, stream in (("notes", NOTES), ("files", ATTACHMENTS)):
            yield self._listing(name, stream)

    field_descriptions = listings

    def contents(self, staged: GrowingStore, _: ReadOptions) -> Iterator[Job]:
        for row in staged.objects(ATTACHMENTS):
            uid = integer_key(int(cast("int", row["id"])))
            request = get(f"{self.root}/files/{row['id']}")  # of the API's own host, under its limit
            gap = Gap(kind="files", uid=uid, reason="not to be had")
            yield Download(name=f"bytes/{uid}", request=request, uid=uid, version=1, gap=gap)

    def _listing(self, name: str, stream: Stream) -> CursorListing:
        def request(cursor: str, size: int) -> Request:
            return get(f"{self.root}/{name}", ("size", str(size)), *([("cursor", cursor)] if cursor else []))

        def read(answer: JsonObject, headers: Mapping[str, str]) -> Page:
            rows = rows_of(answer, name)
            records = [(stream, Record(integer_key(row["id"]), row)) for row in rows]
            return Page(records, len(rows), next=headers.get("x-next", ""))

        def is_too_large(refused: Exception) -> bool:
            return isinstance(refused, Refused) and "too large" in str(refused)

        limits = AnswerLimits(is_too_large=is_too_large)
        return CursorListing(name=name, request=request, read=read, page_size=10, limits=limits)

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        del scratch
        return self.stages

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        del options, reading
        return self.stages

    def with_base(self, *_: object) -> NoteExport:
        return self

    def known(self, *_: object, **__: object) -> KnownRecord:
        return lambda _: None

    def outdated(self, *_: object) -> Sequence[Outdated]:
        return ()  # listings by cursor are not looked at again

    def derived(self, options: ReadOptions) -> Derived:
        del options
        return Derived()

    def error(self, request: Request, response: Response) -> Exception:
        return error(request, response)


@dataclass
class NoteImport:
    """An import: uploads to the second host, one step that awaits them all, notes, and an update of some notes."""

    root: str

    def missing(self, context: ImportContext, memory: Memory, present: RecordStore) -> Iterable[Made]:
        """Nobody deletes a note."""
        del context, memory, present
        return ()

    def seen_now(self, context: ImportContext, present: RecordStore) -> Iterable[tuple[str, str, str]]:
        del context, present
        return ()

    def forget(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
        del context, memory, gone
        return Forgotten(step=lambda _: False, identity=lambda _kind, _source: False)

    def plan(self, context: ImportContext) -> Iterable[ImportStage | WaitFor]:
        yield context.until("contents")
        yield ImportStage("uploads", (), lambda: self._uploads(context))
        yield ImportStage("processed uploads", (), lambda: self._processed(context))
        yield ImportStage("notes", (), lambda: self._notes(context))
        yield ImportStage("pins", (), lambda: self._pins(context))

    def _uploads(self, context: ImportContext) -> Steps:
        for row in context.source.objects(FILES):
            yield self._upload(context, str(row["uid"]), str(row["sha256"]))

    def _upload(self, context: ImportContext, uid: str, sha256: str) -> Write:
        def found(answer: JsonObject) -> list[JsonObject]:
            rows = rows_of(answer, "uploads")
            free = [row for row in rows if not context.identity.is_target("uploads", row["id"])]
            same = [row for row in free if row["sha256"] == sha256]
            return [{"upload": row} for row in same[:1]]  # of equal uploads any will do

        request = Request(
            method="POST",
            path=f"{self.root}/uploads",
            origin=UPLOAD_HOST,
            file=context.bytes_of(sha256),
            media_type="application/octet-stream",
            budget=Budget.WRITE,
            repeatable=False,
        )
        return Write(
            key=f"upload/{uid}",
            kind="files",
            build=lambda: (
                PreparedWrite(identities=[("files", uid, held)])
                if (held := earlier(context, "files", FILES, uid))
                else PreparedWrite(request=request)
            ),
            read=lambda answer: WriteResult(
                identities=[("uploads", uid, str(named(answer, "upload")["id"]))]
            ),
            failed=Gap(kind="files", uid=uid, reason="refused"),
            probe=lambda _: Probe(request=get(f"{self.root}/uploads"), found=found, required_key="uploads"),
        )

    def _processed(self, context: ImportContext) -> Steps:
        uids = [str(row["uid"]) for row in context.source.objects(FILES)]
        sources = [uid for uid in uids if not earlier(context, "files", FILES, uid)]

        def observe(answer: JsonObject) -> Observation:
            rows = {row["id"]: row for row in rows_of(answer, "uploads")}
            states = [(uid, rows.get(context.identity.target("uploads", uid), {})) for uid in sources]
            found = [
                ("files", uid, integer_key(row["file"])) for uid, row in states if row.get("state") == "done"
            ]
            pending = [("pending", uid, "1") for uid, row in states if row.get("state") != "done"]
            return Observation(found, pending)

        if sources:
            yield Await(
                key="processed",
                kind="files",
                request=get(f"{self.root}/uploads"),
                observe=observe,
                required_key="uploads",
                gaps=lambda pending: [
                    Gap(kind="files", uid=uid, reason="never processed") for _, uid, _ in pending
                ],
            )

    def _notes(self, context: ImportContext) -> Steps:
        for row in context.source.objects(NOTES):
            yield self._note(context, cast("dict[str, Any]", row))

    def _note(self, context: ImportContext, row: dict[str, Any]) -> Write:
        uid, text = integer_key(row["id"]), row["text"]
        parent = integer_key(row["reply_to"]) if "reply_to" in row else ""

        def build() -> PreparedWrite:
            if held := earlier(context, "notes", NOTES, uid):
                return PreparedWrite(identities=[("notes", uid, held)])
            body = {"text": text}
            if parent:
                body["reply_to"] = int(context.identity.target("notes", parent) or 0)
            if "file" in row:
                body["file"] = int(context.identity.target("files", integer_key(row["file"])) or 0)
            data = exact_json.dumps(body)
            path = f"{self.root}/notes"
            request = Request(method="POST", path=path, body=data, budget=Budget.WRITE, repeatable=False)
            return PreparedWrite(request=request)

        def found(answer: JsonObject) -> list[JsonObject]:
            rows = rows_of(answer, "notes")
            keys = [(integer_key(row["id"]), row) for row in rows]
            return [{"note": row} for key, row in keys if not context.identity.is_target("notes", key)]

        return Write(
            key=f"notes/{uid}",
            kind="notes",
            build=build,
            read=lambda answer: self._outcome(uid, answer),
            failed=Gap(kind="notes", uid=uid, reason="refused"),
            after=[f"notes/{parent}"] if parent else [],
            probe=lambda _: Probe(
                request=get(f"{self.root}/notes", ("text", text), ("size", "3")),
                found=found,
                required_key="notes",
            ),
        )

    def _pins(self, context: ImportContext) -> Steps:
        for row in context.source.objects(NOTES):
            if row.get("pinned"):
                yield self._pin(context, integer_key(int(cast("int", row["id"]))))

    def _pin(self, context: ImportContext, uid: str) -> Write:
        """A write that names the current version of its object: the one in the last answer about it."""

        def build() -> PreparedWrite:
            target, version = (context.identity.target(kind, uid) for kind in ("notes", "note_versions"))
            if target is None or version is None:
                return PreparedWrite()
            headers = (("if-match", version),)
            path = f"{self.root}/notes/{int(target)}"
            body = exact_json.dumps({"pinned": True})
            request = Request(
                method="PUT", path=path, headers=headers, body=body, budget=Budget.WRITE, repeatable=False
            )
            return PreparedWrite(request=request, note={"target": target})

        def found(note: JsonObject) -> Callable[[JsonObject], list[JsonObject]]:
            def look(answer: JsonObject) -> list[JsonObject]:
                rows = [row for row in rows_of(answer, "notes") if integer_key(row["id"]) == note["target"]]
                return [{"note": row} for row in rows if row.get("pinned")]

            return look

        text = str((context.source.get(NOTES, uid) or {}).get("text"))
        request = get(f"{self.root}/notes", ("text", text), ("size", "3"))
        return Write(
            key=f"pin/{uid}",
            kind="pins",
            build=build,
            read=lambda answer: self._outcome(uid, answer),
            failed=Gap(kind="pins", uid=uid, reason="refused"),
            probe=lambda note: Probe(request=request, found=found(note), required_key="notes"),
            passes=lambda refused: refused.status == 423,
            told=lambda refused: [Remark(list="meanwhile", kind="pins", uid=uid, reason=str(refused.status))],
        )

    def _outcome(self, uid: str, answer: JsonObject) -> WriteResult:
        note = named(answer, "note")
        target, version = integer_key(int(note["id"])), str(note["version"])
        return WriteResult(identities=[("notes", uid, target), ("note_versions", uid, version)])

    def before_writes(self, context: ImportContext) -> list[Write]:
        del context
        return []

    def undo_now(self, requests: Sequence[Request]) -> None:
        del requests

    def action(self, kind: str, request: Request) -> str:
        return "update" if kind == "pins" else "create" if request.method == "POST" else request.method

    def described(self, context: ImportContext, memory: Memory) -> NoteWrites:
        del context, memory
        return NoteWrites()

    def label(self, answer: JsonObject) -> str:
        return str(answer)

    def error(self, request: Request, response: Response) -> Exception:
        return error(request, response)


class NoteWrites:
    """What the writes of a dry run are: notes that are made, and pinned."""

    def __init__(self) -> None:
        self._count = 0

    def rows(self, step: Write, built: PreparedWrite) -> list[JsonObject]:
        del built
        return [{"kind": step.kind, "uid": step.failed.uid}]

    def answer(self, step: Write, built: PreparedWrite) -> JsonObject:
        del step, built
        self._count += 1
        return {"note": {"id": self._count, "version": 1}, "upload": {"id": str(self._count)}}

    def seen(self, request: Request, answer: JsonObject) -> JsonObject:
        del request
        return answer

    def relied_on(self) -> Iterator[JsonObject]:
        return iter(())

    def events(self) -> dict[str, int]:
        return {}


def named(answer: JsonObject, name: str) -> dict[str, Any]:
    """The object that an answer to a write names."""
    value = answer.get(name)
    if not isinstance(value, dict) or "id" not in value:
        raise BadAnswer(f"the answer names no {name}")
    return value


@dataclass
class NoteIdentity:
    """Notes by their text, files by their bytes."""

    pairs: dict[tuple[str, str], str] = field(default_factory=dict)

    def target(self, kind: str, source: str) -> str | None:
        return self.pairs.get((kind, source))

    def is_target(self, kind: str, target: str) -> bool:
        return any(pair == target for (name, _), pair in self.pairs.items() if name == kind)


@dataclass(frozen=True)
class NoteMismatch:
    uid: str
    path: str
    left: Any
    right: Any

    def as_json(self) -> JsonObject:
        return {"kind": "notes", "uid": self.uid, "path": self.path, "left": self.left, "right": self.right}


@dataclass
class NoteComparison:
    context: ImportContext
    lost: set[str]
    gaps: list[Gap] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    not_compared: tuple[tuple[str, str, str], ...] = ()

    def mismatches(self) -> Iterator[NoteMismatch]:
        identity = self.context.identity
        for row in self.context.source.objects(NOTES):
            note = cast("dict[str, Any]", row)
            uid = integer_key(note["id"])
            target = identity.target("notes", uid)
            seen = self.context.target.get(NOTES, target) if target else None
            if seen is None and uid in self.lost:
                self.gaps.append(Gap(kind="notes", uid=uid, reason="not in the target"))
                continue
            self.compared["notes"] += 1
            expected: dict[str, Any] = {"text": note["text"], "pinned": note.get("pinned")}
            for name, kind in (("reply_to", "notes"), ("file", "files")):
                mapped = identity.target(kind, integer_key(note[name])) if name in note else None
                expected[name] = int(mapped) if mapped else None
            for name, value in expected.items():
                found = (seen or {}).get(name)
                if value != found and not (name == "file" and self._is_same_file(note.get(name), found)):
                    yield NoteMismatch(uid, f"/{name}", value, found)

    def _is_same_file(self, source: Any, target: Any) -> bool:
        """Two files with equal bytes are interchangeable: the order of their uploads decides which has which id."""
        if not isinstance(source, int) or not isinstance(target, int):
            return False
        ends = ((self.context.source, source), (self.context.target, target))
        digests = [(store.get(FILES, integer_key(number), 1) or {}).get("sha256") for store, number in ends]
        return digests[0] is not None and digests[0] == digests[1]


class Notes:
    """The system itself."""

    name = "notes"
    words = Words(labels={"files": "attachments"}, order=("notes", "files"))
    rates = Rates(  # one limit for reads and writes together
        lanes={"requests": Lane(rate=1000), "running": Lane(running=4)},
        spends={Budget.READ: ("requests",), Budget.WRITE: ("requests",)},
    )
    answer_rules = AnswerRules(is_throttling=lambda _, response: "retry-after" in response.headers)
    entry_kind = "notes"
    lasting_kinds = frozenset({"notes", "files"})
    two_way_kinds = frozenset[str]()
    numbers_name_bodies = True
    key_is_organization = False
    presence_only_kinds: Mapping[str, str] = {}
    state_kinds: Mapping[str, str] = {}
    selectable_kinds: tuple[str, ...] = ()
    never_in_place = ""

    def parse_place(self, key: str, host: str, path: str, *, secure: bool) -> Place:
        return Place(system="notes", key=key, host=host, name=path, secure=secure)

    def read_options(self, options: ReadOptions) -> ReadOptions:
        return options

    def write_options(self, options: WriteOptions) -> WriteOptions:
        return options

    def options_between(
        self, options: WriteOptions, places: tuple[Place, Place], source: RecordStore, target: RecordStore
    ) -> WriteOptions:
        del places, source, target
        return options

    def origins(self, place: Place) -> Mapping[str, str]:
        del place
        return {UPLOAD_HOST: f"https://{note_service.UPLOADS}"}

    def record_key(self, kind: str, record: JsonObject) -> tuple[str, int]:
        if kind == "files":
            return str(record["uid"]), int(cast("int", record["version"]))
        return integer_key(int(cast("int", record["id"]))), 0

    def place_facts(self, place: Place) -> JsonObject:
        return {"system": "notes", "key": place.key, "host": place.host, "project": place.name}

    def place_of(self, facts: JsonObject) -> Place:
        key, host, project = (str(facts.get(name, "")) for name in ("key", "host", "project"))
        return Place(system="notes", key=key, host=host, name=project)

    def headers(self, place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
        del place
        return {"authorization": Secret(f"Bearer {credential[1].reveal()}")}

    def inconsistencies(self, store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
        del store, bytes_of
        return iter(())

    def view(self, kind: str, record: JsonObject) -> RecordView:
        del kind
        uid = str(record.get("id", record.get("uid", "")))
        return RecordView(uid, (uid,), record.get("version"), str(record.get("title", "")))

    def why_no_base(self, earlier: JsonObject, options: ReadOptions) -> str:
        del earlier, options  # what they leave out is read
        return ""

    def export_plan(self, place: Place) -> NoteExport:
        return NoteExport(f"/{place.key}/{place.name}")

    def import_plan(self, place: Place) -> NoteImport:
        return NoteImport(f"/{place.key}/{place.name}")

    def access_request(self, place: Place) -> Request | None:
        del place
        return None

    def check_access(self, place: Place, request: Request, response: Response) -> Place | Request:
        raise AssertionError(f"{place}: {request.path} was not asked for ({response.status})")

    def routing_headers(self, place: Place) -> dict[str, str]:
        del place
        return {}

    def reading_to_verify(self, manifest: JsonObject, salt: str, *, is_origin: bool) -> ReadOptions:
        return latest_content(manifest, salt, is_origin=is_origin)

    def reads_to_verify(self, context: ImportContext) -> Iterable[Job]:
        del context
        return ()

    def describe(self, staged: RecordStore, options: ReadOptions) -> JsonObject:
        del staged, options
        return {}

    def parse_kinds(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(names)

    def inventory_options(
        self, source: RecordStore, salt: str, options: WriteOptions, places: tuple[Place, Place]
    ) -> ReadOptions:
        del source, options, places
        return ReadOptions(salt=salt)

    def redact_salted(self, kind: str, record: JsonObject, salt: str) -> JsonObject:
        del kind, salt
        return record

    def existing_content(self, target: RecordStore, options: WriteOptions) -> list[str]:
        del options
        count = sum(1 for _ in target.objects(NOTES))
        return [f"{count} notes"] if count else []

    def obstacles(self, context: ImportContext) -> list[str]:
        del context
        return []

    def export_minimum(
        self,
        lines: Mapping[Stream, int],
        rows: Callable[[Stream], Iterator[JsonObject]],
        options: ReadOptions,
        *,
        sizes: Mapping[Stream, int],
        reused: Mapping[str, int],
    ) -> dict[str, int]:
        del rows, options, sizes, reused
        return {"read": lines.get(FILES, 0) + 2, "asset": 0}

    def import_minimum(self, context: ImportContext) -> dict[str, int]:
        return {"write": sum(1 for _ in context.source.objects(NOTES))}

    def deletions(self, context: ImportContext) -> dict[str, int]:
        del context
        return {}

    def removed(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        del identities
        return iter(())

    def left_in_target(self, context: ImportContext) -> list[Left]:
        del context
        return []

    def select(
        self, source: RecordStore, selection: Selection, versions: str, scratch: TempTables
    ) -> RecordStore:
        del selection, versions, scratch
        return source

    def without_held(self, context: ImportContext) -> RecordStore:
        return context.source

    def find_named(self, store: RecordStore, names: Collection[str]) -> Mapping[str, list[NamedObject]]:
        del store
        return {name: [] for name in names}

    def renumbered(self, identities: Callable[[str], Iterable[tuple[str, str]]]) -> Iterator[JsonObject]:
        del identities
        return iter(())

    def match(
        self,
        source: RecordStore,
        target: RecordStore,
        options: WriteOptions,
        scratch: TempTables,
        places: tuple[Place, Place] | None = None,
        earlier: EarlierIdentities = NOTHING_EARLIER,
    ) -> Identity:
        del options, scratch, places, earlier
        found = NoteIdentity()
        for kind, stream, name, uid in (("notes", NOTES, "text", "id"), ("files", FILES, "sha256", "uid")):
            free: dict[str, list[str]] = {}
            for row in map(_any, target.objects(stream)):
                free.setdefault(row[name], []).append(_key(row[uid]))
            for row in map(_any, source.objects(stream)):
                if free.get(row[name]):  # of equal files, the first is the first
                    found.pairs[kind, _key(row[uid])] = free[row[name]].pop(0)
        return found

    def counterpart(self, context: ImportContext, kind: str, uid: str) -> str | None:
        del context, kind, uid
        return None

    def equality(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> NoteComparison:
        return NoteComparison(context, {str(gap["uid"]) for gap in known_gaps})

    changes = equality

    def share_objects(self, left: RecordStore, right: RecordStore) -> bool:
        del left, right
        return False


def earlier(context: ImportContext, kind: str, stream: Stream, uid: str) -> str | None:
    """What an earlier import made of an object, if the target still holds it: notes never change."""
    found = context.earlier.target(kind, uid)
    if found and stream is FILES:  # a file is there while a note has it
        files = [row.get("file") for row in context.target.objects(NOTES)]
        return found if int(found) in files else None
    return found if found and context.target.get(stream, found) else None


def _any(row: JsonObject) -> dict[str, Any]:
    return row


def _key(value: int | str) -> str:
    return value if isinstance(value, str) else integer_key(value)
