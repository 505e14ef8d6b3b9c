"""What an earlier snapshot holds that the service would answer again, word for word.

A version's own content never changes, but the service shows it together with what does: where the entry is
published, its workflow stage, the files that it names as they are today, the fields that today's schema knows. So
a version is taken from the base only where what is listed now says of all these what the base says, or says what
they have become. Where that cannot be told the answer is None, and the service is asked. Pure: looks only at rows.
API pages: "Get a Single Entry", "Get Details of All Versions of an Entry", "Get a Single Asset".
"""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, objects, text
from stackferry.model import JsonObject, Record, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.exporting.listings import announced_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json
    from stackferry.providers.source import RecordKey, RecordStore

_OF_ENTRY: Final = ("publish_details", "_workflow")  # what each of its versions may be shown with
_OF_FILE: Final = ("url", "file_size", "filename", "content_type", "is_dir")
_NAME: Final = "_version_name"  # of a version, and it may change
_NAMING: Final = frozenset({"uid", "asset-uid", "asset_uid"})  # keys under which a document names an asset
_FILES: Final = (b'"data_type":"file"', b'"extension_uid":')  # fields that are answered with whole assets
_FIXED: Final = b'"non_localizable":true'
_TERMS: Final = b'"data_type":"taxonomy"'
_PAGE: Final = 100  # versions that one line of a history holds
_ASSETS: Final = Stream("assets")
_REMEMBERED: Final = 1024  # answers that are small
_FEW: Final = 16  # documents, which may be large; versions of one entry are asked for one after the other
_NEVER: Final = "~"  # later than any time that is written in digits
_LATEST: Final = {"versions": "entries", "asset_versions": "assets"}


