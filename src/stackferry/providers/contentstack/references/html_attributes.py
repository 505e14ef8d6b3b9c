"""The attributes in a piece of HTML, with their exact places, so that one can be changed and no other byte.

A tokenizer after the HTML standard's rules for tags ("13.2.5 Tokenization"): comments, declarations, the text of
scripts and unclosed tags are skipped, never repaired. It takes time in proportion to the text, whatever the text.

Why not a library: the standard library's `html.parser` and the parsers on PyPI decode values and do not give the
places of attributes, so what they read cannot be written back unchanged. `html.parser` of Python 3.11.7 also takes
quadratic time (`"<a " * 16_000`, 48 KB: 23 s; here 0.02 s), and its tokenization changed in patch releases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING: Final = re.compile(r"<(?:(?P<comment>!--)|(?P<declaration>[!?/])|(?P<name>[A-Za-z][^\s/>]*))")
_NAME: Final = re.compile(r"[\s/]*(?P<name>[^\s/>][^\s/>=]*)")  # may begin with "=", as the standard has it
_EQUALS: Final = re.compile(r"\s*=\s*")
_UNQUOTED_VALUE: Final = re.compile(r"[^\s>]+")
_NEEDS_QUOTES: Final = re.compile(r"[\s\"'=<>`]")
STYLE: Final = "<style>"  # no attribute has this name
# Elements whose content is text up to their own closing tag ("raw text" and "escapable raw text").
_RAW_TEXT: Final = {
    name: re.compile(rf"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes")
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name in lower case, its value as written (not decoded), and their places in the text.

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
        """A new value, escaped so that it can take the place of the old one."""
        if self.quote:
            return value.replace(self.quote, "&quot;" if self.quote == '"' else "&#39;")
        if value and not _NEEDS_QUOTES.search(value):
            return value
        return '"' + value.replace('"', "&quot;") + '"'


def find_attributes(html: str) -> Iterator[list[Attribute]]:
    """The attributes of each opening tag, tag by tag, in order; the text of a style element as one called `STYLE`."""
    at = 0
    while opening := _OPENING.search(html, at):
        attributes: list[Attribute] = []
        if name := opening["name"]:
            at = _read_tag(html, opening.end(), attributes)
            if at >= 0:  # a tag that the end of the text cuts off is no tag
                yield attributes
                begin, at = at, _skip_raw_text(html, at, name.lower())
                if at > begin and name.lower() == "style":
                    yield [Attribute(STYLE, html[begin:at], begin, at, begin, at, "")]
        else:
            at = _skip_to(html, "-->" if opening["comment"] else ">", opening.end())
        if at < 0:
            return


def _skip_to(html: str, end: str, at: int) -> int:
    """The place after `end`, or -1 if it does not occur."""
    found = html.find(end, at)
    return found + len(end) if found >= 0 else -1


def _skip_raw_text(html: str, at: int, name: str) -> int:
    if name not in _RAW_TEXT:
        return at
    closing = _RAW_TEXT[name].search(html, at)
    return closing.start() if closing else -1


def _read_tag(html: str, at: int, attributes: list[Attribute]) -> int:
    """Collect the attributes from `at` on. Returns the place after the tag, or -1 if it has no end."""
    while match := _NAME.match(html, at):
        attribute = _read_value(html, match)
        if attribute is None:
            return -1
        attributes.append(attribute)
        at = attribute.end
    return _skip_to(html, ">", at)


def _read_value(html: str, match: re.Match[str]) -> Attribute | None:
    """The attribute whose name was matched; None if its value has an opening quote and no closing one."""
    name, start, at = match["name"].lower(), match.start(), match.end()
    equals = _EQUALS.match(html, at)
    if not equals:
        return Attribute(name, "", start, at, at, at, "")
    at = equals.end()
    quote = html[at : at + 1]
    if quote and quote in "\"'":
        end = html.find(quote, at + 1)
        return Attribute(name, html[at + 1 : end], start, end + 1, at + 1, end, quote) if end >= 0 else None
    unquoted = _UNQUOTED_VALUE.match(html, at)
    end = unquoted.end() if unquoted else at
    return Attribute(name, html[at:end], start, end, at, end, "")
