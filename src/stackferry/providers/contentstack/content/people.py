"""People whom workflows, publish rules and roles name by uid. Another stack has another team, without them. Pure.

A user belongs to a team, and no call makes a person a member of one by uid. So in another stack people are left out,
each is a gap, and an object that the target holds keeps those that it names. A branch of the same stack has the same
team. `$all` and the like are no people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Gap, Json, JsonObject
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext

# Where each kind names people; a list on the way is gone through item by item.
_PLACES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    kinds.WORKFLOWS.name: (("workflow_stages", "SYS_ACL", "users", "uids"), ("admin_users", "users")),
    kinds.PUBLISH_RULES.name: (("approvers", "users"),),
    kinds.ROLES.name: (("users",),),
}
_REASON: Final = (
    "it names user {uid}, who is not in the team of another stack: left out, add who is to stand there"
)


def with_own_people(
    context: ImportContext, kind: Kind, body: JsonObject, held: JsonObject | None = None
) -> JsonObject:
    """An object as the target takes it: of people only those that the target's own object names."""
    if not is_same_stack(context):
        for place in _PLACES.get(kind.name, ()):
            body = as_object(_replaced(body, held or {}, place))
    return body


def people_gaps(context: ImportContext, kind: Kind, row: JsonObject) -> list[Gap]:
    """The people of a source's object whom the target does not know."""
    if is_same_stack(context):
        return []
    uid = text(row.get("uid"))
    return [
        Gap(kind=kind.name, uid=uid, path=path, reason=_REASON.format(uid=person))
        for place in _PLACES.get(kind.name, ())
        for path, person in _people(row, place, "")
    ]


def _people(value: Json, place: Sequence[str], path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _people(item, place, f"{path}/{index}")
    elif place and isinstance(value, dict):
        yield from _people(value.get(place[0]), place[1:], f"{path}/{place[0]}")
    elif not place and _is_person(value):
        yield path, text(as_object(value).get("uid")) or text(value)


def _is_person(value: Json) -> bool:
    """Whether an item of a list of users is one: a uid, or an object with a uid."""
    return isinstance(value, dict) or (isinstance(value, str) and not value.startswith("$"))


def _replaced(value: Json, held: Json, place: Sequence[str]) -> Json:
    """A value whose people are those of the held one; what lies in lists on the way is matched by name."""
    if isinstance(value, list):
        return _members(value, held) if not place else _by_name(value, held, place)
    if not place or not isinstance(value, dict) or place[0] not in value:
        return value
    return {**value, place[0]: _replaced(value[place[0]], as_object(held).get(place[0]), place[1:])}


def _members(value: list[Json], held: Json) -> list[Json]:
    own = [one for one in as_list(held) if _is_person(one)]
    return [*(one for one in value if not _is_person(one)), *own]


def _by_name(value: list[Json], held: Json, place: Sequence[str]) -> list[Json]:
    by_name = {text(one.get("name")): one for one in objects(as_list(held))}
    return [_replaced(item, by_name.get(text(as_object(item).get("name")), {}), place) for item in value]
