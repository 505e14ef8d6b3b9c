"""The names and descriptions of releases: one that is locked in the target is opened before these are written. Pure.

API pages: "Update a Release", "Unlock a Release" ("allowing further modifications").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.answers import read_answer
from stackferry.providers.contentstack.importing.objects import write_object, written_over
from stackferry.providers.contentstack.importing.objects_again import ObjectSteps
from stackferry.providers.contentstack.importing.releases.plan import UNLOCKED
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.releases import lock_release
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.importing.objects import ObjectWrite
    from stackferry.providers.target import ImportContext, Steps


class ReleaseSteps(ObjectSteps):
    """The steps that make releases, or write over their words."""

    def __call__(self) -> Steps:
        context = self._context()
        for one in self._planned(context):
            held = context.once(matches).row(one.kind.name, one.source)
            if held is not None and held.get("locked") is True and context.options.on_conflict == "update":
                yield _open(context, one, text(held.get("uid")))
                yield write_object(context, replace(one, after=[*one.after, _key(one)]))
            else:
                yield write_object(context, one)


def _key(one: ObjectWrite) -> str:
    return f"unlock/words/{one.uid}"


def _open(context: ImportContext, one: ObjectWrite, target: str) -> Write:
    """It is locked again at the end, if the source has it locked."""

    def build() -> PreparedWrite:
        if written_over(context, one) is None:
            return PreparedWrite()
        return PreparedWrite(request=lock_release(target, locked=False), note={"target": target})

    def read(answer: JsonObject) -> WriteResult:
        return replace(read_answer(kinds.RELEASES, answer), identities=[(UNLOCKED, one.uid, "yes")])

    return Write(
        key=_key(one),
        kind=one.kind.name,
        build=build,
        read=read,
        failed=one.gap("the target refused to unlock it for its name"),
        after=one.after,
        optional=True,
        reported_later=True,  # the write of its name is refused, too
        prepares=True,
    )
