"""Variants of the target's entries that hold a uid which is gone there: written with the uid that took its place.

The rule is that of entries (`repointing`): where an older version of a variant is live that holds such a uid, its
content is written once more with the new one and published in its stead, and then the draft is written again. A write
replaces the fields that the variant changes, so all of them are sent. What entries show meanwhile: `variant_bases`.
Pure.
No page has the calls of variants, they are those of the vendor's own clients; nor that an older version can be read:
where it cannot, what is live is a gap.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.variants import changed_fields
from stackferry.providers.contentstack.importing.answers import Noticed, object_in, report_gaps
from stackferry.providers.contentstack.importing.deletions.moved import IF_NOT_RESTORED, MovedUids
from stackferry.providers.contentstack.importing.deletions.repointing import NOT_PUBLISHED, REFUSED, STAYS
from stackferry.providers.contentstack.importing.entries.stage_locks import lock_of_variant
from stackferry.providers.contentstack.importing.mirror.surplus import document_goes
from stackferry.providers.contentstack.importing.publishing.singly import alone_there
from stackferry.providers.contentstack.importing.variants import probe_variant
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.rewrite import find_references, rewrite_references
from stackferry.providers.contentstack.requests.entries import read_variant, write_variant
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import is_same_stack
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Step

# Identities, by a variant's key: what it holds now; what its live version holds; the version that was written.
_NOW: Final = "variant_now"
_LIVE: Final = "variant_live"
_WRITTEN: Final = "variant_repointed"
_DRAFT_REFUSED: Final = (
    "an older version of the variant that is live was written once more, and the target refused to write the draft "
    "again: version {} of it is that draft"
)
_UNREADABLE: Final = (
    "version {} of the variant is live and could not be read: where it refers to what was deleted and made anew under "
    "another uid, it still does"
)
_NOT_SHOWN: Final = "version {} of the variant was sent for publishing, but the target does not show it"
_DETAILS: Final = ("include_publish_details", "true")

Place = tuple[str, str]  # an environment's uid, and a language


class Variant(NamedTuple):
    """A variant of an entry of the target in one language. `is_uncertain`: as of a `Document`."""

    type: str
    locale: str
    uid: str
    variant: str
    is_uncertain: bool

    @property
    def document(self) -> str:
        return f"{self.type}/{self.uid}/{self.locale}"

    @property
    def key(self) -> str:
        return f"{self.document}/{self.variant}"

    def gap(self, reason: str) -> Gap:
        named = {"type": self.type, "locale": self.locale, "path": self.variant}
        return Gap(kind="variants", uid=self.uid, reason=reason, **named)


class _Rewrite(NamedTuple):
    """A version's content, written once more, and where it is then published."""

    one: Variant
    row: JsonObject
    places: Sequence[Place]
    made: int
    is_draft: bool = False

    @property
    def number(self) -> int:
        return integer(self.row.get("_version")) or 1

    @property
    def key(self) -> str:
        return f"repoint-variant/{self.one.key}/{'draft' if self.is_draft else self.number}"


