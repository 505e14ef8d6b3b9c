"""Concepts and schemes of the organization, as far as the space uses them. Pure.

API pages: "Taxonomy", "Concepts", "Concept schemes". All spaces of the organization share them. A scheme that is used
is kept with all of its concepts, because types allow any of them; a concept with what it is narrower than and related
to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, nested, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.listings import cursor_listing
from stackferry.providers.contentful.exporting.staged import document_of, organization, rows
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.options import read_options
from stackferry.providers.source import LocalRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

UNUSED: Final = "unused taxonomy"  # the note that drops what nothing uses
_CONCEPTS, _SCHEMES = Stream(kinds.CONCEPTS.name), Stream(kinds.CONCEPT_SCHEMES.name)
_USERS: Final = (
    kinds.ENTRIES, kinds.PUBLISHED_ENTRIES, kinds.ENTRY_SNAPSHOTS, kinds.RELEASE_ENTRIES, kinds.ASSETS,
    kinds.PUBLISHED_ASSETS, kinds.RELEASE_ASSETS,
)  # fmt: skip
_TYPES: Final = (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES, kinds.CONTENT_TYPE_SNAPSHOTS)


def taxonomy(root: Root, staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """All concepts and schemes, where something in the space uses any."""
    wants_all = "all" in read_options(options).taxonomy
    if not wants_all and not any(_used(staged)):
        return
    owner = organization(staged)
    if not owner:
        reason = "the space does not say to this token which organization it belongs to"
        gaps = [
            Gap(kind=kind.name, uid="*", reason=reason) for kind in (kinds.CONCEPTS, kinds.CONCEPT_SCHEMES)
        ]
        yield LocalRecords(name=kinds.CONCEPTS.name, gaps=gaps)
        return
    at = root._replace(organization=owner)
    for kind in (kinds.CONCEPTS, kinds.CONCEPT_SCHEMES):
        yield cursor_listing(at, kind, options)


def unused_taxonomy(staged: RecordStore, options: ReadOptions) -> Iterator[Job]:
    """Drops what nothing in the space uses, unless all was asked for."""
    if "all" in read_options(options).taxonomy:
        return
    concepts, schemes = with_related(staged, _used(staged))
    gone = [(_CONCEPTS, sys_id(row)) for row in staged.objects(_CONCEPTS) if sys_id(row) not in concepts]
    gone += [(_SCHEMES, sys_id(row)) for row in staged.objects(_SCHEMES) if sys_id(row) not in schemes]
    if gone:
        yield LocalRecords(name=UNUSED, dropped=gone)


def with_related(staged: RecordStore, used: Iterable[tuple[str, str]]) -> tuple[set[str], set[str]]:
    """The ids of the concepts and of the schemes that are used, with what these bring along.

    `used`: the link type and the id of each.
    """
    found = set(used)
    concepts = {uid for kind, uid in found if kind == "TaxonomyConcept"}
    schemes = {uid for kind, uid in found if kind == "TaxonomyConceptScheme"}
    for row in staged.objects(_SCHEMES):
        members = {*map(link_id, as_list(row.get("concepts")))}
        if sys_id(row) in schemes or members & concepts:
            schemes.add(sys_id(row))
            concepts |= members | {*map(link_id, as_list(row.get("topConcepts")))}
    return _with_concepts_beside(staged, concepts), schemes


def _with_concepts_beside(staged: RecordStore, concepts: set[str]) -> set[str]:
    """The concepts, with those that are broader or related, and so on."""
    waiting = [*concepts]
    while waiting:
        row = staged.get(_CONCEPTS, waiting.pop()) or {}
        beside = (*as_list(row.get("broader")), *as_list(row.get("related")))
        new = {*map(link_id, beside)} - concepts
        concepts |= new
        waiting += new
    return concepts


def _used(staged: RecordStore) -> Iterator[tuple[str, str]]:
    """The link type and the id of each concept and scheme that something in the space names."""
    for kind in _USERS:
        for row in rows(staged, kind):
            yield from metadata_links(document_of(row), "concepts")
    for kind in _TYPES:
        for row in rows(staged, kind):
            yield from metadata_links(document_of(row), "taxonomy")


def metadata_links(document: JsonObject, name: str) -> Iterator[tuple[str, str]]:
    """The link type and the id of each link in a list of a document's metadata."""
    for link in objects(nested(document, "metadata", name)):
        yield text(nested(link, "sys", "linkType")), link_id(link)
