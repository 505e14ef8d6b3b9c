"""Values that a snapshot does not hold because they are credentials: what an object can be without them, and what not.

No value is made up for one. What the target has in its place stays there; what it lacks is left out, with the member
that holds it, or with the header of a webhook. An object that cannot be without one is not written. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.providers.secrets.redacted import is_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject

# What the service asks for where an object of the kind is made: no object can be without.
_NEEDED: Final = {
    "webhooks": ("/name", "/url", "/topics"),
    "extensions": ("/extension/name", "/extension/src", "/extension/srcdoc"),
    "workflow_definitions": ("/name",),
}
_HEADERS: Final = ("webhooks", "/headers")


class Known(NamedTuple):
    """An object without the values that nobody knows, and where those stood, as JSON pointers.

    `missing`: what is left out. `needed`: what is redacted and cannot be left out.
    """

    body: JsonObject
    missing: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


def known_part(kind: str, body: JsonObject, held: JsonObject | None) -> Known:
    """What can be written of an object of this kind, where the target holds `held` of it."""
    cut = _Cut(kind)
    made = cut.members(body, as_object(held), "")
    return Known(made, tuple(cut.missing), tuple(cut.needed))


class _Cut:
    """One object, and what is found in it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.missing: list[str] = []
        self.needed: list[str] = []

    def members(self, body: JsonObject, held: JsonObject, path: str) -> JsonObject:
        made: JsonObject = {}
        for name, value in body.items():
            at = f"{path}/{name}"
            if (self._kind, at) == _HEADERS:
                made[name] = [*self._headers(value, held.get(name))]
            elif not self._is_unknown(value, held.get(name)):
                made[name] = self._inside(value, held.get(name), at)
            elif at in _NEEDED.get(self._kind, ()):
                made[name] = value
                self.needed.append(at)
            else:
                self.missing.append(at)
        return made

    def _is_unknown(self, value: Json, held: Json) -> bool:
        """Whether a value is redacted, or a list of which one is, and the target has none in its place."""
        if isinstance(value, list):
            return not held and any(self._is_unknown(item, None) for item in value)
        return is_unknown(value) and not held

    def _inside(self, value: Json, held: Json, path: str) -> Json:
        if isinstance(value, dict):
            return self.members(value, as_object(held), path)
        if isinstance(value, list):
            theirs = held if isinstance(held, list) else []
            return [
                self._inside(item, theirs[index] if index < len(theirs) else None, f"{path}/{index}")
                for index, item in enumerate(value)
            ]
        return value

    def _headers(self, headers: Json, held: Json) -> Iterator[Json]:
        """The headers of a webhook: one without its value is none, unless the target has one of that name."""
        theirs = {_name(header) for header in objects(held)}
        for number, header in enumerate(objects(headers)):
            if _has_no_value(header) and _name(header) not in theirs:
                self.missing.append(f"/headers/{number}/value")
            else:
                yield header


def _name(header: JsonObject) -> str:
    return text(header.get("key")).lower()


def _has_no_value(header: JsonObject) -> bool:
    """Whether a header's value is redacted, or a secret, which the API never shows."""
    is_hidden = header.get("secret") is True and not header.get("value")
    return is_hidden or is_unknown(header.get("value"))
