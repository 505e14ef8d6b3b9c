"""What the answer to a write must hold.

A 2xx answer alone proves nothing: a gateway may send {}, a list or an empty body. An answer that should name its
object and does not is a lost answer, and the importer then probes for the object.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.model import Gap
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.kinds import Kind


def object_in(answer: JsonObject, name: str, *needed: str) -> JsonObject:
    """The object under `name`. Raises BadAnswer where there is none, or where it lacks one of the `needed` fields."""
    found = answer.get(name)
    if not isinstance(found, dict) or not all(found.get(field) for field in needed):
        raise BadAnswer(f"the answer does not name the {name} that was written")
    return found


def read_answer(kind: Kind, answer: JsonObject) -> WriteResult:
    """For a write of which nothing is remembered: its answer must name the object."""
    object_in(answer, kind.object_key, "uid")
    return WriteResult()


class Noticed:
    """For a write whose answer names no object on its API page: a notice, or the number of a job.

    That is publishing, bulk jobs, deletions, release items, deployments and version names. The write may be repeated
    or has a probe, and a later step reads what must not be missed (`Await`): a notice does not say that it was done.
    `identities` remember that the service took the write. An answer without a notice says nothing.
    """

    def __init__(self, *identities: tuple[str, str, str]) -> None:
        self._identities = identities

    def __call__(self, answer: JsonObject) -> WriteResult:
        return WriteResult(identities=self._identities, says_nothing=not answer)


read_notice = Noticed()


def report_gaps(key: str, kind: str, gaps: Sequence[Gap]) -> Write:
    """A step that writes nothing and reports what cannot arrive."""
    build = partial(PreparedWrite, gaps=gaps)
    return Write(key=key, kind=kind, build=build, read=read_notice, failed=gaps[0])


def remember(key: str, kind: str, told: PreparedWrite) -> Write:
    """A step that writes nothing into the target: what it tells, and what is remembered."""
    return Write(
        key=key, kind=kind, build=lambda: told, read=read_notice, failed=Gap(kind=kind, uid="*", reason="")
    )
