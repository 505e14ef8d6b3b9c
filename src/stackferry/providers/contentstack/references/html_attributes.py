"""The attributes in a piece of HTML, with their exact place, so that one can be changed and nothing else.

A tolerant tokenizer after the HTML standard's own rules: comments, scripts and unclosed tags are passed over,
never repaired. It takes time in proportion to the text, whatever the text. It must never know what an
attribute means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING: Final = re.compile(r"<(?:(?P<comment>!--)|(?P<declaration>[!?/])|(?P<name>[A-Za-z][^\s/>]*))")
_NAME: Final = re.compile(r"[\s/]*(?P<name>[^\s/>][^\s/>=]*)")
_EQUALS: Final = re.compile(r"\s*=\s*")
_BARE: Final = re.compile(r"[^\s>]+")
_UNSAFE_BARE: Final = re.compile(r"[\s\"'=<>`]")
_RAW: Final = {
    name: re.compile(rf"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes")
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name in lower case, its value as written, and their places in the text.

    `start` to `end` is all of it with the blanks before; `value_start` to `value_end` is the value, without
    its quotes.
    """

    name: str
    value: str
    start: int
    end: int
    value_start: int
    value_end: int
    quote: str

    def quoted(self, value: str) -> str:
        """A new value, written so that it can stand where the old one stands."""
        if self.quote:
            return value.replace(self.quote, "&quot;" if self.quote == '"' else "&#39;")
        return '"' + value.replace('"', "&quot;") + '"' if _UNSAFE_BARE.search(value) or not value else value


def elements(text: str) -> Iterator[list[Attribute]]:
    """The attributes of each opening tag that has any, in order."""
    at = 0
    while opening := _OPENING.search(text, at):
        attributes: list[Attribute] = []
        if name := opening["name"]:
            at = _read_tag(text, opening.end(), attributes)
            if at >= 0:  # a tag that the text cuts short is no tag
                yield attributes
                at = _after_raw(text, at, name.lower())
        else:
            at = _after(text, "-->" if opening["comment"] else ">", opening.end())
        if at < 0:
            return


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return found + len(end) if found >= 0 else -1


def _after_raw(text: str, at: int, name: str) -> int:
    if name not in _RAW:
        return at
    closing = _RAW[name].search(text, at)
    return closing.start() if closing else -1


def _read_tag(text: str, at: int, attributes: list[Attribute]) -> int:
    """Collect the attributes from `at` on; answers the place after the tag, or -1 if it has no end."""
    while match := _NAME.match(text, at):
        attribute = _read_value(text, match)
        if attribute is None:
            return -1
        attributes.append(attribute)
        at = attribute.end
    return _after(text, ">", at)


def _read_value(text: str, match: re.Match[str]) -> Attribute | None:
    name, start, at = match["name"].lower(), match.start(), match.end()
    equals = _EQUALS.match(text, at)
    if not equals:
        return Attribute(name, "", start, at, at, at, "")
    at = equals.end()
    quote = text[at : at + 1]
    if quote and quote in "\"'":
        end = text.find(quote, at + 1)
        return Attribute(name, text[at + 1 : end], start, end + 1, at + 1, end, quote) if end >= 0 else None
    bare = _BARE.match(text, at)
    end = bare.end() if bare else at
    return Attribute(name, text[at:end], start, end, at, end, "")
