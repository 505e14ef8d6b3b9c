"""Uids of instances of groups and blocks, where the target has others than the source. Pure.

A document in another language names an instance of the master document by its `_metadata.uid`: else what is not
localizable in it does not follow the master. No page says that the service keeps a uid that it is sent, so the answer
to each write is looked at. Pages: "Localize an entry", "Update a localized entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext

KIND: Final = "instances"
_ANY: Final = (KIND, "", "renamed")  # that any has another uid: else none is looked up


def renamed(entry: str, sent: Json, made: Json) -> list[tuple[str, str, str]]:
    """The instances of an entry that have another uid than was sent, as identities."""
    found = [(KIND, f"{entry}\0{source}", target) for source, target in _pairs(sent, made)]
    return [*found, _ANY] if found else []


def keep_instances(
    entry: str, body: JsonObject, existing: JsonObject
) -> tuple[JsonObject, list[tuple[str, str, str]]]:
    """What is written over a document, with the uids of its own instances, and these as identities.

    Instances that it does not know stand for its own in the same place, where a list has as many: documents in other
    languages name these.
    """
    own = {text(nested(one, "_metadata", "uid")) for one in _objects(existing)}
    pairs = {source: target for source, target in _pairs(body, existing) if source not in own}
    if not pairs:
        return body, []
    return as_object(_with(body, pairs)), [*((KIND, f"{entry}\0{one}", pairs[one]) for one in pairs), _ANY]


def _objects(value: Json) -> Iterator[JsonObject]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)


def _with(value: Json, uids: Mapping[str, str]) -> Json:
    """A value whose instances have other uids."""
    if isinstance(value, list):
        return [_with(item, uids) for item in value]
    if not isinstance(value, dict):
        return value
    result: JsonObject = {name: _with(item, uids) for name, item in value.items()}
    metadata = result.get("_metadata")
    if isinstance(metadata, dict) and (uid := uids.get(text(metadata.get("uid")))):
        result["_metadata"] = {**metadata, "uid": uid}
    return result


def _pairs(sent: Json, made: Json) -> Iterator[tuple[str, str]]:
    if isinstance(sent, list) and isinstance(made, list) and len(sent) == len(made):
        for pair in zip(sent, made, strict=True):
            yield from _pairs(*pair)
    if isinstance(sent, dict) and isinstance(made, dict):
        own, other = (text(nested(one, "_metadata", "uid")) for one in (sent, made))
        if own and other and own != other:
            yield own, other
        for name in sent.keys() & made.keys():
            yield from _pairs(sent[name], made[name])


class Instances:
    """The instances of the entries of one import, in the target's terms."""

    def __init__(self, context: ImportContext) -> None:
        self._identity, self._earlier = context.identity, context.earlier

    def mapped(self, entry: str, document: JsonObject) -> JsonObject:
        """A document with the uids that its instances have in the target."""
        if not self._are_any():
            return document
        sent = {text(nested(one, "_metadata", "uid")) for one in _objects(document)} - {""}
        return as_object(_with(document, {uid: self._uid(entry, uid) for uid in sent}))

    def mapped_paths(self, entry: str, value: Json) -> Json:
        """The same for paths that name instances, their parts joined by dots, wherever they stand in a value."""
        return self._paths(entry, value) if self._are_any() else value

    def _are_any(self) -> bool:
        return self._find("") is not None

    def _uid(self, entry: str, uid: str) -> str:
        return self._find(f"{entry}\0{uid}") or uid

    def _find(self, name: str) -> str | None:
        return self._identity.target(KIND, name) or self._earlier.target(KIND, name)

    def _paths(self, entry: str, value: Json) -> Json:
        if isinstance(value, list):
            return [self._paths(entry, item) for item in value]
        if isinstance(value, dict):
            return {name: self._paths(entry, item) for name, item in value.items()}
        if isinstance(value, str):
            return ".".join(self._uid(entry, part) for part in value.split("."))
        return value
