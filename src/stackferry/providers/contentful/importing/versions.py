"""The version that an object has in the target now: every write of it must name that one. Pure.

Each change raises it by one, publishing too, and a write that names another one is refused: so nobody's edit is ever
overwritten unseen. It is known from what was read of the target before the import, then from each answer.
API page: "Updating content and protecting against collisions".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer, Refused
from stackferry.json_values import integer
from stackferry.model import Remark
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.refusals import CONFLICT
from stackferry.providers.target import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import Gap, JsonObject, Request, Stream
    from stackferry.providers.identities import Identity
    from stackferry.providers.target import ImportContext

MOVED: Final = (
    "moved_meanwhile"  # identities: "entries/ID" → "yes", where somebody else wrote it during the import
)
VERSIONS: Final = "versions_now"  # the kind of these identities: "entries/ID" → the number
Pairs = list[tuple[str, str, str]]
_CONFLICTS: Final = ("VersionMismatch", "Conflict")
_MOVED: Final = "somebody else wrote it during the import: it was left as they left it"


def version_now(identity: Identity, key: str, row: JsonObject | None) -> int | None:
    """The version of an object; `row` is what the target held of it. None where it is not there."""
    known = identity.target(VERSIONS, key)
    if known is not None:
        return int(known)
    return None if row is None else version_of(row)


def edited_since(context: ImportContext, left: Identity, stream: Stream, uid: str) -> bool:
    """As `providers.edited_since` promises: every change raises the version of an object, publishing too."""
    key, target = f"{stream.kind}/{uid}", context.once(matches).target(stream.kind, uid)
    row = None if target is None else context.target.get(stream, target)
    known = None if left.target(MOVED, key) else left.target(VERSIONS, key)
    return known is not None and row is not None and version_of(row) > int(known)


def named(answer: JsonObject, uid: str) -> JsonObject:
    """The answer of a write. Raises BadAnswer where it is not about the object with this id, or has no version."""
    if sys_id(answer) != uid or not version_of(answer):
        raise BadAnswer(f"the answer does not name {uid} and its version")
    return answer


def pair(key: str, version: int) -> tuple[str, str, str]:
    """The identity that keeps a version."""
    return VERSIONS, key, str(version)


def probe_newer(request: Request, note: JsonObject, is_done: Callable[[JsonObject], bool]) -> Probe:
    """Whether a write whose answer was lost was carried out: its object is above the version that the write named.

    `request` reads the object; `is_done` tells whether it shows what was written.
    """
    before = integer(note.get("version")) or 0
    return Probe(
        request=request,
        found=lambda now: [now] if version_of(now) > before and is_done(now) else [],
        required_key="sys",
    )


def is_conflict(refused: Refused) -> bool:
    """Whether a write was refused because the object has another version than the one that was named."""
    return refused.status == CONFLICT and refused.errors.get("id") in (*_CONFLICTS, "", None)


def told_of(failed: Gap, title: str = "") -> Callable[[Refused], Sequence[Remark]]:
    """What is told of a refusal beside its gap: that the object was edited meanwhile."""

    def told(refused: Refused) -> Sequence[Remark]:
        if not is_conflict(refused):
            return ()
        return [
            Remark(
                list="meanwhile",
                kind=failed.kind,
                uid=failed.uid,
                type=failed.type,
                locale=failed.locale,
                title=title,
                reason=_MOVED,
            )
        ]

    return told


def written_between(failed: Gap, expected: int, answer: JsonObject) -> tuple[Gap, Remark] | None:
    """What is told of an answer whose version is not the `expected` one, to a write that names no version."""
    number = version_of(answer)
    if not expected or number <= expected:
        return None
    gap = replace(failed, reason=f"somebody else wrote it during the import: it has version {number} now")
    return gap, Remark.beside(gap, "meanwhile", "")
