"""What two different places hold differently, in the words in which edits of one place are told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.verification.change import Sides
from stackferry.providers.contentstack.verification.equality import Equality
from stackferry.providers.differences import ADDED, CHANGED, REMOVED, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

_DETAILS = "publish_details/"
_PUBLISHED = {"publications": "entries", "asset_publications": "assets"}
_NAMED_BY_PATH = frozenset(("release_items", "schedules"))
_OF_ENTRIES = frozenset(("entries", "variants", "workflow_stages", "version_names", "publications"))
_OF_ASSETS = frozenset(("assets", "asset_publications", "files"))


def _together(rows: list[JsonObject]) -> list[JsonObject]:
    """What is live in one place on both sides, in different versions, as one difference."""
    by_change = {text(row["change"]): row for row in rows}
    if len(rows) != 2 or by_change.keys() != {REMOVED, ADDED}:
        return rows
    return [{**by_change[ADDED], **by_change[REMOVED], "change": CHANGED}]


@dataclass(frozen=True, slots=True)
class ToldDifference:
    """A difference with its title, and with the name of its environment."""

    row: JsonObject

    def as_json(self) -> JsonObject:
        return self.row


class OtherPlaceChanges:
    """One comparison of two places; objects are matched as the identities of the context say."""

    def __init__(self, context: ImportContext, known_gaps: Iterable[JsonObject]) -> None:
        self._sides, self._identity = Sides(context.source, context.target), context.identity
        self._equality = Equality(context, known_gaps, tells_edits=True)
        self.gaps, self.compared = self._equality.gaps, self._equality.compared
        self._sides.gaps = self.gaps
        left_out = (row for one in self._sides.coverage for row in one.not_compared())
        self.not_compared = (*self._equality.not_compared, *left_out)

    def mismatches(self) -> Iterator[ToldDifference]:
        published: dict[tuple[str, ...], list[JsonObject]] = {}
        for one in self._equality.mismatches():
            told = self._told(one.as_json())
            if self._is_part_of_one(told) or self._is_left_out(told):
                continue
            if told["kind"] in _PUBLISHED:
                published.setdefault(self._place(told), []).append(told)
            else:
                yield ToldDifference(told)
        for rows in published.values():
            yield from map(ToldDifference, _together(rows))

    def _place(self, row: JsonObject) -> tuple[str, ...]:
        """Where a publication is, in the words of the place that the left side is compared with."""
        kind, uid = text(row["kind"]), text(row.get("uid"))
        if row["change"] == REMOVED:
            uid = self._identity.target(_PUBLISHED[kind], uid) or uid
        return kind, uid, *(text(row.get(name)) for name in ("content_type", "locale", "path"))

    def _is_part_of_one(self, row: JsonObject) -> bool:
        """Whether it is a publication of what only one place has, which is told itself."""
        kind = _PUBLISHED.get(text(row.get("kind")))
        if kind is None or row["change"] != ADDED:
            return False
        return not self._identity.is_target(kind, text(row.get("uid")))

    def _is_left_out(self, row: JsonObject) -> bool:
        """Whether the side that lacks an object cannot tell: it was made without such objects, or has a gap there."""
        word, kind = text(row["change"]), text(row.get("kind"))
        is_part = bool(row.get("path")) and kind not in _NAMED_BY_PATH
        if word not in (ADDED, REMOVED) or is_part:  # a part of what both have
            return False
        uid, content_type, locale = (text(row.get(name)) for name in ("uid", "content_type", "locale"))
        subject = Subject(kind, uid, "", content_type, locale)
        return not self._sides.can_tell(subject, is_left=word == REMOVED)

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
