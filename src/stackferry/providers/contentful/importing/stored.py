"""Whether the service stored what a write sent, and whether an object holds what is to be written. Pure.

How answers are compared is in `providers/stored`. The service shows an object as it was sent, and adds to it.
API pages: the sample answers of "Create" and "Update" of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.contentful.requests.build import get, sent_body
from stackferry.providers.secrets.redacted import equal_but_redacted
from stackferry.providers.stored import CheckedWrite, StorageRules, differences, is_equal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.stored import Difference
    from stackferry.providers.target import Write

_EMPTY: Final[tuple[Json, ...]] = (None, [], {})  # what the service may leave out; an empty text is a value


def checked(write: Write, view: Callable[[JsonObject], JsonObject] | None = None) -> Write:
    """The write; its answer is compared with what was sent. `view` is that of an answer which is shaped otherwise."""

    def unstored(_: str, request: Request, answer: JsonObject) -> Iterator[Difference]:
        return unequal(sent_body(request), answer if view is None else view(answer))

    return CheckedWrite(write, StorageRules(unstored=unstored, read=_read)).step()


def holds(row: JsonObject, body: JsonObject) -> bool:
    """Whether an object has everything that would be written."""
    return next(unequal(body, row), None) is None


def same(body: JsonObject, row: JsonObject) -> bool:
    """Whether an object says what is to be written, and nothing beyond it: what is empty or false says nothing."""
    return holds(row, body) and next(unequal(row, body, _adds_nothing), None) is None


def same_but_redacted(body: JsonObject, row: JsonObject) -> bool:
    """The same for an object that may hold credentials: one that is redacted on either side is taken to be equal."""
    return not any(
        next(unequal(one, other, equal), None)
        for one, other, equal in ((body, row, _is_same_or_redacted), (row, body, _adds_no_credential))
    )


def same_document(one: JsonObject, other: JsonObject) -> bool:
    """Whether two bodies of an entry or an asset say the same: in fields only null is no value."""
    beside = [{name: value for name, value in row.items() if name != "fields"} for row in (one, other)]
    return same(*beside) and exact_json.dumps(_values(one)) == exact_json.dumps(_values(other))


def _values(row: JsonObject) -> JsonObject:
    """The values of the fields that have any."""
    found: JsonObject = {}
    for name, values in as_object(row.get("fields")).items():
        kept: JsonObject = {code: value for code, value in as_object(values).items() if value is not None}
        if kept:
            found[name] = kept
    return found


def unequal(
    body: JsonObject, row: JsonObject, is_same: Callable[[Json, Json], bool] | None = None
) -> Iterator[Difference]:
    """Where an object does not have what would be written; `sys` is the service's own."""
    stored = _ordered(row)
    for name, sent in _ordered(body).items():
        if name != "sys":
            yield from differences(sent, stored.get(name), is_same or _is_same, path=f"/{name}")


def _ordered(row: JsonObject) -> JsonObject:
    """An object whose tags and concepts, which have no order, are in one; without what is empty of its metadata.

    The service shows empty lists of them, and files of earlier years have no metadata at all.
    """
    metadata = as_object(row.get("metadata"))
    if not metadata:
        return row
    sorted_links: JsonObject = {
        name: [*sorted(objects(value), key=_id)] if isinstance(value, list) else value
        for name, value in metadata.items()
    }
    kept: JsonObject = {name: value for name, value in sorted_links.items() if value not in _EMPTY}
    return {**row, "metadata": kept or None}


def _id(link: JsonObject) -> str:
    return text(nested(link, "sys", "id"))


def _is_same(sent: Json, stored: Json) -> bool:
    return (sent in _EMPTY and stored in _EMPTY) or is_equal(sent, stored)


def _adds_nothing(stored: Json, wanted: Json) -> bool:
    """Whether what is there says no more than what is wanted: the service adds defaults, which are empty or false."""
    return _is_same(stored, wanted) or (wanted is None and (stored is False or stored == ""))


def _is_same_or_redacted(wanted: Json, stored: Json) -> bool:
    return _is_same(wanted, stored) or equal_but_redacted(stored, wanted)


def _adds_no_credential(stored: Json, wanted: Json) -> bool:
    return _adds_nothing(stored, wanted) or equal_but_redacted(stored, wanted)


def _read(_: str, request: Request, __: JsonObject) -> Request:
    return get(request.path)
