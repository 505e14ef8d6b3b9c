"""Uids of the source inside any JSON: what they are in the target, and which of them must not stand there. Pure.

The service gives each object a uid of its own that no other object has, so it names the same object wherever it stands:
in a role's rules, in an app's configuration, in a custom field. A text counts as one only as a whole, and if an object
of the source has it: which forms uids have, no page says.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, objects, text
from stackferry.model import Json, Stream
from stackferry.providers.contentstack.kinds import KINDS, MEMBERS
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext

# Seen in real exports and in the API pages: objects have blt and 16 digits, variants and apps cs, asset folders am.
# Exports made by other tools have shorter and longer ones.
_UID: Final = re.compile(r"(?:blt|cs|am)[0-9a-z]{10,40}")
# What is looked for among the objects of the source: other services and older stacks have uids of other forms. A word
# of a language has no digit.
_NAME: Final = r"(?=[0-9A-Za-z_-]*[0-9])[0-9A-Za-z][0-9A-Za-z_-]{9,63}"
_MAY_BE_UID: Final = re.compile(_NAME)
_NAME_IN_TEXT: Final = re.compile(rf"(?<![0-9A-Za-z_-]){_NAME}(?![0-9A-Za-z_-])")
_UID_IN_TEXT: Final = re.compile(rf"(?<![0-9A-Za-z]){_UID.pattern}(?![0-9A-Za-z])")

_SAMPLE: Final = 20  # objects of a kind, or of a type and language, that show how long uids are

# Kinds whose objects have a uid of the service.
_KINDS: Final = tuple(kind.name for kind in KINDS if "uid" in kind.service_keys and kind.name != "entries")
_IDENTITIES: Final = ("entries", *_KINDS, *MEMBERS, "locale_uids")


def is_uid(value: str) -> bool:
    """Whether a text has the form of a uid that the service gives."""
    return _UID.fullmatch(value) is not None


def may_be_uid(value: str) -> bool:
    """Whether a text may be a uid, of whatever form: only the objects of the source tell."""
    return _MAY_BE_UID.fullmatch(value) is not None


def uids_in(value: str) -> Iterator[tuple[str, int, int]]:
    """Everything in a longer text that may be a uid: it, and from which character to which."""
    known = [(found[0], found.start(), found.end()) for found in _UID_IN_TEXT.finditer(value)]
    yield from known
    for found in _NAME_IN_TEXT.finditer(value):
        if not any(found.start() < end and start < found.end() for _, start, end in known):
            yield found[0], found.start(), found.end()


class SourceUids:
    """The uids of everything in the source of an import or a comparison."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._is_same_stack = is_same_stack(context)
        self._members = {
            text(one.get("uid"))
            for holder, key in MEMBERS.values()
            for row in context.everything.objects(Stream(holder))
            for one in objects(as_list(row.get(key)))
        } | {text(row.get("uid")) for row in context.everything.objects(Stream("locales"))}

    @cached_property
    def _lengths(self) -> frozenset[int]:
        """How long the uids of the source are, of other forms than the usual one: an app's text holds many words."""
        source = self._context.everything
        streams = [*map(Stream, _KINDS), *(one for one in source.streams() if one.kind == "entries")]
        rows = chain.from_iterable(islice(source.objects(stream), _SAMPLE) for stream in streams)
        return frozenset(map(len, {*self._members, *(text(row.get("uid")) for row in rows)}))

    def target(self, uid: str) -> str | None:
        """What an object of the source is in the target, of whatever kind it is; None where it is not known to be."""
        if not is_uid(uid) and len(uid) not in self._lengths:
            return None
        found = (self._context.in_target(kind, uid) for kind in _IDENTITIES)
        return next((target for target in found if target), None)

    def is_source(self, uid: str) -> bool:
        """Whether an object of the source has this uid."""
        source = self._context.everything
        if not is_uid(uid) and len(uid) not in self._lengths:
            return False
        if uid in self._members or any(source.get(Stream(kind), uid) for kind in _KINDS):
            return True
        return any(source.get(stream, uid) for stream in source.streams() if stream.kind == "entries")

    def mapped(self, value: Json) -> Json:
        """The value with every uid of the source replaced by the target's, where that is known."""
        if isinstance(value, dict):
            return {name: self.mapped(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.mapped(item) for item in value]
        return (self.target(value) or value) if isinstance(value, str) and may_be_uid(value) else value

    def mapped_inside(self, value: str) -> str:
        """A text of the service's own form, such as a channel of webhooks, with every uid in it as in the target."""
        for uid, begin, end in sorted(uids_in(value), key=itemgetter(1), reverse=True):
            value = f"{value[:begin]}{self.target(uid) or uid}{value[end:]}"
        return value

    def foreign(self, value: Json, path: str = "") -> Iterator[tuple[str, str]]:
        """The uids of the source that are not the same in the target: JSON pointer and uid."""
        if isinstance(value, dict):
            for name, item in value.items():
                yield from self.foreign(item, f"{path}/{name}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.foreign(item, f"{path}/{index}")
        elif isinstance(value, str) and may_be_uid(value) and self.is_foreign(value):
            yield path, value

    def is_foreign(self, uid: str) -> bool:
        """Whether a uid is of the source alone, so that it means nothing in the target."""
        if self._is_same_stack or self.target(uid) == uid or not self.is_source(uid):
            return False
        # A stack may have been copied before: the same uid then is an object of the target as well.
        return not any(self._context.identity.is_target(kind, uid) for kind in _IDENTITIES)