class BaseReuse:
    """The base against what is listed now; ask it when the listings are complete."""

    def __init__(
        self, base: RecordStore, staged: RecordStore, *, has_all_assets: bool, trust_version_lists: bool
    ) -> None:
        self._then = base
        self._now = staged
        self._lists = trust_version_lists
        self._whole = has_all_assets
        # What many versions ask for, each time the same.
        self._master = lru_cache(1)(lambda: master_locale(staged))
        self._schema = lru_cache(_REMEMBERED)(self._read_schema)
        self._both = lru_cache(_FEW)(self._read_both)
        self._times = lru_cache(_FEW)(self._read_times)
        self._asset_stands = lru_cache(_REMEMBERED)(self._is_same_asset)
        self._is_shown = lru_cache(_REMEMBERED)(self._find_shown)
        self._earliest = lru_cache(1)(self._find_earliest)

    def line(self, row: RecordKey) -> Record | None:
        """The line as the service would give it now, if that is known."""
        match row.stream.kind:
            case "versions":
                body = self._version(row)
            case "asset_versions":
                body = self._asset_version(row)
            case "files":
                body = self._file(row)
            case "history":
                return self._history(row)
            case _:
                body = None
        return None if body is None else Record(row.uid, body, row.number)

    # --- entries ---

    def _version(self, row: RecordKey) -> JsonObject | None:
        before, now = self._both(row.stream._replace(kind="entries"), row.uid)
        schema = self._schema(row.stream.type)
        if before is None or now is None or schema is None or not _is_same_document(before, now):
            return None
        held = self._held(row, before, schema)
        if held is None or _NAME in held or not self._is_listed(row, held, before, now):
            return None
        return self._as_of(row, held, before, now) if self._files_stand(schema, held) else None

    def _held(self, row: RecordKey, before: JsonObject, schema: bytes) -> JsonObject | None:
        """The base's body of a version, which may have been the latest then.

        A localized document is shown with the fixed fields of the master's: of its latest version, and who knows
        of which others.
        """
        held = self._then.get(row.stream, row.uid, row.number)
        if _FIXED in schema and row.stream.locale != self._master():
            return held if self._master_stands(row) else None
        return before if held is None and before.get("_version") == row.number else held

    def _is_listed(self, row: RecordKey, held: JsonObject, before: JsonObject, now: JsonObject) -> bool:
        """Whether the versions list, where it was asked for, knows the version by the time that it had."""
        stream = row.stream._replace(kind="history")
        then, since = self._times(stream, row.uid, _number(before), _number(now))
        known = then.get(row.number, held.get("updated_at"))
        return bool(since.get(row.number, known) == known)

    def _read_times(self, stream: Stream, uid: str, *newest: int) -> list[dict[int, Json]]:
        lists = [
            rows.get(stream, uid, one) for rows, one in zip((self._then, self._now), newest, strict=True)
        ]
        return [_times(objects((one or {}).get("versions"))) for one in lists]

    def _master_stands(self, row: RecordKey) -> bool:
        before, now = self._both(Stream("entries", row.stream.type, self._master()), row.uid)
        return before is not None and now is not None and before.get("_version") == now.get("_version")

    def _read_both(self, stream: Stream, uid: str) -> tuple[JsonObject | None, JsonObject | None]:
        return self._then.get(stream, uid), self._now.get(stream, uid)

    def _read_schema(self, content_type: str) -> bytes | None:
        """A content type's schema, written out, if all that makes it up is as it was."""
        then, now = map(_written, self._read_both(Stream("content_types"), content_type))
        terms = _TERMS not in now or self._are_same("terms", _term)
        return now if then == now and terms and self._are_same("global_fields", _global_field) else None

    def _are_same(self, kind: str, essence: Callable[[JsonObject], object]) -> bool:
        """Whether the rows of a kind are, in what counts of them, what they were."""
        then, now = (map(essence, rows.objects(Stream(kind))) for rows in (self._then, self._now))
        return all(one == other for one, other in zip_longest(then, now))

    def _history(self, row: RecordKey) -> Record | None:
        """The versions list of a document that nothing has happened to."""
        before, now = self._both(row.stream._replace(kind="entries"), row.uid)
        number = integer((now or {}).get("_version"))
        if not self._lists or before is None or before != now or number is None:
            return None
        held = self._then.get(row.stream, row.uid, number)
        if held is None or len(objects(held.get("versions"))) >= _PAGE:
            return None
        return Record(row.uid, held, number)

    # --- what a version is shown with ---

    def _as_of(
        self, row: RecordKey, held: JsonObject, before: JsonObject, now: JsonObject
    ) -> JsonObject | None:
        """A version's body as it is shown today. `before` and `now` are the latest version's, then and today."""
        body = dict(held)
        for name in _OF_ENTRY:
            if name not in held and before.get(name):
                continue  # this service does not show it on a version
            if _has(before, name) == _has(now, name):
                if not _is_part(held, before, name):
                    return None  # something happened between two readings of the base
            elif _has(held, name) == _has(before, name) and self._is_shown(row.stream.kind, name):
                body = _with(body, now, name)
            else:
                return None
        return body

    def _find_shown(self, kind: str, name: str) -> bool:
        """Whether this service shows a fact of the entry on each version: the first version in the base that tells."""
        return next((verdict for verdict in self._verdicts(kind, name) if verdict is not None), False)

    def _verdicts(self, kind: str, name: str) -> Iterator[bool | None]:
        for stream in self._then.streams():
            if stream.kind == kind:
                latest = stream._replace(kind=_LATEST[kind])
                for held in self._then.objects(stream):
                    before = self._then.get(latest, text(held.get("uid"))) or {}
                    yield held.get(name) == before[name] if _tells(held, before, name) else None

    # --- assets ---

    def _files_stand(self, schema: bytes, body: JsonObject) -> bool:
        """Whether every asset that a body names is as it was."""
        if not any(mark in schema for mark in _FILES):
            return True
        if not self._whole or (text(body.get("updated_at")) or _NEVER) >= self._earliest():
            return False
        return all(map(self._asset_stands, _named(body)))

    def _is_same_asset(self, uid: str) -> bool:
        then, now = self._read_both(_ASSETS, uid)
        return then == now

    def _find_earliest(self) -> str:
        """When the first asset that the base lacks was made.

        A body that is older names none of them. One that is younger may: they were deleted when the base was made,
        and are there again.
        """
        fresh = (row for row in self._now.objects(_ASSETS) if self._is_fresh(text(row.get("uid"))))
        return min((text(row.get("created_at")) for row in fresh), default=_NEVER)

    def _is_fresh(self, uid: str) -> bool:
        return self._then.get(_ASSETS, uid) is None

    def _asset_version(self, row: RecordKey) -> JsonObject | None:
        held = self._then.get(row.stream, row.uid, row.number)
        before, now = self._both(_ASSETS, row.uid)
        if held is None or before is None or now is None or _NAME in held:
            return None
        unchanged = _apart_from_entry(before) == _apart_from_entry(now)
        return self._as_of(row, held, before, now) if unchanged else None

    def _file(self, row: RecordKey) -> JsonObject | None:
        """What the bytes of an asset's version are: those of the version in the base that is said to be the same file.

        That is this very version, or the latest one then: a new title makes a new version of the same file. Where
        there were not as many as announced they are asked for again, for that may be a gap.
        """
        now = _asset(self._now, row)
        for then in (_asset(self._then, row), self._then.get(_ASSETS, row.uid)):
            if now and then and all(then.get(name) == now.get(name) for name in _OF_FILE):
                held = self._then.get(row.stream, row.uid, _number(then))
                odd = held is not None and announced_size(now) not in (None, held.get("size"))
                return None if held is None or odd else {**held, "version": row.number}
        return None


