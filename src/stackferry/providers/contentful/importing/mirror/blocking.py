"""What a mirror is to take away and stands in the way of what is wanted: a value that no two entries may share. Pure.

Everything is deleted after the content has arrived. Where the service refuses to publish an entry because it breaks a
rule, and an entry that is to go has a value of it that must be unique, that one goes first, and the other is published
once more. API pages: "Validations": `unique`; "Bulk actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentful.importing.publishing.batches import BROKEN_RULES
from stackferry.providers.contentful.kinds import CONTENT_TYPES, ENTRIES, PUBLISHED_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.publishing.plan import PublishPlan
    from stackferry.providers.contentful.importing.work import Work
    from stackferry.providers.target import ImportContext


class _Value(NamedTuple):
    """A value that must be unique: the content type, the field, the target's locale."""

    type: str
    field: str
    locale: str
    value: bytes


class Blocking:
    """What blocks the wave at one place, as it is when it is asked for."""

    def __init__(self, context: ImportContext, work: Work, publishing: PublishPlan, at: int) -> None:
        self._context, self._work, self._publishing, self._at = context, work, publishing, at

    def found(self) -> frozenset[str]:
        """What is to go and blocks something, by its keys."""
        wanted = {value for values in self._refused().values() for value in values}
        return frozenset(key for key, values in self._surplus(wanted) if not wanted.isdisjoint(values))

    def blocked(self) -> frozenset[str]:
        """The documents that it blocks: "entries/ID"."""
        refused = self._refused()
        wanted = {value for values in refused.values() for value in values}
        taken = {value for _, values in self._surplus(wanted) for value in values}
        return frozenset(key for key, values in refused.items() if not taken.isdisjoint(values))

    def _refused(self) -> dict[str, set[_Value]]:
        """The unique values of what was refused because it breaks a rule."""
        found: dict[str, set[_Value]] = {}
        for item in self._publishing.left(self._at) if self._context.options.mirror else ():
            document = item.document
            if self._publishing.refusal(document, self._at) in BROKEN_RULES:
                row = self._context.source.get(document.stream, document.uid) or {}
                body = self._work.documents.planned(document, row).wanted.bodies[self._at].content
                found[document.key] = {*self._values(document.type, body)}
        return found

    def _surplus(self, wanted: set[_Value]) -> Iterator[tuple[str, set[_Value]]]:
        types = {value.type for value in wanted}
        for one in self._context.once(SurplusObjects).of(ENTRIES.name) if types else ():
            if one.type in types:
                kinds = (ENTRIES.name, PUBLISHED_ENTRIES.name)
                rows = (self._context.target.get(Stream(kind, one.type), one.uid) or {} for kind in kinds)
                yield one.key, {value for row in rows for value in self._values(one.type, row)}

    def _values(self, of_type: str, body: JsonObject) -> Iterator[_Value]:
        fields = as_object(body.get("fields"))
        for name in self._unique(of_type):
            for code, value in as_object(fields.get(name)).items():
                yield _Value(of_type, name, code, exact_json.dumps(value))

    def _unique(self, of_type: str) -> list[str]:
        stream = Stream(CONTENT_TYPES.name)
        row = self._context.source.get(stream, of_type) or self._context.target.get(stream, of_type) or {}
        return [
            text(field.get("id"))
            for field in objects(row.get("fields"))
            if any(rule.get("unique") is True for rule in objects(field.get("validations")))
        ]
