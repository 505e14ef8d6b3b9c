"""Steps that write nothing and tell what cannot arrive, or did not. Pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.model import Gap, Remark
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject


def report(key: str, gaps: Sequence[Gap], identities: Sequence[tuple[str, str, str]] = ()) -> Write:
    """A step that leaves these gaps, of which there is at least one, and writes down what is known besides."""
    build = partial(PreparedWrite, gaps=gaps, identities=identities)
    return Write(key=key, kind=gaps[0].kind, build=build, read=nothing, failed=gaps[0])


def edited_meanwhile(key: str, gap: Gap, title: str) -> Write:
    """A step that tells of what somebody else has changed during the import, and leaves it."""
    build = partial(PreparedWrite, gaps=[gap], remarks=[Remark.beside(gap, "meanwhile", title)])
    return Write(key=key, kind=gap.kind, build=build, read=nothing, failed=gap)


def found(key: str, identities: Sequence[tuple[str, str, str]]) -> Write:
    """A step that writes down what the target held before: kind, the source's id, the target's."""
    kind, uid, _ = identities[0]
    build = partial(PreparedWrite, identities=identities)
    return Write(key=key, kind=kind, build=build, read=nothing, failed=Gap(kind=kind, uid=uid, reason=""))


def nothing(_: JsonObject) -> WriteResult:
    """What is read in an answer that says no more than that it came."""
    return WriteResult()
