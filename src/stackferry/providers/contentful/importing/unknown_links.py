"""Tags and concepts of documents that the target may lack: where it refuses them, a document goes without. Pure.

A token may not see the taxonomy of an organization, or the snapshot may lack it: then only the service knows. What it
refused once, later imports leave out at once and tell, until the target shows it or `--only entries` asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects
from stackferry.model import Stream
from stackferry.providers.contentful.importing.refused_before import REFUSED_BEFORE, asked_before, taken
from stackferry.providers.contentful.kinds import CONCEPTS, ENTRIES, TAGS, link_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.refused_before import Identities
    from stackferry.providers.target import ImportContext

NO_LINKED: Final = {
    TAGS.name: "the target has no such tag",
    CONCEPTS.name: "the target has no such concept",
}
_MISSING: Final = "missing"  # in place of a digest: nothing else tells one refusal from another
Link = tuple[str, str]  # the kind and the id of a tag or a concept


class UnknownLinks:
    """The tags and concepts of one import that may be missing. Ask with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context

    def was_refused(self, kind: str, uid: str) -> bool:
        """Whether an earlier import was refused this one, and the target does not show it."""
        is_known = self._is_known(kind, uid)
        return not is_known and bool(
            asked_before(self._context, ENTRIES.name, _key((kind, uid)), lambda: _MISSING)
        )

    def without_refused(self, content: JsonObject) -> tuple[JsonObject, list[Link]]:
        """A body without what this import was refused, and what that is."""
        return _without(content, lambda one: bool(self._context.identity.target(REFUSED_BEFORE, _key(one))))

    def without_unknown(self, content: JsonObject) -> tuple[JsonObject, list[Link]]:
        """A body without what nobody knows to be in the target, and what that is."""
        return _without(content, lambda one: not self._is_known(*one))

    def _is_known(self, kind: str, uid: str) -> bool:
        """Whether the target held it, or this import has made it."""
        is_held = self._context.target.get(Stream(kind), uid) is not None
        return is_held or self._context.identity.target(kind, uid) is not None

    def refused(self, links: Iterable[Link]) -> Identities:
        """What is kept of those that a document went without."""
        return [(REFUSED_BEFORE, _key(one), f"{_MISSING} {NO_LINKED[one[0]]}") for one in links]

    def taken(self, content: JsonObject) -> Identities:
        """What is kept of a body that the target took with all of them."""
        return [kept for one in _links(content) for kept in taken(self._context, _key(one))]


def pointer_of(link: Link) -> str:
    """Where a body has a tag or a concept, as gaps name it."""
    kind, uid = link
    return f"/metadata/{kind}/{uid}"


def _links(content: JsonObject) -> Iterator[Link]:
    metadata = as_object(content.get("metadata"))
    for kind in NO_LINKED:
        yield from ((kind, link_id(one)) for one in objects(metadata.get(kind)))


def _without(content: JsonObject, is_cut: Callable[[Link], bool]) -> tuple[JsonObject, list[Link]]:
    cut = [one for one in _links(content) if is_cut(one)]
    if not cut:
        return content, []
    metadata = as_object(content.get("metadata"))
    kept: JsonObject = {
        kind: [one for one in objects(metadata.get(kind)) if (kind, link_id(one)) not in cut]
        for kind in NO_LINKED
        if kind in metadata
    }
    return {**content, "metadata": {**metadata, **kept}}, cut


def _key(link: Link) -> str:
    kind, uid = link
    return f"links to {kind}/{uid}"