class VariantRepointing:
    """What one import does about variants that hold uids that are gone; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._moved = context.once(MovedUids)
        self._schemas = read_schemas(context.target)
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("uid")): text(row.get("name")) for row in rows}
        # Type, language, uid, variant, whether it is only concerned if the trash refuses something.
        self._concerned = context.scratch.table(5, self._find() if self._moved.are_any else ())

    def read(self) -> Iterator[Step]:
        """What the variants hold now that held such a uid, or may show one in an older version."""
        for one in self._variants():
            yield Await(
                key=f"repoint-variant/now/{one.key}",
                kind="variants",
                request=read_variant(one.type, one.uid, one.variant, ("locale", one.locale), _DETAILS),
                observe=partial(_observe, _NOW, one.key, 0),
                is_foreseen=True,
                only_if_refused=one.is_uncertain,
            )

    def read_live(self) -> Iterator[Step]:
        """Their older versions that are live."""
        for one in self._variants():
            for number in self._older_live(one):
                place = (("locale", one.locale), ("version", str(number)))
                yield Await(
                    key=f"repoint-variant/live/{one.key}/{number}",
                    kind="variants",
                    request=read_variant(one.type, one.uid, one.variant, *place),
                    observe=partial(_observe, _LIVE, f"{one.key}/{number}", number),
                    reads_initial_state=True,
                    only_if_refused=one.is_uncertain,
                )

    def write(self) -> Iterator[Step]:
        """The old contents that are live, each published, and then the draft."""
        for one in self._variants():
            yield from self._gaps(one)
            before: list[str] = []
            earlier: list[_Rewrite] = []
            for rewrite in self._rewrites(one) if not self._is_told(one) else ():
                yield self._write(rewrite, [*earlier], before)
                before = [rewrite.key]
                for step in self._publish(rewrite):
                    yield step
                    before = [*before, step.key]
                earlier.append(rewrite)

    def confirm(self) -> Iterator[Step]:
        """Whether what was sent is live."""
        for rewrite in self._published():
            one = rewrite.one
            yield Await(
                key=f"{rewrite.key}/look",
                kind="variants",
                request=read_variant(one.type, one.uid, one.variant, ("locale", one.locale), _DETAILS),
                observe=partial(self._observe_shown, rewrite),
                gaps=partial(_not_shown, one),
                only_if_refused=one.is_uncertain,
            )

    # --- which variants ---

    def _variants(self) -> Iterator[Variant]:
        for row in self._concerned:
            content_type, locale, uid, variant = map(text, row[:4])
            yield Variant(content_type, locale, uid, variant, bool(row[4]))

    def _find(self) -> Iterator[tuple[str, str, str, str, int]]:
        for stream in self._context.target.streams():
            is_read = stream.kind == "variants" and stream.type in self._schemas
            for row in self._context.target.objects(stream) if is_read else ():
                uid, document = text(row.get("uid")), as_object(row.get("variant"))
                if document_goes(self._context, stream._replace(kind="entries"), uid):
                    continue
                variant = text(as_object(document.get("_variant")).get("_uid"))
                one = Variant(stream.type, stream.locale, uid, variant, is_uncertain=False)
                named, is_older_live = self._named(one, document), bool(_older_live(document))
                if named or (self._moved.are_new and is_older_live):
                    is_sure = not all(named) if named else False
                    is_sure |= is_older_live and self._moved.are_surely_new
                    yield *one[:4], int(not is_sure)

    def is_affected(self, stream: Stream, uid: str, document: JsonObject) -> bool:
        """Whether a version of a variant of an entry of the target holds a uid that is surely gone."""
        variant = text(as_object(document.get("_variant")).get("_uid"))
        one = Variant(stream.type, stream.locale, uid, variant, is_uncertain=False)
        return stream.type in self._schemas and not all(self._named(one, document))

    def _named(self, one: Variant, document: JsonObject) -> list[bool]:
        """Of each uid that a version holds and that is gone, whether that is uncertain."""
        return self._moved.uncertain(find_references(self._schemas[one.type], self._content(one, document)))

    def _content(self, one: Variant, document: JsonObject) -> JsonObject:
        """The fields that a version changes. The snapshot's very version tells which deleted files it shows."""
        stream, same = Stream("variants", one.type, one.locale), ("_version", "updated_at")
        held = self._context.everything.get(stream, f"{one.uid}\0{one.variant}")
        ours = as_object((held or {}).get("variant"))
        if ours and is_same_stack(self._context):
            document = ours if all(ours.get(name) == document.get(name) for name in same) else document
        return changed_fields(document, self._schemas[one.type])

    def _lock(self, one: Variant) -> str:
        entry = self._context.target.get(Stream("entries", one.type, one.locale), one.uid)
        return lock_of_variant(self._context, self._known(_NOW, one.key), entry)

    def _is_told(self, one: Variant) -> bool:
        """Whether the import's own write of a variant was refused because a stage locks it: that is a gap already."""
        pairs = self._context.once(matches)
        uid, variant = pairs.of("entries").source(one.uid), pairs.of("variants").source(one.variant)
        codes = {theirs: ours for ours, theirs in self._context.options.locales.items()}
        place = f"{one.type}/{uid}/{codes.get(one.locale, one.locale)}/{variant}"
        return bool(self._lock(one) and self._context.why(f"variants/{place}"))

    # --- what they hold ---

    def _known(self, kind: str, key: str) -> JsonObject:
        found = self._context.identity.target(kind, key)
        return as_object(exact_json.loads(found.encode())) if found else {}

    def _older_live(self, one: Variant) -> list[int]:
        return _older_live(self._known(_NOW, one.key))

    def _rewrites(self, one: Variant) -> Iterator[_Rewrite]:
        latest = self._known(_NOW, one.key)
        if not latest:
            return
        older = [self._known(_LIVE, f"{one.key}/{number}") for number in self._older_live(one)]
        affected = [row for row in older if row and self._named(one, row)]
        made = integer(latest.get("_version")) or 1
        for row in () if self._is_unpublished else affected:
            made += 1
            yield _Rewrite(one, row, _places(latest, integer(row.get("_version"))), made)
        is_put_back = bool(affected) and not self._is_unpublished
        if is_put_back or self._named(one, latest):
            places = _places(latest, integer(latest.get("_version"))) if self._named(one, latest) else []
            yield _Rewrite(one, latest, places, made + 1, is_draft=True)

    def _gaps(self, one: Variant) -> Iterator[Step]:
        """What is live and cannot be read, or is not to be published."""
        if one.is_uncertain:
            return
        latest, older = self._known(_NOW, one.key), self._older_live(one)
        rows = {number: self._known(_LIVE, f"{one.key}/{number}") for number in older}
        unread = [number for number, row in rows.items() if not row]
        gaps = [one.gap(_UNREADABLE.format(number)) for number in unread if self._moved.are_surely_new]
        live = [row for row in (*rows.values(), latest) if row and _places(latest, integer(row["_version"]))]
        if self._is_unpublished and any(self._named(one, row) for row in live):
            gaps.append(one.gap(NOT_PUBLISHED))
        if gaps:
            yield report_gaps(f"repoint-variant/gaps/{one.key}", "variants", gaps)

    @property
    def _is_unpublished(self) -> bool:
        return self._context.options.publish == "none"

    # --- what is written and published ---

    def _write(self, one: _Rewrite, earlier: Sequence[_Rewrite], after: Sequence[str]) -> Write:
        variant, is_affected = one.one, bool(self._named(one.one, one.row))
        lock = self._lock(variant)

        schema, row = self._schemas[variant.type], one.row
        content, record = self._content(variant, row), as_object(row.get("_variant"))
        fields = as_object(rewrite_references(schema, content, self._moved.replaced, for_write=True))
        kept: JsonObject = {name: record[name] for name in ("_change_set", "_order") if name in record}
        locale = ("locale", variant.locale)

        reason = _DRAFT_REFUSED.format(one.number) if earlier and not is_affected else REFUSED

        def build() -> PreparedWrite:
            is_over = any(self._context.identity.target(_WRITTEN, each.key) for each in earlier)
            # Nothing was written over this draft; or a stage locks it, which is one gap.
            if earlier and not is_over and (lock or not is_affected):
                return PreparedWrite()
            body: JsonObject = {**fields, "_variant": kept}
            request = write_variant(variant.type, variant.uid, variant.variant, body, (locale,))
            return PreparedWrite(request=request, version=one.made)

        def probe(_: JsonObject) -> Probe:
            request = read_variant(variant.type, variant.uid, variant.variant, locale)
            return probe_variant(request, one.made, fields, schema)

        def read(answer: JsonObject) -> WriteResult:
            made = object_in(answer, "entry", "_version")["_version"]
            return WriteResult(identities=[(_WRITTEN, one.key, str(integer(made)))])

        return Write(
            key=one.key,
            kind=IF_NOT_RESTORED if variant.is_uncertain else "variants",
            only_if_refused=variant.is_uncertain,
            build=build,
            read=read,
            failed=variant.gap(f"{reason}{lock}"),
            after=after,
            probe=probe,
            optional=True,
        )

    def _publish(self, one: _Rewrite) -> Iterator[Write]:
        """Where the version was live: a call for each language."""
        for locale in sorted({code for _, code in one.places} if not self._is_unpublished else ()):
            places = [environment for environment, code in one.places if code == locale]
            yield Write(
                key=f"{one.key}/publish/{locale}",
                kind=IF_NOT_RESTORED if one.one.is_uncertain else "publications",
                only_if_refused=one.one.is_uncertain,
                build=partial(self._publication, one, places, locale),
                read=Noticed() if one.one.is_uncertain else Noticed(alone_there(one.one.uid)),
                failed=replace(one.one.gap(STAYS), locale=locale),
                after=[one.key],
                optional=True,
            )

    def _publication(self, rewrite: _Rewrite, places: Sequence[str], locale: str) -> PreparedWrite:
        made, one = self._context.identity.target(_WRITTEN, rewrite.key), rewrite.one
        if made is None:
            return PreparedWrite()  # it could not be written
        names = [*map(self._name, places)]
        sent: list[JsonObject] = [{"uid": one.variant, "version": int(made)}]
        request = publish("publish", one.type, one.uid, names, [locale], locale=one.locale, variants=sent)
        return PreparedWrite(request=request)

    # --- what is shown then ---

    def _published(self) -> Iterator[_Rewrite]:
        for one in self._variants() if not self._is_unpublished else ():
            yield from (rewrite for rewrite in self._rewrites(one) if rewrite.places)

    def _observe_shown(self, rewrite: _Rewrite, answer: JsonObject) -> Observation:
        made = self._context.identity.target(_WRITTEN, rewrite.key)
        shown = set(publish_details(as_object(answer.get("entry"))))
        is_shown = made is None or all((*place, int(made)) in shown for place in rewrite.places)
        return Observation(pending=[] if is_shown else [("variant_missing", rewrite.key, made or "")])

    def places(self) -> Iterator[tuple[Variant, Place]]:
        """Each place in which variants of an entry are published, once."""
        seen: set[tuple[str, Place]] = set()
        for rewrite in self._published():
            for place in rewrite.places:
                if (rewrite.one.document, place) not in seen:
                    seen.add((rewrite.one.document, place))
                    yield rewrite.one, place

    def _name(self, environment: str) -> str:
        return self._environments.get(environment, environment)


def _not_shown(one: Variant, facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
    return [one.gap(_NOT_SHOWN.format(made)) for _, _, made in facts]


def _older_live(document: JsonObject) -> list[int]:
    """The older versions of a variant that are live."""
    live = {version for _, _, version in publish_details(document)}
    return sorted(live - {integer(document.get("_version")) or 1})


def _places(document: JsonObject, number: int | None) -> list[Place]:
    """Where a version of a variant is live."""
    return [(place, code) for place, code, version in publish_details(document) if version == number]


def _observe(kind: str, key: str, number: int, answer: JsonObject) -> Observation:
    """A version of a variant; nothing where another one is answered than was asked for."""
    row = as_object(answer.get("entry"))
    is_asked = bool(as_object(row.get("_variant"))) and (not number or row.get("_version") == number)
    return Observation([(kind, key, exact_json.dumps(row).decode() if is_asked else "")])
