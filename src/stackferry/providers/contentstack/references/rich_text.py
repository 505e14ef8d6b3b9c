"""References inside texts: JSON rich text, HTML rich text, markdown.

What happens when a target is gone, so that nothing else changes:
- JSON: an embedded entry, asset or image goes with its node; a link goes but its children stay; of any other
  node only the attribute goes. A node left without children gets the empty text that the editor needs.
- HTML: the attribute that names the target goes; the element and its content stay.
- Markdown: the address goes; the text around it stays, brackets included.

Sources: the API page "Create an entry with JSON RTE"; the editors' own output for `redactor-attributes` and
the `data-sys-…` attributes. This module must never parse or print a document: it looks, and describes edits.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.contentstack.references.asset_urls import keep_query
from stackferry.providers.contentstack.references.html_attributes import elements
from stackferry.providers.contentstack.references.json_edits import Drop, Put, Splice, Unwrap
from stackferry.providers.contentstack.references.model import (
    FoundReference,
    Reference,
    ReferenceKind,
    pointer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.asset_urls import AssetUrl, AssetUrlFinder
    from stackferry.providers.contentstack.references.html_attributes import Attribute
    from stackferry.providers.contentstack.references.json_edits import Edit, Path

_NAMES: Final = {
    "entry-uid": ReferenceKind.ENTRY,
    "data-sys-entry-uid": ReferenceKind.ENTRY,
    "data-sys-entry-locale": ReferenceKind.LOCALE,
    "asset-uid": ReferenceKind.ASSET,
    "asset_uid": ReferenceKind.ASSET,
    "data-sys-asset-uid": ReferenceKind.ASSET,
}
_CONTENT_TYPE: Final = ("content-type-uid", "data-sys-content-type-uid")
_EMBEDDED: Final = frozenset({"reference", "img"})
_EMPTY_TEXT: Final[JsonObject] = {"text": ""}


def json_references(
    urls: AssetUrlFinder, value: Json, path: Path, *, mandatory: bool
) -> Iterator[FoundReference]:
    """The references of a JSON rich text (or a list of them), parents before children, in order."""
    mandatory = mandatory and not _has_text(value)
    for node, at, is_root in _nodes(value, path):
        yield from _node_slots(urls, node, at, is_root=is_root, mandatory=mandatory)


def _nodes(value: Json, path: Path) -> Iterator[tuple[JsonObject, Path, bool]]:
    roots = value if isinstance(value, list) else [value]
    pending: list[tuple[Json, Path, bool]] = [
        (root, (*path, index) if isinstance(value, list) else path, True) for index, root in enumerate(roots)
    ]
    pending.reverse()
    while pending:
        node, at, is_root = pending.pop()
        if isinstance(node, dict):
            yield node, at, is_root
            children = node.get("children")
            if isinstance(children, list):
                inner = [(child, (*at, "children", index), False) for index, child in enumerate(children)]
                pending += reversed(inner)


def _has_text(value: Json) -> bool:
    return any(isinstance(text := node.get("text"), str) and text.strip() for node, _, _ in _nodes(value, ()))


def _node_slots(
    urls: AssetUrlFinder, node: JsonObject, path: Path, *, is_root: bool, mandatory: bool
) -> Iterator[FoundReference]:
    attrs = node.get("attrs")
    if not isinstance(attrs, dict):
        return
    content_type = _first_text(attrs)
    gone = _node_gone(node, attrs, path, is_root=is_root)
    for name, value, at in _attributes(attrs, (*path, "attrs")):
        kind = _NAMES.get(name) or (
            ReferenceKind.LOCALE if name == "locale" and "entry-uid" in attrs else None
        )
        drop = gone if gone and kind is not ReferenceKind.LOCALE else Drop(at)
        if kind:
            of = content_type if kind is ReferenceKind.ENTRY else ""
            yield FoundReference(
                Reference(kind=kind, uid=value, content_type=of, path=pointer(at), mandatory=mandatory),
                partial(Put, at),
                drop,
            )
        elif found := urls.whole(value):
            yield asset_url_reference(found, at, drop, mandatory=mandatory)


def _first_text(attrs: JsonObject) -> str:
    names = [attrs.get(name) for name in _CONTENT_TYPE]
    return next((name for name in names if isinstance(name, str)), "")


def _node_gone(node: JsonObject, attrs: JsonObject, path: Path, *, is_root: bool) -> Edit | None:
    if node.get("type") != "a" and node.get("type") not in _EMBEDDED:
        return None
    if is_root:
        return Put(path, None)
    if node.get("type") == "a" or attrs.get("display-type") == "link":
        return Unwrap(path, _EMPTY_TEXT)
    return Drop(path, _EMPTY_TEXT)


def _attributes(attrs: JsonObject, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Every text among the attributes; HTML that was converted keeps its own under `redactor-attributes`."""
    pending = [(attrs, path)]
    while pending:
        members, at = pending.pop()
        for name, value in members.items():
            if isinstance(value, str) and value:
                yield name, value, (*at, name)
            elif isinstance(value, dict):
                pending.append((value, (*at, name)))


