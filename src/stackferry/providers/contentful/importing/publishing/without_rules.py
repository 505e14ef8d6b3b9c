"""A content type without its rules, and how it gets them back when somebody has edited it meanwhile. Pure.

A type has at most two bodies: what is live of it, and a draft above that. What an editor adds stays where they left it.
API pages: "Content types", "Validations", "Publishing a content type".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.taken_back import taken_back
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Remark
from stackferry.providers.contentful.content.states import State, state_of, version_of
from stackferry.providers.contentful.importing.stored import same
from stackferry.providers.contentful.importing.versions import pair
from stackferry.providers.contentful.kinds import CONTENT_TYPES
from stackferry.providers.contentful.requests.build import at_version, get, sent_body
from stackferry.providers.target import FreshUndo, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stackferry.model import JsonObject, Request

SOFTENED: Final = "types_softened"  # identities: the type → "yes"; RESTORED once it has its rules back
RESTORED: Final = "restored"
_PUBLISHED = "/published"
_REASON = "somebody else edited it while its rules were softened: what they changed stays"


def without_rules(content: JsonObject) -> JsonObject:
    """A type's body whose fields take every value of their kind."""
    return {**content, "fields": [_without_rules(field) for field in objects(content.get("fields"))]}


def _without_rules(field: JsonObject) -> JsonObject:
    soft: JsonObject = {**field, "required": False, "validations": []}
    if items := as_object(field.get("items")):
        soft["items"] = {**items, "validations": []}
    return soft


def edited_bodies(row: JsonObject, shown_live: JsonObject, bodies: Sequence[JsonObject]) -> list[JsonObject]:
    """The bodies that a type is to have, with what somebody else has edited in it; none where nobody has.

    `bodies`: what is to be live, and maybe the draft above it. `row`: the type as it is now, maybe without its rules.
    `shown_live`: what is live of it by now; not needed where nothing is above that.
    """
    live, *above = bodies
    soft, content, live_now = without_rules(live), _content(row), _live_now(row, shown_live)
    is_live_edited = not _is_one_of((soft, live), live_now)
    is_row_edited = not _is_one_of((soft, *bodies), content)
    if not (is_live_edited or is_row_edited):
        return []
    wanted = _given_back(live_now, live, live) if is_live_edited else live
    if is_row_edited:
        above = [_given_back(content, live, draft) for draft in above or [live]]
    return [wanted, *(draft for draft in above if not same(draft, wanted))]


def _live_now(row: JsonObject, shown_live: JsonObject) -> JsonObject:
    is_below = state_of(row) is State.CHANGED and shown_live
    return _content(shown_live if is_below else row)


def _given_back(now: JsonObject, live: JsonObject, wanted: JsonObject) -> JsonObject:
    """A body as it is now, first without those rules that it has, then with those that it is to have."""
    soft = without_rules(live)
    return taken_back(taken_back(now, live, soft), soft, wanted)


def _is_one_of(known: Iterable[JsonObject], body: JsonObject) -> bool:
    return any(same(one, body) for one in known)


def _content(row: JsonObject) -> JsonObject:
    return {name: value for name, value in row.items() if name != "sys"}


def undo_now(requests: Sequence[Request]) -> FreshUndo:
    """As `ImportPlan.undo_now` promises: an undo of a type names the version that this has by then.

    The requests: the live body, its publish, and maybe the draft above it. What somebody has changed since stays.
    """
    path = requests[0].path
    home, _, uid = path.rpartition("/content_types/")
    bodies = [sent_body(one) for one in requests if not one.path.endswith(_PUBLISHED)]

    def found(shown: Sequence[JsonObject]) -> list[JsonObject]:
        row, live = shown
        return edited_bodies(row, live, bodies)

    def fresh(shown: Sequence[JsonObject]) -> list[Request]:
        wanted, *above = found(shown) or bodies
        put, publish, *_ = requests
        made = [_with_body(put, wanted), publish, *(_with_body(put, draft) for draft in above)]
        return [at_version(made[0], version_of(shown[0])), *made[1:]]

    return FreshUndo(
        [get(path), get(f"{home}/public/content_types/{uid}")],
        fresh,
        following=lambda request, answer: at_version(request, version_of(answer)),
        edited=lambda shown: told_edited(uid, text(shown[0].get("name"))) if found(shown) else WriteResult(),
        identities=lambda answer: [
            pair(f"{CONTENT_TYPES.name}/{uid}", version_of(answer)),
            (SOFTENED, uid, RESTORED),
        ],
    )


def told_edited(uid: str, name: str) -> WriteResult:
    """What is told of a type that somebody else has edited."""
    gap = Gap(kind=CONTENT_TYPES.name, uid=uid, reason=_REASON)
    return WriteResult(gaps=[gap], remarks=[Remark.beside(gap, "meanwhile", name)])


def _with_body(request: Request, body: JsonObject) -> Request:
    return replace(request, body=exact_json.dumps(body))
