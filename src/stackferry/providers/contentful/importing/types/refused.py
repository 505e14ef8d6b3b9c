"""Bodies of content types that the target refused for good, or refused to publish: not sent again. Pure.

They are sent again where the snapshot has another body since, or somebody has changed the target's type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.providers.contentful.importing.refused_before import (
    asked_before,
    digest_of_value,
    remembered,
    taken,
)
from stackferry.providers.contentful.importing.stored import same
from stackferry.providers.contentful.importing.types.moves import Move
from stackferry.providers.contentful.kinds import CONTENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext, Write, WriteResult


class RefusedBodies:
    """What earlier imports could not write, or publish, of one content type.

    `bodies` are all that it is to have, `held` is what the target holds of it.
    """

    def __init__(
        self, context: ImportContext, uid: str, bodies: Sequence[JsonObject], held: JsonObject | None
    ) -> None:
        self._context, self._uid, self._bodies, self._held = context, uid, bodies, held

    def among(self, moves: Sequence[Move]) -> tuple[list[Move], list[str]]:
        """What of these moves an earlier import could not do, and why not."""
        found: list[Move] = []
        reasons: list[str] = []
        for at, writes, publishes in moves:
            unwritten = self._reason(at, publishing=False) if writes else ""
            unpublished = self._reason(at, publishing=True) if publishes else ""
            if unwritten or unpublished:
                found.append(Move(at, bool(unwritten), bool(unpublished)))
                reasons.append(unwritten or unpublished)
        return found, reasons

    def _reason(self, at: int, *, publishing: bool) -> str:
        """Why an earlier import could not write the body at a place, or publish it; empty where it is to be tried."""
        return asked_before(
            self._context,
            CONTENT_TYPES.name,
            self._key(at, publishing=publishing),
            lambda: self._digest(at, is_ours=False),
        )

    def remembering(self, step: Write, at: int, *, publishing: bool, is_ours: Callable[[], bool]) -> Write:
        """The write of the body at a place, or its publishing; what becomes of it is kept for later imports.

        `is_ours`: whether this import has written a body before.
        """
        key = self._key(at, publishing=publishing)

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            return replace(result, identities=[*result.identities, *taken(self._context, key)])

        return replace(
            step, read=read, remembers=remembered(key, lambda: self._digest(at, is_ours=is_ours()))
        )

    def _key(self, at: int, *, publishing: bool) -> str:
        return f"{CONTENT_TYPES.name}/{self._uid}/{at}" + ("/published" if publishing else "")

    def _digest(self, at: int, *, is_ours: bool) -> str:
        """What tells the attempt from others: the body, and the target's type where that is none of the bodies."""
        held = self._held
        is_other = held is not None and not is_ours and not any(same(one, held) for one in self._bodies)
        theirs = {name: value for name, value in (held or {}).items() if name != "sys"} if is_other else None
        facts: list[Json] = [self._bodies[at], theirs]
        return digest_of_value(facts)
