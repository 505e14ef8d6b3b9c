"""References inside texts: JSON rich text, HTML rich text, markdown.

What is taken out when a target does not exist, so that nothing else changes:
- JSON: an embedded entry, asset or image goes with its node; of a link only the link goes, its children stay; of any
  other node only the attribute goes. A node left without children gets the empty text that the editor needs.
- HTML: the attribute that names the target goes; the element and its content stay.
- Markdown: the address goes; the text around it stays, brackets included.

API pages: "Create an entry" (scenario 3), "Create an entry with JSON RTE"; the names that no page lists
(`redactor-attributes`, `data-sys-…`) are the editors' own output in real stacks. This module must never parse a whole
document or print one: it describes edits.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, text
from stackferry.providers.contentstack.references.asset_urls import keep_query
from stackferry.providers.contentstack.references.html_attributes import STYLE, find_attributes
from stackferry.providers.contentstack.references.json_edits import Drop, Put, Splice, Unwrap
from stackferry.providers.contentstack.references.model import (
    FoundReference,
    Reference,
    ReferenceKind,
    pointer,
    value_reference,
)
from stackferry.providers.contentstack.references.source_uids import uids_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.asset_urls import AssetUrl, AssetUrlFinder
    from stackferry.providers.contentstack.references.html_attributes import Attribute
    from stackferry.providers.contentstack.references.json_edits import Edit, Path

# The attributes that name something, in JSON nodes and in HTML.
_ATTRIBUTES: Final = {
    "entry-uid": ReferenceKind.ENTRY,
    "data-sys-entry-uid": ReferenceKind.ENTRY,
    "data-sys-entry-locale": ReferenceKind.LOCALE,
    "asset-uid": ReferenceKind.ASSET,
    "asset_uid": ReferenceKind.ASSET,
    "data-sys-asset-uid": ReferenceKind.ASSET,
}
_CONTENT_TYPE: Final = ("content-type-uid", "data-sys-content-type-uid")
_EMBEDDED: Final = frozenset({"reference", "img"})  # nodes that are nothing without their target
# "The children block should be added … to help point the cursor"
_EMPTY_TEXT: Final[JsonObject] = {"text": ""}


def json_references(
    urls: AssetUrlFinder, value: Json, path: Path, *, mandatory: bool
) -> Iterator[FoundReference]:
    """The references of a JSON rich text (or a list of them), parents before children, in order.

    A mandatory text counts as filled while it holds any letter, so only without one are its references mandatory.
    """
    mandatory = mandatory and not any(text(node.get("text")).strip() for node, _, _ in _nodes(value, ()))
    for node, at, is_root in _nodes(value, path):
        yield from _node_references(urls, node, at, is_root=is_root, mandatory=mandatory)


def _nodes(value: Json, path: Path) -> Iterator[tuple[JsonObject, Path, bool]]:
    """Every node, its path and whether it is a root; depth first without recursion."""
    roots = value if isinstance(value, list) else [value]
    pending: list[tuple[Json, Path, bool]] = [
        (root, (*path, index) if isinstance(value, list) else path, True) for index, root in enumerate(roots)
    ]
    pending.reverse()
    while pending:
        node, at, is_root = pending.pop()
        if isinstance(node, dict):
            yield node, at, is_root
            children = enumerate(as_list(node.get("children")))
            inner: list[tuple[Json, Path, bool]] = [
                (child, (*at, "children", index), False) for index, child in children
            ]
            pending += reversed(inner)


def _node_references(
    urls: AssetUrlFinder, node: JsonObject, path: Path, *, is_root: bool, mandatory: bool
) -> Iterator[FoundReference]:
    attrs = as_object(node.get("attrs"))
    names = (attrs.get(name) for name in _CONTENT_TYPE)
    content_type = next((name for name in names if isinstance(name, str)), "")
    remove_node = _removal_of_node(node, attrs, path, is_root=is_root)
    for name, value, at in _text_attributes(attrs, (*path, "attrs")):
        kind = _ATTRIBUTES.get(name)
        if name == "locale" and "entry-uid" in attrs:  # on other nodes it is a plain attribute
            kind = ReferenceKind.LOCALE
        remove = remove_node if remove_node and kind is not ReferenceKind.LOCALE else Drop(at)
        if kind:
            type_uid = content_type if kind is ReferenceKind.ENTRY else ""
            yield value_reference(kind, value, at, remove, content_type=type_uid, mandatory=mandatory)
        elif url := urls.match(value):
            yield asset_url_reference(url, at, remove, mandatory=mandatory)
        else:  # a style, or what only a plugin of the editor understands
            yield from embedded_references(urls, value, at)


def embedded_references(urls: AssetUrlFinder, value: str, path: Path) -> Iterator[FoundReference]:
    """The addresses and the uids in a text that no author wrote: a uid alone, in a longer text, in JSON as a text."""
    addresses = [*urls.find_all(value)]
    for url in addresses:
        yield _url_in_text(url, path, 0, str, mandatory=False)
    for uid, start, end in uids_in(value):
        if not any(url.start <= start < url.end for url in addresses):
            reference = Reference(kind=ReferenceKind.OBJECT, uid=uid, path=pointer(path))
            yield FoundReference(reference, partial(Splice, path, start, end), Splice(path, start, end, ""))


def _removal_of_node(node: JsonObject, attrs: JsonObject, path: Path, *, is_root: bool) -> Edit | None:
    """The edit that takes out a link or an embedded object; None for a node that stays without its attribute."""
    is_link = node.get("type") == "a"
    if not is_link and node.get("type") not in _EMBEDDED:
        return None
    if is_root:  # a document that consists of the reference: the field becomes empty
        return Put(path, None)
    if is_link or attrs.get("display-type") == "link":
        return Unwrap(path, _EMPTY_TEXT)
    return Drop(path, _EMPTY_TEXT)


def _text_attributes(attrs: JsonObject, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Every text among the attributes; HTML that was converted keeps its own under `redactor-attributes`."""
    pending: list[tuple[Json, Path]] = [(attrs, path)]
    while pending:
        holder, at = pending.pop()
        members = holder.items() if isinstance(holder, dict) else enumerate(as_list(holder))
        for name, value in members:
            if isinstance(value, str) and value:
                yield str(name), value, (*at, name)
            elif isinstance(value, dict | list):
                pending.append((value, (*at, name)))


