"""Objects that an earlier import made and no list of the target shows: each is asked for by its id. Pure.

Lists may follow what is written after a while, and the ids of these objects are the service's: without the look one
that is there would be made once more.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.providers.contentful.kinds import SCHEDULED_ACTIONS, sys_id
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.target import ImportContext

_THERE: Final = "still_there"  # identities: "kind/ID" → the id in the target
_NOT_SHOWN: Final = (
    "no list of the target shows it, though it is there as '{}': it was left alone; import again"
)


def ask(context: ImportContext, kind: Kind, uid: str, request: Callable[[str], Request]) -> Await | None:
    """The look at an object that is to be made; None where no import is known to have made it.

    `request` reads one by its id in the target.
    """
    is_one = context.origin is not None and context.place is not None and context.origin == context.place
    target = context.earlier.target(kind.name, uid) or (uid if is_one else None)
    if target is None or context.identity.target(kind.name, uid) is not None:
        return None
    return Await(
        key=f"still there/{kind.name}/{uid}",
        kind=kind.name,
        request=request(target),
        observe=partial(_seen, kind, uid),
        required_key="sys",
        reads_initial_state=True,
        optional=True,
    )


def why_not(context: ImportContext, kind: Kind, uid: str) -> str:
    """Why an object is not made; empty where it is."""
    target = context.identity.target(_THERE, f"{kind.name}/{uid}")
    return _NOT_SHOWN.format(target) if target else ""


def _seen(kind: Kind, uid: str, row: JsonObject) -> Observation:
    is_over = kind is SCHEDULED_ACTIONS and nested(row, "sys", "status") != "scheduled"
    return Observation([(_THERE, f"{kind.name}/{uid}", sys_id(row))] if sys_id(row) and not is_over else ())
