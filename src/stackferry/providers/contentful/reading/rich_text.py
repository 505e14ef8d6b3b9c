"""Rich text as text: a paragraph a line, lists with a mark, what is embedded by its title. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject

    Name = Callable[[Json], str]
    """The title of what a link names."""

_INLINE: Final = frozenset(
    ("text", "hyperlink", "entry-hyperlink", "asset-hyperlink", "embedded-entry-inline")
)


def is_node(value: Json) -> bool:
    """Whether it is a node of a rich text, or a whole one."""
    return isinstance(value, dict) and isinstance(value.get("nodeType"), str)


def rich_words(value: Json, name: Name) -> str:
    """The words of a rich text, of a node, or of several."""
    nodes = objects(value) if isinstance(value, list) else [as_object(value)]
    return "\n".join(line for line in _lines(nodes, name) if line.strip())


def _lines(nodes: list[JsonObject], name: Name) -> Iterator[str]:
    """Blocks are lines of their own. A stack of nodes: depth is not bounded."""
    line: list[str] = []
    waiting: list[JsonObject | str] = [*reversed(nodes)]
    while waiting:
        node = waiting.pop()
        if node == "\n":
            yield "".join(line)
            line = []
        elif isinstance(node, str):
            line.append(node)
        else:
            waiting += _parts(node, name)
    yield "".join(line)


def _parts(node: JsonObject, name: Name) -> Iterator[JsonObject | str]:
    """What a node consists of, last first: words, line breaks, nodes."""
    kind, target = text(node.get("nodeType")), nested(node, "data", "target")
    is_inline = kind in _INLINE
    if kind == "text":
        yield text(node.get("value"))
        return
    if not is_inline:
        yield "\n"
    if target is not None:
        yield f"[{name(target)}]"
    elif address := text(nested(node, "data", "uri")):
        yield f" ({address})"
    yield from reversed(objects(node.get("content")))
    if kind == "list-item":
        yield "• "
    if not is_inline and kind != "paragraph":
        yield "\n"


def marks_of(value: Json) -> str:
    """How the words of a node are marked, where nothing else of them changed."""
    return ", ".join(text(mark.get("type")) for mark in objects(as_object(value).get("marks"))) or "plain"
