"""An incremental export: which records of the base snapshot the service would answer again, byte for byte.

A version's own content never changes, but the service answers it together with what does: where the entry is
published, its workflow stage, the referenced assets as they are today, the fields of today's schema. So a version is
taken from the base only where today's listings agree with the base in all of these, or say what they have become.
Where that is not certain the answer is None, and the service is asked. Pure: looks only at records.
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
from stackferry.providers.contentstack.exporting.asset_files import announced_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json
    from stackferry.providers.source import RecordKey, RecordStore

# Facts of the entry, which some services answer with each version too.
_ENTRY_FACTS: Final = ("publish_details", "_workflow")
_FILE_FACTS: Final = ("url", "file_size", "filename", "content_type", "is_dir")
_VERSION_NAME: Final = "_version_name"  # may be given to an old version at any time
# The keys under which a document names an asset.
_ASSET_KEYS: Final = frozenset({"uid", "asset-uid", "asset_uid"})
# What a schema holds whose fields are answered with whole assets.
_FILE_FIELDS: Final = (b'"data_type":"file"', b'"extension_uid":')
_NON_LOCALIZABLE: Final = b'"non_localizable":true'
_TERMS: Final = b'"data_type":"taxonomy"'
_PAGE: Final = 100  # versions that one record of a history holds
_ASSETS: Final = Stream("assets")
_SMALL_CACHE: Final = 1024  # entries of a cache of small answers
# Documents may be large. Few suffice: versions of one entry are asked for one after the other.
_DOCUMENT_CACHE: Final = 16
_NEVER: Final = "~"  # later than any time that is written in digits
_LATEST: Final = {"versions": "entries", "asset_versions": "assets"}


class BaseReuse:
    """Records that can be taken from a base snapshot. To be used when all listings are staged."""

    def __init__(
        self,
        base: RecordStore,
        staged: RecordStore,
        *,
        has_all_assets: bool,
        is_whole: Callable[[str], bool],
        trust_version_lists: bool,
    ) -> None:
        self._base = base
        self._listed = staged
        self._trust_version_lists = trust_version_lists
        self._has_all_assets, self._is_whole = has_all_assets, is_whole
        # Cached: the same for many versions.
        self._master = lru_cache(1)(lambda: master_locale(staged))
        self._schema = lru_cache(_SMALL_CACHE)(self._read_schema)
        self._both = lru_cache(_DOCUMENT_CACHE)(self._read_both)
        self._times = lru_cache(_DOCUMENT_CACHE)(self._read_times)
        self._is_same_asset = lru_cache(_SMALL_CACHE)(self._compare_asset)
        self._is_shown = lru_cache(_SMALL_CACHE)(self._find_shown)
        self._earliest = lru_cache(1)(self._find_earliest)

    def record(self, row: RecordKey) -> Record | None:
        """The record as the service would answer it now; None where that is not certain."""
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
        held = self._base_body(row, before, schema)
        if held is None or _VERSION_NAME in held or not self._is_listed(row, held, before, now):
            return None
        return self._shown_today(row, held, before, now) if self._are_files_unchanged(schema, held) else None

    def _base_body(self, row: RecordKey, before: JsonObject, schema: bytes) -> JsonObject | None:
        """The base's body of a version, which may have been the latest version when the base was made.

        A localized document is answered with the master's non-localizable fields, of an unknown version: so a
        localized version is used only while the master has not changed.
        """
        held = self._base.get(row.stream, row.uid, row.number)
        if _NON_LOCALIZABLE in schema and row.stream.locale != self._master():
            return held if self._is_master_unchanged(row) else None
        return before if held is None and before.get("_version") == row.number else held

    def _is_listed(self, row: RecordKey, held: JsonObject, before: JsonObject, now: JsonObject) -> bool:
        """Whether the versions list, where it was read, still gives the version its time of change."""
        stream = row.stream._replace(kind="history")
        then, since = self._times(stream, row.uid, _number(before), _number(now))
        known = then.get(row.number, held.get("updated_at"))
        return bool(since.get(row.number, known) == known)

    def _read_times(self, stream: Stream, uid: str, *newest: int) -> list[dict[int, Json]]:
        """When each version was changed, as the versions lists of the base and of today say."""
        lists = (
            rows.get(stream, uid, one) for rows, one in zip((self._base, self._listed), newest, strict=True)
        )
        return [
            {
                _number(row): row["updated_at"]
                for row in objects((one or {}).get("versions"))
                if "updated_at" in row
            }
            for one in lists
        ]

    def _is_master_unchanged(self, row: RecordKey) -> bool:
        before, now = self._both(Stream("entries", row.stream.type, self._master()), row.uid)
        return before is not None and now is not None and before.get("_version") == now.get("_version")

    def _read_both(self, stream: Stream, uid: str) -> tuple[JsonObject | None, JsonObject | None]:
        return self._base.get(stream, uid), self._listed.get(stream, uid)

    def _read_schema(self, content_type: str) -> bytes | None:
        """A content type's schema as JSON; None where it, a global field or (if it is used) a taxonomy has changed."""
        then, now = map(_schema_json, self._read_both(Stream("content_types"), content_type))
        if then != now or not self._are_same(
            "global_fields", lambda row: (row.get("uid"), _schema_json(row))
        ):
            return None
        terms = _TERMS not in now or (
            self._is_whole("taxonomies") and self._is_whole("terms") and self._are_same("terms", _term)
        )
        return now if terms else None

    def _are_same(self, kind: str, essence: Callable[[JsonObject], object]) -> bool:
        """Whether the records of a kind are the same in both, by what `essence` takes from each."""
        then, now = (map(essence, rows.objects(Stream(kind))) for rows in (self._base, self._listed))
        return all(one == other for one, other in zip_longest(then, now))

    def _history(self, row: RecordKey) -> Record | None:
        """The versions list of a document that has not changed."""
        before, now = self._both(row.stream._replace(kind="entries"), row.uid)
        number = integer((now or {}).get("_version"))
        if not self._trust_version_lists or before is None or before != now or number is None:
            return None
        held = self._base.get(row.stream, row.uid, number)
        # A longer list has further pages, whose records have other numbers.
        if held is None or len(objects(held.get("versions"))) >= _PAGE:
            return None
        return Record(row.uid, held, number)

    # --- what a version is answered with ---

    def _shown_today(
        self, row: RecordKey, held: JsonObject, before: JsonObject, now: JsonObject
    ) -> JsonObject | None:
        """A version's body as it is answered today. `before` and `now`: the latest version in the base and today."""
        body = dict(held)
        for name in _ENTRY_FACTS:
            if name not in held and before.get(name):
                continue  # this service does not answer it with a version
            if _has(before, name) == _has(now, name):
                if not _is_part(held, before, name):
                    return None  # it changed while the base was being exported
            elif _has(held, name) == _has(before, name) and self._is_shown(row.stream.kind, name):
                body.pop(name, None)
                body |= {name: now[name]} if name in now else {}
            else:
                return None
        return body

    def _find_shown(self, kind: str, name: str) -> bool:
        """Whether this service answers a fact of the entry with each version: as the base shows."""
        for stream in self._base.streams():
            if stream.kind == kind:
                latest = stream._replace(kind=_LATEST[kind])
                for held in self._base.objects(stream):
                    before = self._base.get(latest, text(held.get("uid"))) or {}
                    if _is_telling(held, before, name):
                        return held.get(name) == before[name]
        return False

    # --- assets ---

    def _are_files_unchanged(self, schema: bytes, body: JsonObject) -> bool:
        """Whether every asset that a body refers to is as it was."""
        if not any(mark in schema for mark in _FILE_FIELDS):
            return True
        if (
            not (self._has_all_assets and self._is_whole(_ASSETS.kind))
            or (text(body.get("updated_at")) or _NEVER) >= self._earliest()
        ):
            return False
        return all(map(self._is_same_asset, _asset_uids_in(body)))

    def _compare_asset(self, uid: str) -> bool:
        then, now = self._read_both(_ASSETS, uid)
        return then == now

    def _find_earliest(self) -> str:
        """When the first asset that the base lacks was created.

        An older body refers to none of them. A younger one may: the asset was deleted when the base was made and
        has been restored since.
        """
        fresh = (
            row
            for row in self._listed.objects(_ASSETS)
            if self._base.get(_ASSETS, text(row.get("uid"))) is None
        )
        return min((text(row.get("created_at")) for row in fresh), default=_NEVER)

    def _asset_version(self, row: RecordKey) -> JsonObject | None:
        held = self._base.get(row.stream, row.uid, row.number)
        before, now = self._both(_ASSETS, row.uid)
        if held is None or before is None or now is None or _VERSION_NAME in held:
            return None
        is_same = _without_facts(before) == _without_facts(now)
        return self._shown_today(row, held, before, now) if is_same else None

    def _file(self, row: RecordKey) -> JsonObject | None:
        """The record of an asset version's bytes, from a version in the base that is the same file.

        That is this very version or the base's latest one: a new title makes a new version of the same file. Where
        their number is not the announced one they are read again, for some may be missing.
        """
        now = _asset(self._listed, row)
        for then in (_asset(self._base, row), self._base.get(_ASSETS, row.uid)):
            if now and then and _is_same_file(now, then):
                held = self._base.get(row.stream, row.uid, _number(then))
                odd = held is not None and announced_size(now) not in (None, held.get("size"))
                return None if held is None or odd else {**held, "version": row.number}
        return None


