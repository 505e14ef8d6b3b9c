"""What was edited in entries, their variants and their workflow stages, language by language. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, equal
from stackferry.json_values import as_list, as_object, integer, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.stage_details import differing_details, stage_details
from stackferry.providers.contentstack.references.model import KEEP, Schema, fields_by_uid
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.verification.change import Sides, document_changes, newest
from stackferry.providers.contentstack.words import DOCUMENTS
from stackferry.providers.differences import Change, Subject, value_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.core.json_diff import Side
    from stackferry.model import Json

_NO_SCHEMA = Schema([])


class EntryChanges:
    """The edits of all entries of two snapshots."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._schemas = _merged(read_schemas(sides.left), read_schemas(sides.right))
        self._masters = (master_locale(sides.left), master_locale(sides.right))
        self._stages = {
            text(stage.get("uid")): text(stage.get("name"))
            for store in (sides.left, sides.right)
            for flow in store.objects(Stream("workflows"))
            for stage in objects(flow.get("workflow_stages"))
        }
        self._stages_now = {
            text(stage.get("uid"))
            for flow in sides.right.objects(Stream("workflows"))
            for stage in objects(flow.get("workflow_stages"))
        }

    def entries(self) -> Iterator[Change]:
        """Entries that came or went, languages of them that did, and every edit of their content."""
        streams = [*self._sides.streams("entries")]
        for number, stream in enumerate(streams):
            earlier = [one for one in streams[:number] if one.type == stream.type]
            for left, right in self._sides.pairs(stream):
                if left is not None and right is not None:
                    self._count(text(left.get("uid")), earlier)
                    yield from () if equal(left, right) else self._edits(stream, left, right)
                elif (row := left or right) is not None:
                    yield from self._came_or_went(stream, text(row.get("uid")), is_left=right is None)

    def _count(self, uid: str, earlier: Sequence[Stream]) -> None:
        """One more document; and an entry, where it is in none of the languages that were gone through before."""
        left, right = self._sides.left, self._sides.right
        self._sides.compared[DOCUMENTS] += 1
        self._sides.compared["entries"] += not any(
            left.get(one, uid) and right.get(one, uid) for one in earlier
        )

    def _came_or_went(self, stream: Stream, uid: str, *, is_left: bool) -> Iterator[Change]:
        """A whole entry once, however many languages it has; else the language."""
        sides = self._sides
        mine, other = (sides.left, sides.right) if is_left else (sides.right, sides.left)
        if sides.holds(other, stream.type, uid):
            if other.get(Stream("locales"), stream.locale) is not None:
                yield from sides.on_one_side(_subject(sides, "entries", stream, uid), is_left=is_left)
            return
        streams = sides.streams("entries", stream.type)
        held = [one.locale for one in streams if mine.get(one, uid) is not None]
        if held[:1] == [stream.locale]:
            master = self._masters[0 if is_left else 1]
            shown = stream._replace(locale=master if master in held else held[0])
            subject = _subject(sides, "entries", shown, uid)
            whole = Subject("entries", uid, subject.title, stream.type)
            yield from sides.on_one_side(whole, is_left=is_left, locales=[*held])

    def _edits(self, stream: Stream, left: JsonObject, right: JsonObject) -> Iterator[Change]:
        subject = _subject(self._sides, "entries", stream, text(right.get("uid")))
        found = [*document_changes(subject, *self._contents(stream, left, right))]
        same_version = left.get("_version") == right.get("_version")
        for one in found:
            if not self._follows_master(stream, subject.uid, one) and not (
                same_version and self._follows_deletion(one)
            ):
                yield one
        stage = [*self._stage(subject, left, right)]
        yield from stage
        if not same_version and not found and not stage:  # saved, and nothing in it is another
            yield value_change(subject, "/_version", left.get("_version"), right.get("_version"))

    def _contents(self, stream: Stream, *documents: JsonObject) -> list[Json]:
        schema = self._schemas.get(stream.type, _NO_SCHEMA)
        return [
            rewrite_references(schema, strip_for_write(row, schema), lambda _: KEEP, for_write=True)
            for row in documents
        ]

    # --- what follows from another edit ---

    def _follows_master(self, stream: Stream, uid: str, change: Change) -> bool:
        """Whether it is the master's edit of a field that is not localizable, which every language shows."""
        master = stream._replace(locale=self._masters[1])
        schema = self._schemas.get(stream.type)
        if master == stream or schema is None or not is_shared(schema, change.path):
            return False
        rows = [store.get(master, uid) for store in (self._sides.left, self._sides.right)]
        if rows[0] is None or rows[1] is None:
            return False
        edits = document_changes(change.subject, *self._contents(master, rows[0], rows[1]))
        return any((one.path, one.right) == (change.path, change.right) for one in edits)

    def _follows_deletion(self, change: Change) -> bool:
        """Whether a link vanished because what it named was deleted: the entry itself was not saved."""
        return change.right in (ABSENT, None) and self._is_deleted(change.left)

    def _is_deleted(self, value: Side) -> bool:
        sides = self._sides
        if isinstance(value, str):
            return self._is_gone(Stream("assets"), value)
        if isinstance(value, list):
            return bool(value) and all(map(self._is_deleted, value))
        if not isinstance(value, dict):
            return False
        uid, content_type = text(value.get("uid")), text(value.get("_content_type_uid"))
        if term := text(value.get("term_uid")):
            return self._is_gone(Stream("terms"), f"{text(value.get('taxonomy_uid'))}\0{term}")
        content_type = "" if content_type == "sys_assets" else content_type
        return sides.holds(sides.left, content_type, uid) and not sides.holds(sides.right, content_type, uid)

    def _is_gone(self, stream: Stream, key: str) -> bool:
        was = self._sides.left.get(stream, key)
        return was is not None and self._sides.right.get(stream, key) is None

    # --- workflow stages ---

    def _stage(self, subject: Subject, left: JsonObject, right: JsonObject) -> Iterator[Change]:
        """The stage that a document is in; one whose workflow was deleted is none."""
        before, after = as_object(left.get("_workflow")), as_object(right.get("_workflow"))
        was, now = text(before.get("uid")), text(after.get("uid"))
        if self._cannot_tell("workflow_stages"):
            return
        if was == now:
            about = Subject("workflow_stages", *_names(subject))
            for name in differing_details(stage_details(left), stage_details(right)):
                yield value_change(
                    about, f"/_workflow/{name}", before.get(name, ABSENT), after.get(name, ABSENT)
                )
            return
        if not now and was in self._stages and was not in self._stages_now:
            return
        about = Subject("workflow_stages", *_names(subject))
        yield value_change(about, "/_workflow", self._stage_name(before), self._stage_name(after))

    def _stage_name(self, stage: JsonObject) -> Side:
        uid = text(stage.get("uid"))
        return self._stages.get(uid) or text(stage.get("name")) or uid if uid else ABSENT

    def _cannot_tell(self, kind: str) -> bool:
        return any(kind in one.unknown for one in self._sides.coverage)

    # --- variants ---

    def variants(self) -> Iterator[Change]:
        """What a variant changes of its entry; the rest of it is the entry's own."""
        for stream in self._sides.streams("variants"):
            for left, right in self._sides.changed(stream):
                row = newest(left, right)
                uid, variant = text(row.get("uid")), as_object(row.get("variant"))
                name = self._variant_name(text(as_object(variant.get("_variant")).get("_uid")))
                subject = Subject("variants", uid, text(variant.get("title")), stream.type, stream.locale)
                if left is not None and right is not None:
                    self._sides.compared["variants"] += 1
                    yield from self._variant_edits(stream, subject, name, left, right)
                else:
                    yield from self._variant_on_one_side(subject, name, is_left=right is None)

    def _variant_on_one_side(self, subject: Subject, name: str, *, is_left: bool) -> Iterator[Change]:
        """A variant that came or went without its entry and without its language."""
        sides, of = self._sides, (subject.content_type, subject.uid)
        other = sides.right if is_left else sides.left
        if sides.holds(other, *of) and not sides.lost_language(*of, subject.locale, is_left=is_left):
            yield from sides.on_one_side(subject, is_left=is_left, variant=name)

    def _variant_edits(
        self, stream: Stream, subject: Subject, name: str, left: JsonObject, right: JsonObject
    ) -> Iterator[Change]:
        before, after = (as_object(row.get("variant")) for row in (left, right))
        own = [_change_set(one) for one in (before, after)]
        contents = [as_object(one) for one in self._contents(stream, before, after)]
        views = [
            {field: value for field, value in content.items() if field in names}
            for content, names in zip(contents, own, strict=True)
        ]
        for one in document_changes(subject, *views):
            yield replace(one, facts={**one.facts, "variant": name})
        yield from self._variant_publications(subject, name, before, after)

    def _variant_publications(
        self, subject: Subject, name: str, before: JsonObject, after: JsonObject
    ) -> Iterator[Change]:
        rows = [
            {
                (text(one.get("environment")), text(one.get("locale"))): integer(one.get("version"))
                for one in objects(variant.get("publish_details"))
            }
            for variant in (before, after)
        ]
        for place, locale in sorted(rows[0].keys() | rows[1].keys()):
            versions = [side.get((place, locale), ABSENT) for side in rows]
            if versions[0] != versions[1] and not self._sides.is_gone(place, locale):
                environment = self._sides.environment(place)
                path = f"/publish_details/{environment}"
                yield value_change(subject, path, *versions, variant=name, environment=environment)

    def _variant_name(self, uid: str) -> str:
        for store in (self._sides.right, self._sides.left):
            for group in store.objects(Stream("variant_groups")):
                for one in objects(group.get("variants")):
                    if one.get("uid") == uid:
                        return text(one.get("name")) or uid
        return uid


