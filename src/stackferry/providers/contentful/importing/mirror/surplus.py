"""What a target has and the snapshot has not: entries, assets and releases. Pure.

It is what the target held before the import and is no counterpart of anything in the whole snapshot, be it selected or
not. What somebody makes during the import is never among it. Locales of a document and items of a release are not
objects of their own: a write replaces them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import integer, nested, text
from stackferry.providers.contentful.content.states import published_version, version_of
from stackferry.providers.contentful.content.titles import Titles
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, RELEASES, record_key, sys_id
from stackferry.providers.contentful.matching.rule import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row, Stream
    from stackferry.providers.target import ImportContext

KINDS: Final = (RELEASES.name, ENTRIES.name, ASSETS.name)
"""The kinds that a mirror takes away, in the order in which it does."""
_WIDTH: Final = 8


class Surplus(NamedTuple):
    """Something of the target that the snapshot has not, as it was when it was read; `made` is when it was made.

    `schema`: of a Timeline release its schema version, which a list of such releases is asked for with.
    """

    kind: str
    type: str
    schema: str
    uid: str
    title: str
    version: int
    made: str
    is_live: bool

    @property
    def key(self) -> str:
        return f"{self.kind}\x00{self.type}\x00{self.uid}"

    @classmethod
    def from_row(cls, row: Row) -> Surplus:
        *names, title, version, made, is_live = row
        kind, type_, schema, uid = map(text, names)
        return cls(kind, type_, schema, uid, text(title), integer(version) or 0, text(made), bool(is_live))


class SurplusObjects:
    """All of it, of one import; ask for it with `context.once`. It lies in a scratch table."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._table = context.scratch.table(_WIDTH, self._rows())

    def of(self, kind: str) -> Iterator[Surplus]:
        """All of a kind, by type and id."""
        return map(Surplus.from_row, self._table.each(kind))

    def counts(self) -> dict[str, int]:
        """How many there are of each kind that is imported."""
        included = (kind for kind in KINDS if self._context.options.includes(kind))
        found = {kind: sum(1 for _ in self._table.each(kind)) for kind in included}
        return {kind: count for kind, count in found.items() if count}

    def _rows(self) -> Iterator[Row]:
        titles = Titles(self._context.target)
        for kind, stream, row in unpaired(self._context, KINDS):
            is_live = kind != RELEASES.name and bool(published_version(row))
            made = text(nested(row, "sys", "createdAt"))
            title = titles.of(kind, row)
            schema = text(nested(row, "sys", "schemaVersion"))
            yield kind, stream.type, schema, sys_id(row), title, version_of(row), made, int(is_live)


def unpaired(context: ImportContext, kinds: tuple[str, ...]) -> Iterator[tuple[str, Stream, JsonObject]]:
    """The objects of the target, of these kinds, that are a counterpart of nothing in the source."""
    pairs = context.once(matches)
    for stream in context.target.streams():
        if stream.kind in kinds:
            for row in context.target.objects(stream):
                uid = record_key(stream.kind, row)[0]
                is_paired = pairs.is_target(stream.kind, uid) or context.identity.is_target(stream.kind, uid)
                if not is_paired:
                    yield stream.kind, stream, row
