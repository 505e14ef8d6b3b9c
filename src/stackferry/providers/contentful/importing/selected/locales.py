"""Some locales of a document alone: it holds all locales, so the others are sent as the target has them. Pure.

Of a document that the target holds only the values of these locales are the snapshot's. A field that is not localized
has its value in the default locale, and is written with that. A document that the target lacks gets these values, too:
it would be no whole one without them; and of an asset the locales that these fall back to, or it would have no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object
from stackferry.providers.contentful.content.states import (
    State,
    live_locales,
    locale_states,
    state_of,
)
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.selection import narrowing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext


class OnlyLocales:
    """The locales that an import writes: those that it is asked for, or that its snapshot was narrowed to.

    Without any it writes all. Ask for it with `context.once`.
    """

    def __init__(self, context: ImportContext) -> None:
        narrow = [one for one in (context.options.selection, narrowing(context.manifest)) if one.locales]
        self.codes = narrow[0].locales if narrow else frozenset[str]()
        """The codes in the source; empty for all."""
        self._renamed = context.options.locales
        self.targets = frozenset(self._renamed.get(code, code) for code in self.codes)
        self._languages = Languages(context.source, narrow[0]) if narrow else None

    def of(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of these codes of the source that are written."""
        return tuple(code for code in codes if not self.codes or code in self.codes)

    def cut(self, row: JsonObject) -> JsonObject:
        """A record of the source as a document that the target lacks gets it."""
        return row if self._languages is None else self._languages.cut(row)

    def alone(self, row: JsonObject) -> JsonObject:
        """A record of the source with the values of these locales and nothing beside its fields."""
        fields: JsonObject = {
            name: {code: value for code, value in as_object(values).items() if code in self.codes}
            for name, values in as_object(row.get("fields")).items()
        }
        return {"sys": row.get("sys"), "fields": {name: value for name, value in fields.items() if value}}

    def over(self, held: JsonObject, content: JsonObject) -> JsonObject:
        """A body of the target's document with the values of these locales; both are in the target's terms."""
        theirs, ours = as_object(held.get("fields")), as_object(content.get("fields"))
        fields: JsonObject = {}
        for name in dict.fromkeys((*theirs, *ours)):
            values: JsonObject = {
                code: value for code, value in as_object(theirs.get(name)).items() if code not in self.targets
            }
            mine = as_object(ours.get(name)).items()
            values |= {code: value for code, value in mine if code in self.targets}
            if values:
                fields[name] = values
        return {**held, "fields": fields}

    def state(self, row: JsonObject, codes: Iterable[str]) -> State:
        """The state of a document of the source, as far as these locales say it."""
        if not self.codes or state_of(row) in (State.ARCHIVED, State.DRAFT):
            return state_of(row)
        states = locale_states(row, self.of(codes))
        if not live_locales(row, states):
            return State.DRAFT
        return State.CHANGED if State.CHANGED in states.values() else State.PUBLISHED