def _names(subject: Subject) -> tuple[str, str, str, str]:
    return subject.uid, subject.title, subject.content_type, subject.locale


def _subject(sides: Sides, kind: str, stream: Stream, uid: str) -> Subject:
    title = sides.title("entries", uid, stream.type, stream.locale)
    return Subject(kind, uid, title, stream.type, stream.locale)


def _change_set(variant: JsonObject) -> set[str]:
    """The fields at the top that a variant changes."""
    paths = as_list(as_object(variant.get("_variant")).get("_change_set"))
    return {text(path).partition(".")[0] for path in paths}


def _merged(left: Mapping[str, Schema], right: Mapping[str, Schema]) -> dict[str, Schema]:
    """One schema for both sides of each type, so that both are read alike: today's fields, and those that are gone."""
    found = {**left, **right}
    for uid in left.keys() & right.keys():
        old, new = left[uid], right[uid]
        today = fields_by_uid(new.fields)
        gone = [field for name, field in fields_by_uid(old.fields).items() if name not in today]
        found[uid] = Schema(
            [*as_list(new.fields), *gone],
            {**old.global_fields, **new.global_fields},
            tuple(sorted({*old.asset_hosts, *new.asset_hosts})),
        )
    return found


def is_shared(schema: Schema, path: str) -> bool:
    """Whether the value at a path, a JSON pointer, lies in a field that is not localizable."""
    fields: Json = schema.fields
    for step in path.split("/")[1:]:
        if step.isdecimal():
            continue
        held = fields_by_uid(fields).get(step.replace("~1", "/").replace("~0", "~"))
        if held is None:
            return False
        if held.get("non_localizable") is True:
            return True
        fields = held.get("blocks") if held.get("data_type") == "blocks" else schema.fields_of(held)
    return False
