"""Rich text as text: a paragraph a line, lists with a mark, what is embedded by its name. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject

    Name = Callable[[str, str], str]
    """The name of an entry of a content type, or of an asset without one."""

_ITEM: Final = "• "
_BREAK: Final = re.compile(r"</(?:p|h[1-6]|li|tr|div|blockquote|table|ul|ol)\s*>|<br\s*/?>", re.IGNORECASE)
_LIST_ITEM: Final = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_MARKS: Final = ("bold", "italic", "underline", "strikethrough", "inlineCode", "superscript", "subscript")


def is_rich_text(value: Json) -> bool:
    """Whether it is a rich text, or a node of one."""
    return isinstance(value, dict) and isinstance(value.get("children"), list)


def is_node(value: Json) -> bool:
    """Whether it is a node of a rich text, words among them."""
    if not isinstance(value, dict):
        return False
    return is_rich_text(value) or (isinstance(value.get("text"), str) and value.keys() <= {"text", *_MARKS})


def rich_words(value: Json, name: Name) -> str:
    """The words of a rich text, of a node, or of several."""
    nodes = objects(value) if isinstance(value, list) else [as_object(value)]
    return "\n".join(line for line in _lines(nodes, name) if line.strip())


def _lines(nodes: list[JsonObject], name: Name) -> Iterator[str]:
    """Blocks are lines of their own; what stands in a line is one. A stack of nodes: depth is not bounded."""
    line: list[str] = []
    waiting: list[JsonObject | str] = [*reversed(nodes)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if node == "\n" and line == [_ITEM]:
                continue  # a paragraph that is an item stands behind its mark
            if node == "\n":
                yield "".join(line)
                line = []
            else:
                line.append(node)
            continue
        kind, children = text(node.get("type")), objects(node.get("children"))
        if isinstance(node.get("text"), str):
            line.append(text(node["text"]))
        elif embedded := _embedded(node, kind, name):
            waiting += ["\n", *reversed(children), embedded] if not _is_inline(node) else [embedded]
        elif kind in ("a", "span", "fragment"):
            waiting += [f" ({_address(node)})" if kind == "a" and _address(node) else "", *reversed(children)]
        else:
            waiting += ["\n", *reversed(children), *([_ITEM] if kind == "li" else []), "\n"]
    yield "".join(line)


def _is_inline(node: JsonObject) -> bool:
    return as_object(node.get("attrs")).get("display-type") in ("inline", "link")


def _embedded(node: JsonObject, kind: str, name: Name) -> str:
    attributes = as_object(node.get("attrs"))
    if kind == "reference":
        is_asset = attributes.get("type") == "asset"
        uid = text(attributes.get("asset-uid" if is_asset else "entry-uid"))
        words = "".join(text(one.get("text")) for one in objects(node.get("children")))
        shown = name("" if is_asset else text(attributes.get("content-type-uid")), uid)
        return f"{words} [{shown}]" if words.strip() and _is_inline(node) else f"[{shown}]"
    return f"[{text(attributes.get('url'))}]" if kind in ("img", "embed") else ""


def _address(node: JsonObject) -> str:
    return text(as_object(node.get("attrs")).get("url"))


def html_words(value: str) -> str:
    """The words of HTML, a block a line."""
    broken = _BREAK.sub("\n", _LIST_ITEM.sub(_ITEM, value))
    lines = (" ".join(line.split()) for line in unescape(_TAG.sub("", broken)).splitlines())
    return "\n".join(filter(None, lines))


def marks_of(value: Json) -> str:
    """How the words of a node are marked, where nothing else of them changed."""
    node = as_object(value)
    return ", ".join(mark for mark in _MARKS if node.get(mark) is True) or "plain"


def children_of(value: Json) -> list[Json]:
    return as_list(as_object(value).get("children"))
