"""What was edited where, of two environments of one space since they were one. Pure.

Of a document or a type that differs there are three states: the source's, the target's, and what both were when the one
environment was cloned from the other or from a third one, or when an import made them equal. Edited in the source alone
it is written; in the target alone it is kept; on both sides it is a conflict, which the source wins unless the import
was told otherwise (`conflicts`).

No call says which environment was cloned from which. But a clone keeps the times of what it copies, so what both have
with the same time is older than the clone, and so is everything that is no younger. Of what is younger and differs
nobody can tell, so it counts as edited. What imports made equal is kept by its versions, for both directions.
Pages: "Environments" of the vendor's FAQ: cloning does not change "the original meta-data associated with the content".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from stackferry.json_values import epoch_seconds, nested, text
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.kinds import ASSETS, CONTENT_TYPES, ENTRIES, sys_id
from stackferry.providers.promotion import Verdict, known_sides, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

KEPT_GAP: Final = (
    "edited in both environments since they were equal: the target's was left (--conflicts keep)"
)
KINDS: Final = (ENTRIES.name, ASSETS.name, CONTENT_TYPES.name)


class Promotion:
    """The verdicts of one import; ask for it with `context.once`. Where it is not `is_on`, everything is written."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        options, origin, place = context.options, context.origin, context.place
        # A mirror is what the source is, and so is what is restored singly.
        is_update = options.on_conflict == "update" and not options.mirror and not options.selection.uids
        is_one_space = (
            origin is not None
            and place is not None
            and (origin.key, origin.service) == (place.key, place.service)
            and origin.name != place.name
        )
        self.is_on = is_one_space and is_update
        self.keeps_conflicts = options.conflicts == "keep"

    def verdict(self, key: str, row: JsonObject, held: JsonObject) -> Verdict:
        """Of what differs: `key` is "entries/ID", `row` the source's and `held` the target's."""
        if not self.is_on:
            return Verdict.WRITE
        here, other = promoted(key, version_of(row)), version_of(held)
        known = known_sides(self._context.earlier, here, promoted(key, other), other)
        return verdict_of(
            source=not known.source and self._is_later(row), target=not known.target and self._is_later(held)
        )

    def keeps(self, key: str, row: JsonObject, held: JsonObject) -> bool:
        """Whether the target's stays as it is."""
        found = self.verdict(key, row, held)
        return found is Verdict.KEEP or (found is Verdict.CONFLICT and self.keeps_conflicts)

    def _is_later(self, row: JsonObject) -> bool:
        at = epoch_seconds(text(nested(row, "sys", "updatedAt")))
        return at is None or self._since is None or at > self._since

    @cached_property
    def _since(self) -> float | None:
        """The youngest time that something has on both sides; None where nothing has."""
        return max(self._alike(), default=None)

    def _alike(self) -> Iterator[float]:
        for stream in self._context.everything.streams():
            for row in self._context.everything.objects(stream) if stream.kind in KINDS else ():
                held = self._context.target.get(stream, sys_id(row))
                times = [epoch_seconds(text(nested(one, "sys", "updatedAt"))) for one in (row, held or {})]
                if times[0] is not None and times[0] == times[1]:
                    yield times[0]


def promoted(key: str, version: int) -> str:
    """What an object is as it is now, on its own side, for `PROMOTED`: `key` is "entries/ID"."""
    return f"{key}\0{version}"