def _schema_json(row: JsonObject | None) -> bytes:
    return exact_json.dumps((row or {}).get("schema"))


def _term(row: JsonObject) -> tuple[Json, Json]:
    return row.get("taxonomy"), as_object(row.get("term")).get("uid")


def _is_same_document(before: JsonObject, now: JsonObject) -> bool:
    """Whether a document has the same history. One that was deleted and created again begins at version 1."""
    then, since = (row.get("_version") for row in (before, now))
    times = ("created_at", "updated_at") if then == since else ("created_at",)
    return _number(before) <= _number(now) and all(before.get(name) == now.get(name) for name in times)


def _without_facts(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name not in _ENTRY_FACTS}


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1


def _asset(rows: RecordStore, row: RecordKey) -> JsonObject | None:
    """An asset's document at a version, be it the latest or an older one."""
    latest = rows.get(_ASSETS, row.uid)
    if latest is not None and _number(latest) == row.number:
        return latest
    return rows.get(Stream("asset_versions"), row.uid, row.number)


def _has(row: JsonObject, name: str) -> tuple[bool, Json]:
    return name in row, row.get(name)


def _is_telling(held: JsonObject, before: JsonObject, name: str) -> bool:
    """Whether the latest version has a value that is not about the version `held` alone."""
    value = before.get(name)
    if not isinstance(value, list):
        return bool(value)
    return any(one.get("version") != held.get("_version") for one in objects(value))


def _is_part(held: JsonObject, before: JsonObject, name: str) -> bool:
    """Whether a version has what its entry has, or some of it, or nothing."""
    whole = as_list(before.get(name))
    part = all(one in whole for one in as_list(held.get(name)))
    return name not in held or held[name] == before.get(name) or (isinstance(held[name], list) and part)


def _asset_uids_in(body: JsonObject) -> Iterator[str]:
    """Every value in a body that may be the uid of an asset."""
    waiting: list[Json] = [*body.values()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from (text(value[name]) for name in _ASSET_KEYS & value.keys())
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _is_same_file(now: JsonObject, then: JsonObject) -> bool:
    return all(then.get(name) == now.get(name) for name in _FILE_FACTS)