def asset_url_reference(url: AssetUrl, path: Path, remove: Edit, *, mandatory: bool) -> FoundReference:
    """An address that is the whole value at `path`."""
    reference = _url_reference(url, path, mandatory=mandatory)
    return FoundReference(reference, lambda new: Put(path, keep_query(url.url, new)), remove)


def _url_reference(url: AssetUrl, path: Path, *, mandatory: bool = False) -> Reference:
    return Reference(
        kind=ReferenceKind.ASSET_URL, uid=url.uid, path=pointer(path), mandatory=mandatory, url=url.url
    )


def html_references(urls: AssetUrlFinder, html: str, path: Path) -> Iterator[FoundReference]:
    """The references of an HTML rich text, in order. None is mandatory: the element stays without its attribute."""
    for element in find_attributes(html):
        # The attributes may come in any order: the content type is looked for before the entry's uid is met.
        types = [attribute.value for attribute in element if attribute.name in _CONTENT_TYPE]
        for attribute in element:
            kind = _ATTRIBUTES.get(attribute.name)
            remove = Splice(path, attribute.start, attribute.end, "")
            if attribute.name == STYLE:  # style sheets of an author, as `style` attributes are
                for url in urls.find_all(attribute.value):
                    yield _url_in_text(url, path, attribute.value_start, str, mandatory=False)
            elif kind and attribute.value:
                type_uid = types[0] if types and kind is ReferenceKind.ENTRY else ""
                at = pointer(path)
                reference = Reference(kind=kind, uid=attribute.value, content_type=type_uid, path=at)
                yield FoundReference(reference, partial(_set_attribute, path, attribute), remove)
            elif not kind:
                yield from _urls_in_attribute(urls, path, attribute, remove)


def _set_attribute(path: Path, attribute: Attribute, value: str) -> Edit:
    return Splice(path, attribute.value_start, attribute.value_end, attribute.quoted(value))


def _urls_in_attribute(
    urls: AssetUrlFinder, path: Path, attribute: Attribute, remove: Edit
) -> Iterator[FoundReference]:
    """Any attribute may hold an address: `src`, `href`, `srcset`, `style`, `data-sys-asset-filelink` …"""
    if url := urls.match(attribute.value):
        old = url.url
        yield FoundReference(
            _url_reference(url, path),
            lambda new: _set_attribute(path, attribute, keep_query(old, new)),
            remove,
        )
        return
    for inner in urls.find_all(attribute.value):  # `srcset` and `style` hold several, among other text
        yield _url_in_text(inner, path, attribute.value_start, attribute.quoted, mandatory=False)


def markdown_references(
    urls: AssetUrlFinder, markdown: str, path: Path, *, mandatory: bool
) -> Iterator[FoundReference]:
    """The asset addresses in a markdown text, in order."""
    for url in urls.find_all(markdown):
        # Without the address the field would be empty.
        is_mandatory = mandatory and url.url == markdown.strip()
        yield _url_in_text(url, path, 0, str, mandatory=is_mandatory)


def _url_in_text(
    url: AssetUrl, path: Path, offset: int, quoted: Callable[[str], str], *, mandatory: bool
) -> FoundReference:
    """An address amid the text at `path`, counted from character `offset` of it."""
    start, end = url.start + offset, url.end + offset
    return FoundReference(
        _url_reference(url, path, mandatory=mandatory),
        lambda new: Splice(path, start, end, quoted(keep_query(url.url, new))),
        Splice(path, start, end, ""),
    )
