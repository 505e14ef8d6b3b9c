"""What two different places hold differently, in the words in which edits of one place are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.verification.change import ADDED, CHANGED, REMOVED, Sides
from stackferry.providers.contentstack.verification.equality import Equality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

_DETAILS = "publish_details/"
_OF_ENTRIES = frozenset(("entries", "variants", "workflow_stages", "version_names", "publications"))
_OF_ASSETS = frozenset(("assets", "asset_publications", "files"))


@dataclass(frozen=True, slots=True)
class ToldDifference:
    """A difference with its title, and with the name of its environment."""

    row: JsonObject

    def as_json(self) -> JsonObject:
        return self.row


class OtherPlaceChanges:
    """One comparison of two places; objects are matched as the identities of the context say."""

    def __init__(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> None:
        self._sides = Sides(context.source, context.target)
        self._equality = Equality(context, known_gaps, tells_edits=True)
        self.gaps, self.compared = self._equality.gaps, self._equality.compared
        self.not_compared = self._equality.not_compared

    def mismatches(self) -> Iterator[ToldDifference]:
        for one in self._equality.mismatches():
            yield ToldDifference(self._told(one.as_json()))

    def _told(self, row: JsonObject) -> JsonObject:
        path = text(row.get("path"))
        word = CHANGED if ("left" in row) == ("right" in row) else REMOVED if "left" in row else ADDED
        title = text(row.get("title")) or self._title(row)
        told: JsonObject = {"change": word, **row, **({"title": title} if title else {})}
        if path.lstrip("/").startswith(_DETAILS):
            before, _, environment = path.rpartition("/")
            name = self._sides.environment(environment)
            told |= {"path": f"{before}/{name}", "environment": name}
        return told

    def _title(self, row: JsonObject) -> str:
        kind, uid, content_type, locale = (
            text(row.get(name)) for name in ("kind", "uid", "content_type", "locale")
        )
        if kind in _OF_ENTRIES:
            return self._sides.title("entries", uid, content_type, locale)
        if kind in _OF_ASSETS:
            return self._sides.title("assets", uid)
        return self._sides.title("releases" if kind == kinds.RELEASE_ITEMS.name else kind, uid)