def asset_url_reference(found: AssetUrl, path: Path, drop: Edit, *, mandatory: bool) -> FoundReference:
    """An address that is the whole value at `path`."""
    return FoundReference(
        Reference(
            kind=ReferenceKind.ASSET_URL,
            uid=found.uid,
            path=pointer(path),
            mandatory=mandatory,
            url=found.url,
        ),
        lambda url: Put(path, keep_query(found.url, url)),
        drop,
    )


def html_references(urls: AssetUrlFinder, text: str, path: Path) -> Iterator[FoundReference]:
    """The references of an HTML rich text, in order. None is mandatory: only attributes can go."""
    for element in elements(text):
        types = [attribute.value for attribute in element if attribute.name in _CONTENT_TYPE]
        for attribute in element:
            kind = _NAMES.get(attribute.name)
            if kind and attribute.value:
                of = types[0] if types and kind is ReferenceKind.ENTRY else ""
                reference = Reference(kind=kind, uid=attribute.value, content_type=of, path=pointer(path))
                yield FoundReference(
                    reference, partial(_attribute_value, path, attribute), _without(path, attribute)
                )
            elif not kind:
                yield from _attribute_urls(urls, path, attribute)


def _attribute_value(path: Path, attribute: Attribute, value: str) -> Edit:
    return Splice(path, attribute.value_start, attribute.value_end, attribute.quoted(value))


def _without(path: Path, attribute: Attribute) -> Edit:
    return Splice(path, attribute.start, attribute.end, "")


def _attribute_urls(urls: AssetUrlFinder, path: Path, attribute: Attribute) -> Iterator[FoundReference]:
    """Any attribute may hold an address: `src`, `href`, `srcset`, `style`, `data-sys-asset-filelink` …"""
    if found := urls.whole(attribute.value):
        reference = Reference(kind=ReferenceKind.ASSET_URL, uid=found.uid, path=pointer(path), url=found.url)
        yield FoundReference(
            reference,
            lambda url: _attribute_value(path, attribute, keep_query(reference.url, url)),
            _without(path, attribute),
        )
        return
    for inner in urls.inside(attribute.value):
        yield _span_slot(inner, path, attribute.value_start, attribute.quoted, mandatory=False)


def markdown_references(
    urls: AssetUrlFinder, text: str, path: Path, *, mandatory: bool
) -> Iterator[FoundReference]:
    """The asset addresses in a markdown text, in order."""
    for found in urls.inside(text):
        alone = mandatory and found.url == text.strip()
        yield _span_slot(found, path, 0, str, mandatory=alone)


def _span_slot(
    found: AssetUrl, path: Path, offset: int, quoted: Callable[[str], str], *, mandatory: bool
) -> FoundReference:
    start, end = found.start + offset, found.end + offset
    return FoundReference(
        Reference(
            kind=ReferenceKind.ASSET_URL,
            uid=found.uid,
            path=pointer(path),
            mandatory=mandatory,
            url=found.url,
        ),
        lambda url: Splice(path, start, end, quoted(keep_query(found.url, url))),
        Splice(path, start, end, ""),
    )
