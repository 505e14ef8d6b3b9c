"""A refusal in words that name what was asked for, why it was refused, and what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.errors import AccessError, Refused, StackferryError, UsageError
from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.contentful.api.reasons import REASONS, SUBJECTS
from stackferry.providers.contentful.refusals import detail_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.api.reasons import Reason
    from stackferry.providers.contentful.requests.build import Root

_SHOWN = 3  # entities that a message names


class About(NamedTuple):
    """What a request was about. `operation` is a key of `SUBJECTS`; `entity` is one in words, such as "entry e1"."""

    operation: str
    release: str = ""
    entity: str = ""
    action: str = ""
    version: int | None = None
    entities: str = ""


class Explained(Refused):
    """A refusal with the `reasons` that it may have: one, where the service names it."""

    def __init__(self, message: str, refused: Refused, reasons: Sequence[Reason]) -> None:
        super().__init__(message, status=refused.status, errors=refused.errors)
        self.reasons = reasons


def told(error: StackferryError, about: About, root: Root, busy: str = "") -> StackferryError:
    """The error with its subject, its reason and what to do next before the service's own words.

    UsageError where the space or the environment does not exist. `busy`: what is known to be in the way.
    """
    names = {
        "release": about.release,
        "entity": about.entity or "an entity",
        "entities": about.entities or "entities",
        "action": about.action,
        "version": "?" if about.version is None else about.version,
        "space": root.space,
        "environment": root.environment,
        "busy": f" ({busy})" if busy else "",
    }
    subject = SUBJECTS[about.operation].format(**names)
    if isinstance(error, AccessError):
        return type(error)(f"{subject}: {error}")
    if not isinstance(error, Refused):
        return error
    names |= {
        "named": _named(error) or names["entity"],
        "errors": _item_errors(error) or "the service names none",
    }
    reason, possible = reason_of(error, about), possible_reasons(error, about)
    why = _why(reason, possible).format(**names)
    message = f"{subject}: {why} ({error})" if why else f"{subject}: {error}"
    if reason and reason.is_place:
        return UsageError(message)
    return Explained(message, error, [reason] if reason else possible)


def _why(reason: Reason | None, possible: Sequence[Reason]) -> str:
    """The reason in words, or all that are possible; empty where none is known."""
    if reason:
        return f"{reason.words}; {reason.advice}"
    why = ", or that ".join(f"{one.words} ({one.advice})" for one in possible)
    return why and f"the service does not say why; it may be that {why}"


def possible_reasons(error: Refused, about: About) -> list[Reason]:
    """All reasons for such a refusal."""
    rows = [one for one in REASONS if about.operation in one.operations and error.status in one.statuses]
    return [one for one in rows if not (one.unversioned and about.version is not None)]


def reason_of(error: Refused, about: About) -> Reason | None:
    """The reason that a refusal names; None where it names none that is known."""
    kind, said = _missing(error)[0], _said(error)

    def rank(one: Reason) -> int:
        """How well the refusal names it: an object's type tells more than words."""
        if kind in one.types:
            return 4 if one.is_place else 2
        return 3 if one.unversioned else int(bool(one.sign and re.search(one.sign, said)))

    best = max(possible_reasons(error, about), key=rank, default=None)
    return best if best is not None and rank(best) else None


def _said(error: Refused) -> str:
    """All that the service says, its rules and paths among it, in lower case."""
    rows = objects(_details(error).get("errors"))
    paths = " ".join(
        "/" + "/".join(map(str, path)) for row in rows if isinstance(path := row.get("path"), list)
    )
    # The message begins with the request's path, which holds words of its own.
    words = str(error).partition(": ")[2]
    of_entities = any(row.get("entity") for row in rows)
    rest = {name: value for name, value in _details(error).items() if name not in ("space", "environment")}
    return (
        f"{words} {exact_json.dumps(rest).decode()} {paths} {'entity errors' if of_entities else ''}".lower()
    )


def _missing(error: Refused) -> tuple[str, str]:
    """The type and the id of the object that the service says is missing; empty where it says none."""
    details = _details(error)
    found = as_object(nested(next(iter(objects(details.get("errors"))), {}), "error", "details", "sys"))
    return _type_and_id(found or as_object(details.get("sys")) or details)


def _type_and_id(sys: JsonObject) -> tuple[str, str]:
    """What an object is: of a link, what it leads to."""
    names = ("linkType", "type") if sys.get("type") == "Link" else ("type", "linkType")
    return next(filter(None, (text(sys.get(name)) for name in names)), ""), text(sys.get("id"))


def _named(error: Refused) -> str:
    """The entities that the service names, in words."""
    kind, uid = _missing(error)
    rows = objects(_details(error).get("errors"))
    several = [_type_and_id(as_object(nested(row, "error", "details", "sys"))) for row in rows]
    found = [f"{_word(of_type)} {of_id}" for of_type, of_id in several if of_id]
    if not found and kind in ("Entry", "Asset") and uid:
        found = [f"{_word(kind)} {uid}"]
    return ", ".join(found[:_SHOWN])


def _item_errors(error: Refused) -> str:
    """What is wrong with which entity, for the first of them."""
    return "; ".join(entity_errors(_details(error))[:_SHOWN])


def entity_errors(details: JsonObject) -> list[str]:
    """What is wrong with each entity, as `details.errors` of a refusal or of a failed action has it."""
    return [
        f"{_link(row.get('entity'))}: {error_words(row.get('error'))}"
        for row in objects(details.get("errors"))
    ]


def _link(value: Json) -> str:
    sys = as_object(nested(value, "sys"))
    return f"{_word(text(sys.get('linkType')) or text(sys.get('type')))} {text(sys.get('id'))}".strip()


def error_words(value: Json) -> str:
    """Message and first details of an error inside of another."""
    rows = objects(nested(value, "details", "errors"))
    details = dict.fromkeys(map(detail_words, rows[:_SHOWN]))
    words = text(nested(value, "message")) or text(nested(value, "sys", "id"))
    return f"{words} ({'; '.join(filter(None, details))})" if any(details) else words


def _word(kind: str) -> str:
    return kind.lower() or "entity"


def _details(error: Refused) -> JsonObject:
    """The `details` of the refusal, with the id of the object that they are about."""
    facts = {**error.errors, "id": error.errors.get("object")}
    return as_object({name: value for name, value in facts.items() if name != "object"})  # type: ignore[misc]  # JSON
