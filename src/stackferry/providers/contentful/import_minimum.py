"""The fewest requests that an import into an empty environment can take, by the formula of its own content.

    reads  = what the target holds: 1 for the place + a page of every list
             + 1 look at editor interfaces + looks at processed files: for each round of locales and each body, assets
               by 1,000 + 1 look a bulk action + of each Timeline release a list for each kind of body it holds
    writes = locales but the default one + tags + types (a body and a publish each, one more for a draft above)
             + editor interfaces that say more than a publish makes + distinct files + bodies of assets and entries
             + files to process + archives + unpublishes + releases, those archived once more
             + bodies in releases that differ + entries whose first body lacks a field that has default values
             + 1 for each other object
    bulk   = for each wave (the n-th body of everything) publishes by 200, those of some locales apart

Where the space carries out bulk operations on entries, 250 or more bodies of a wave that are all new, or all of entries
that are there, take 2 writes, 1 look, and a list of what was written: by 10,000, and by 2 MB of bodies.

One look a wait. Pure; counts rows and plans nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.files import files_of
from stackferry.providers.contentful.importing.bulk.entries import OFFERED
from stackferry.providers.contentful.kinds import record_key, sys_id
from stackferry.providers.contentful.options import write_options
from stackferry.providers.pairs import holds
from stackferry.providers.secrets.redacted import contains_redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import RecordStore, Table
    from stackferry.providers.target import ImportContext

_LISTED: Final = 22  # lists of an environment that holds nothing, the place among them
_OF_TAXONOMY: Final = 2
_BULK, _PAGE = 200, 1_000
_LEAST, _OPERATION = 250, 10_000  # entries in a bulk operation
_FILE, _READ, _ADDRESS = 2_000_000, 2_000_000, 6_000  # bytes of an operation, and of a list of what it wrote
_COMMA: Final = 3
_SINGLE: Final = (
    kinds.TAGS, kinds.EXTENSIONS, kinds.APP_INSTALLATIONS, kinds.ROLES, kinds.WEBHOOKS,
    kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS, kinds.TASKS, kinds.COMMENTS,
)  # fmt: skip
_UNKNOWN: Final = -1  # in place of a version
_VIEWS: Final = ("assetListViews", "entryListViews", "homeViews")
_LIVE: Final = {
    kinds.ENTRIES: kinds.PUBLISHED_ENTRIES,
    kinds.ASSETS: kinds.PUBLISHED_ASSETS,
    kinds.CONTENT_TYPES: kinds.PUBLISHED_CONTENT_TYPES,
}


def import_minimum(context: ImportContext) -> dict[str, int]:
    """The fewest requests, by budget, for all of a snapshot."""
    return _Counted(context).requests()


@dataclass
class _Counted:
    """The requests counted so far."""

    context: ImportContext
    reads: int = _LISTED
    writes: int = 0
    publishes: Counter[tuple[int, bool]] = field(
        default_factory=Counter
    )  # by wave, and whether of some locales
    entries: dict[tuple[int, bool], list[int]] = field(
        default_factory=dict
    )  # by wave, and whether new: how many bodies, their bytes, those of their ids
    defaults: dict[str, set[str]] = field(default_factory=dict)  # by type: fields that have default values
    looks: Counter[tuple[int, int]] = field(default_factory=Counter)  # at files: by body and round

    def requests(self) -> dict[str, int]:
        self._settings()
        self._types()
        self._documents()
        self._operations()
        self._releases()
        bulk = sum(-(-count // _BULK) for count in self.publishes.values())
        looks = sum(-(-count // _PAGE) for count in self.looks.values())
        return {"read": self.reads + looks + bulk, "write": self.writes, "bulk": bulk}

    @property
    def _source(self) -> RecordStore:
        return self.context.source

    def _rows(self, kind: Kind) -> Iterator[JsonObject]:
        for stream in self._source.streams():
            if stream.kind == kind.name:
                yield from self._source.objects(stream)

    def _settings(self) -> None:
        """Objects of one write each."""
        options = write_options(self.context.options)
        self.writes += sum(_can_be_made(kind, row) for kind in _SINGLE for row in self._rows(kind))
        self.writes += sum(1 for row in self._rows(kinds.LOCALES) if row.get("default") is not True)
        self.writes += sum(any(row.get(name) for name in _VIEWS) for row in self._rows(kinds.UI_CONFIG))
        self._taxonomy()
        if options.schedules:
            states = (nested(row, "sys", "status") for row in self._rows(kinds.SCHEDULED_ACTIONS))
            self.writes += sum(state == "scheduled" for state in states)

    def _taxonomy(self) -> None:
        """The organization may have it already."""
        rows = [(kind, row) for kind in (kinds.CONCEPTS, kinds.CONCEPT_SCHEMES) for row in self._rows(kind)]
        self.reads += _OF_TAXONOMY if rows else 0
        held = (self.context.target.get(Stream(kind.name), sys_id(row)) for kind, row in rows)
        self.writes += sum(row is None for row in held)

    def _types(self) -> None:
        for row in self._rows(kinds.CONTENT_TYPES):
            has_other = self._live(kinds.CONTENT_TYPES, row) is not None
            self.writes += 1 + bool(_published(row)) + has_other
        layouts = [*self._rows(kinds.EDITOR_INTERFACES)]
        self.reads += bool(layouts)
        self.writes += sum(map(_says_more, layouts))

    def _live(self, kind: Kind, row: JsonObject) -> JsonObject | None:
        """What is live of an object, where that is not its current body."""
        of_type = text(nested(row, "sys", "contentType", "sys", "id")) if kind is kinds.ENTRIES else ""
        return self._source.get(Stream(_LIVE[kind].name, of_type), sys_id(row))

    # --- entries and assets ---

    def _documents(self) -> None:
        older, digests = self._older(), self.context.scratch.table(1)
        for kind in (kinds.ASSETS, kinds.ENTRIES):
            for row in self._rows(kind):
                bodies = self._bodies(kind, row)
                history = self._count_older(older, row) if kind is kinds.ENTRIES else 0
                self.writes += history + len(bodies) + ("archivedVersion" in as_object(row["sys"]))
                if kind is kinds.ENTRIES:
                    self._written(row, history, bodies)
                    self.writes += self._is_filled(row, self._oldest(older, row) if history else bodies[0])
                self._publish(row, history, bool(_published(row)))
                if kind is kinds.ASSETS:
                    digests.add(self._files(bodies))
        self.writes += sum(1 for (digest,) in digests if digest)

    def _written(self, row: JsonObject, history: int, bodies: list[JsonObject]) -> None:
        """Count the bodies of an entry by their waves; of older ones the size is not looked up."""
        for wave, body in enumerate([*[bodies[0]] * history, *bodies]):
            found = self.entries.setdefault((wave, wave == 0), [0, 0, 0])
            size = len(exact_json.dumps({name: value for name, value in body.items() if name != "sys"}))
            for at, more in enumerate((1, size, len(sys_id(row)) + _COMMA)):
                found[at] += more

    def _operations(self) -> None:
        """Bulk operations in place of single writes, where the space has carried one out."""
        stores = (self.context.identity, self.context.earlier)
        if all(store.target(OFFERED, "") is None for store in stores):
            return
        for count, size, ids in self.entries.values():
            if count >= _LEAST:
                operations = max(-(-count // _OPERATION), -(-size // _FILE))
                self.writes -= count - 2 * operations
                self.reads += operations + max(-(-count // _PAGE), -(-size // _READ), -(-ids // _ADDRESS))

    def _older(self) -> Table:
        """The older versions that are replayed, on disk: entry, number, and the version that was published with it."""
        options = self.context.options
        is_replayed = options.versions == "all" and options.publish != "none"
        return self.context.scratch.table(3, self._snapshots() if is_replayed else ())

    def _snapshots(self) -> Iterator[tuple[str, int, int]]:
        for row in self._rows(kinds.ENTRY_SNAPSHOTS):
            uid, number = record_key(kinds.ENTRY_SNAPSHOTS.name, row)
            yield uid, number, integer(nested(row, "snapshot", "sys", "publishedVersion")) or _UNKNOWN

    def _count_older(self, older: Table, row: JsonObject) -> int:
        """How many bodies an entry had live before."""
        found = older.of(sys_id(row))
        if not found:
            return 0
        _, number, made = found[-1]
        is_live = made != _UNKNOWN and made == _published(row)
        return len(found) - (is_live or self._shows_live(row, int(number)))

    def _oldest(self, older: Table, row: JsonObject) -> JsonObject:
        of_type = text(nested(row, "sys", "contentType", "sys", "id"))
        number = int(older.of(sys_id(row))[0][1])
        kept = self._source.get(Stream(kinds.ENTRY_SNAPSHOTS.name, of_type), sys_id(row), number) or {}
        return as_object(kept.get("snapshot"))

    def _is_filled(self, row: JsonObject, first: JsonObject) -> bool:
        """Whether the service puts default values into an entry with this first body, which is then sent again."""
        of_type = text(nested(row, "sys", "contentType", "sys", "id"))
        if of_type not in self.defaults:
            model = self._source.get(Stream(kinds.CONTENT_TYPES.name), of_type) or {}
            fields = objects((self._live(kinds.CONTENT_TYPES, model) or model).get("fields"))
            self.defaults[of_type] = {
                text(one.get("id")) for one in fields if as_object(one.get("defaultValue"))
            }
        return not self.defaults[of_type] <= as_object(first.get("fields")).keys()

    def _shows_live(self, row: JsonObject, number: int) -> bool:
        """Whether an entry's newest snapshot is what is live of it: no snapshot tells of a locale taken down."""
        of_type = text(nested(row, "sys", "contentType", "sys", "id"))
        kept = self._source.get(Stream(kinds.ENTRY_SNAPSHOTS.name, of_type), sys_id(row), number) or {}
        states = as_object(nested(row, "sys", "fieldStatus", "*"))
        codes = {code for code, state in states.items() if state != "draft"}
        live = self._live(kinds.ENTRIES, row)
        if not codes or (live is None and "changed" in states.values()):
            return False
        return _values(as_object(kept.get("snapshot")), codes) == _values(live or row, codes)

    def _bodies(self, kind: Kind, row: JsonObject) -> list[JsonObject]:
        """What is live, and the current body; one where that is live as far as it may be."""
        live = self._live(kind, row) if self.context.options.publish != "none" else None
        if live is None:
            return [row]
        is_unchanged = integer(nested(row, "sys", "version")) == (_published(row) or 0) + 1
        return [row] if is_unchanged else [live, row]

    def _publish(self, row: JsonObject, history: int, is_live: bool) -> None:
        if self.context.options.publish == "none":
            return
        states = {*as_object(nested(row, "sys", "fieldStatus", "*")).values()}
        is_part = is_live and "draft" in states
        for wave in range(history + is_live):
            self.publishes[wave, is_part] += 1
        self.writes += bool(history) and not is_live  # taken down again

    def _files(self, bodies: list[JsonObject]) -> Iterator[tuple[str]]:
        """Files of an asset: each is processed once, one locale after the other. Yields the digests of their bytes."""
        known: set[tuple[str, str]] = set()
        for number, body in enumerate(bodies):
            new = [one for one in files_of(body) if (one.locale, one.url) not in known]
            for turn, file in enumerate(new):
                known.add((file.locale, file.url))
                yield (text((self._source.get(Stream("files"), file.url) or {}).get("sha256")),)
                self.writes += 1
                self.looks[number, turn] += 1

    # --- releases ---

    def _releases(self) -> None:
        for row in self._rows(kinds.RELEASES):
            self.writes += 1 + (nested(row, "sys", "status") == "archived")
        lists: set[tuple[str, str]] = set()
        joined: set[str] = set()
        for kind, own in ((kinds.RELEASE_ENTRIES, kinds.ENTRIES), (kinds.RELEASE_ASSETS, kinds.ASSETS)):
            for row in self._rows(kind):
                release, _, uid = record_key(kind.name, row)[0].partition("\0")
                lists.add((kind.name, release))
                self.writes += self._differs(own, uid, row)
                if not holds(self._source, own.name, uid):  # outside of releases
                    joined.add(release)
                    self.writes += own is kinds.ENTRIES and self._is_filled(row, row)
        self.reads += len(lists) + len(joined)

    def _differs(self, kind: Kind, uid: str, row: JsonObject) -> bool:
        """Whether a body in a release is another than the copy that the release makes of what is edited."""
        of_type = text(nested(row, "sys", "contentType", "sys", "id")) if kind is kinds.ENTRIES else ""
        origin = self._source.get(Stream(kind.name, of_type), uid) or {}
        return any(row.get(name) != origin.get(name) for name in ("fields", "metadata"))


def _can_be_made(kind: Kind, row: JsonObject) -> bool:
    """Whether the snapshot has what the service asks for: an address may be redacted."""
    source = row if kind is kinds.WEBHOOKS else as_object(row.get("extension"))
    names = {kinds.WEBHOOKS.name: ("url",), kinds.EXTENSIONS.name: ("src", "srcdoc")}.get(kind.name, ())
    return not any(contains_redacted(source.get(name)) for name in names)


def _published(row: JsonObject) -> int | None:
    return integer(nested(row, "sys", "publishedVersion"))


def _values(body: JsonObject, codes: set[str]) -> JsonObject:
    """What a body says in these locales."""
    found: JsonObject = {}
    for name, values in as_object(body.get("fields")).items():
        kept: JsonObject = {code: value for code, value in as_object(values).items() if code in codes}
        if kept:
            found[name] = kept
    return found


def _says_more(layout: JsonObject) -> bool:
    """Whether an editor interface says more than the one that the first publish of a type makes."""
    beside = any(value for name, value in layout.items() if name not in ("sys", "controls"))
    return beside or any(len(control) > 1 for control in _controls(layout))


def _controls(layout: JsonObject) -> Iterable[JsonObject]:
    return objects(layout.get("controls"))