def _written(row: JsonObject | None) -> bytes:
    return exact_json.dumps((row or {}).get("schema"))


def _global_field(row: JsonObject) -> tuple[Json, bytes]:
    return row.get("uid"), _written(row)


def _term(row: JsonObject) -> tuple[Json, Json]:
    return row.get("taxonomy"), as_object(row.get("term")).get("uid")


def _is_same_document(before: JsonObject, now: JsonObject) -> bool:
    """Whether a document went on from what it was. One that was deleted and made anew counts from 1 again."""
    then, since = (row.get("_version") for row in (before, now))
    times = ("created_at", "updated_at") if then == since else ("created_at",)
    return _number(before) <= _number(now) and all(before.get(name) == now.get(name) for name in times)


def _times(versions: list[JsonObject]) -> dict[int, Json]:
    return {_number(version): version["updated_at"] for version in versions if "updated_at" in version}


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1


def _asset(rows: RecordStore, row: RecordKey) -> JsonObject | None:
    """An asset's document at a version, be it the latest or an older one."""
    latest = rows.get(_ASSETS, row.uid)
    if latest is not None and _number(latest) == row.number:
        return latest
    return rows.get(Stream("asset_versions"), row.uid, row.number)


def _apart_from_entry(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name not in _OF_ENTRY}


def _has(row: JsonObject, name: str) -> tuple[bool, Json]:
    return name in row, row.get(name)


def _with(body: JsonObject, now: JsonObject, name: str) -> JsonObject:
    rest = {key: value for key, value in body.items() if key != name}
    return {**rest, name: now[name]} if name in now else rest


def _tells(held: JsonObject, before: JsonObject, name: str) -> bool:
    """Whether the latest version shows something that is not about the version `held` alone."""
    value = before.get(name)
    if not isinstance(value, list):
        return bool(value)
    return any(one.get("version") != held.get("_version") for one in objects(value))


def _is_part(held: JsonObject, before: JsonObject, name: str) -> bool:
    """Whether a version shows what its entry showed, or some of it, or nothing."""
    whole = as_list(before.get(name))
    part = all(one in whole for one in as_list(held.get(name)))
    return name not in held or held[name] == before.get(name) or (isinstance(held[name], list) and part)


def _named(body: JsonObject) -> Iterator[str]:
    """Whatever may be the uid of an asset in a body."""
    waiting: list[Json] = [*body.values()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from (text(value[name]) for name in _NAMING & value.keys())
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
