"""The target's webhooks, switched off for the time of an import (`--hold-webhooks`) and given back at its end.

Every write fires the webhooks that listen to it. Before the first write each that is on and listens to the target's
branch is switched off, its undo durable before; where nothing is to be written none is touched. No page has a call for
this alone, so `disabled` is all that an update names: what an editor changes meanwhile stays, and so do credentials,
which no answer shows. Where the service takes a webhook only as a whole it refuses that, and nothing is written. Pure.
API page: "Update a webhook".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from stackferry.json_values import as_list, as_object, text, texts
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.kinds import WEBHOOKS
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.objects import read_object, update_object
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Request
    from stackferry.providers.target import ImportContext, Step

HELD: Final = "held_webhooks"
"""The kind of these steps, and of the identities of the webhooks that were switched off."""


def hold(context: ImportContext) -> Iterator[Write]:
    """Switch off each webhook that the writes may fire; to be done before the first of them."""
    for row in _of_target(context):
        uid = text(row.get("uid"))
        yield Write(
            key=_hold_key(uid),
            kind=HELD,
            build=partial(PreparedWrite, request=_switch(uid, disabled=True)),
            read=partial(_read, row, [(HELD, uid, "yes")]),
            failed=_gap(row, "the target refused to switch it off"),
            probe=partial(_probe, uid),
            undo=_switch(uid, disabled=False),
            undone_by=_give_back_key(uid),
        )


def give_back(context: ImportContext) -> Iterator[Step]:
    """Switch on again what was switched off."""
    for row in _of_target(context):
        uid = text(row.get("uid"))
        yield Write(
            key=_give_back_key(uid),
            kind=HELD,
            build=partial(_back, context, uid),
            read=partial(_read, row, []),
            failed=_gap(
                row, "it was switched off for the import, and the target refuses to switch it on again"
            ),
            undoes=_hold_key(uid),
        )


def listening(context: ImportContext) -> Iterator[JsonObject]:
    """The target's webhooks that are on and listen to its branch."""
    branch = context.place.name if context.place is not None else ""
    for row in context.target.objects(Stream(WEBHOOKS.name)):
        branches = texts(as_list(row.get("branches"))) or ["$all"]
        if row.get("disabled") is not True and ("$all" in branches or branch in branches):
            yield row


def _of_target(context: ImportContext) -> Iterator[JsonObject]:
    return listening(context) if write_options(context.options).hold_webhooks else iter(())


def _hold_key(uid: str) -> str:
    # Undos are sent in the order of their keys, and those of types ("soften/…") fire webhooks.
    return f"webhooks held/{uid}"


def _give_back_key(uid: str) -> str:
    return f"webhooks given back/{uid}"


def _path(uid: str) -> str:
    return f"{WEBHOOKS.path}/{quote(uid, safe='')}"


def _switch(uid: str, *, disabled: bool) -> Request:
    return update_object(WEBHOOKS, _path(uid), {"disabled": disabled})


def _back(context: ImportContext, uid: str) -> PreparedWrite:
    was_held = context.identity.target(HELD, uid) is not None
    return PreparedWrite(request=_switch(uid, disabled=False) if was_held else None)


def _read(row: JsonObject, identities: list[tuple[str, str, str]], answer: JsonObject) -> WriteResult:
    made = object_in(answer, WEBHOOKS.object_key, "uid")
    is_whole = not row.get("channels") or made.get("channels")
    gaps = [] if is_whole else [_gap(row, "the target answered it without its channels: look at it")]
    return WriteResult(identities=identities, gaps=gaps)


def _gap(row: JsonObject, reason: str) -> Gap:
    return Gap(kind=WEBHOOKS.name, uid=text(row.get("uid")), path=text(row.get("name")), reason=reason)


def _probe(uid: str, _: JsonObject) -> Probe:
    """Whether a webhook is off."""

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if as_object(answer.get(WEBHOOKS.object_key)).get("disabled") is True else []

    return Probe(request=read_object(WEBHOOKS, _path(uid)), found=found, required_key=WEBHOOKS.object_key)
