"""Concepts and schemes of the organization, which all of its spaces share. Pure.

What is missing is made; what is there stays as it is, unless `--taxonomy update` asks for more. Broader concepts come
first. Related ones may lead in a circle: a service that wants them to be there gets them in a second write.
Memberships lie in the scheme; what a concept says of them is derived. API page: "Taxonomy".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, objects
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.objects import (
    REDUCED,
    ObjectWrite,
    Payload,
    content_of,
    held_row,
    write_object,
)
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.stored import checked, holds
from stackferry.providers.contentful.importing.versions import named, pair, version_now
from stackferry.providers.contentful.kinds import CONCEPT_SCHEMES, CONCEPTS, link_id, sys_id
from stackferry.providers.contentful.options import write_options
from stackferry.providers.contentful.requests.objects import get_object, put_object
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

DERIVED: Final = ("conceptSchemes", "narrower", "totalConcepts")
_NO_ORGANIZATION: Final = (
    "the token cannot see the organization of the target's space: no taxonomy was imported"
)


class TaxonomyPlan:
    """The taxonomy of one import. `root` names the organization, if the target says it."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._may_update = write_options(context.options).update_taxonomy

    def concepts(self) -> Steps:
        """Every concept, after those that it is narrower than."""
        if not self._root.organization:
            yield from self._not_imported(CONCEPTS)
            return
        rows = {sys_id(row): row for row in self._rows(CONCEPTS)}
        for uid in _broader_first(rows):
            yield write_object(self._context, self._root, self._concept(uid, rows[uid]))

    def _not_imported(self, kind: Kind) -> Steps:
        """The gap of all objects of a kind, where there are any."""
        if self._context.options.includes(kind.name) and any(self._rows(kind)):
            yield report(f"taxonomy/{kind.name}", [Gap(kind=kind.name, uid="*", reason=_NO_ORGANIZATION)])

    def _rows(self, kind: Kind) -> Iterator[JsonObject]:
        return self._context.source.objects(Stream(kind.name))

    def _concept(self, uid: str, row: JsonObject) -> ObjectWrite:
        return ObjectWrite(
            kind=CONCEPTS,
            uid=uid,
            payload=lambda _: Payload(content_of(row, *DERIVED)),
            after=[f"{CONCEPTS.name}/{link_id(one)}" for one in objects(row.get("broader"))],
            stays=not self._may_update,
            overwrites=self._may_update,
            reduced=partial(self._without_later, row) if as_list(row.get("related")) else None,
            shown=lambda held: content_of(held, *DERIVED),
        )

    def _without_later(self, row: JsonObject) -> Payload:
        """A concept without the related ones that are not there yet."""
        known = [one for one in objects(row.get("related")) if self._is_there(link_id(one))]
        return Payload({**content_of(row, *DERIVED), "related": [*known]})

    def _is_there(self, uid: str) -> bool:
        return (
            self._context.identity.target(CONCEPTS.name, uid) is not None
            or held_row(self._context, CONCEPTS, uid) is not None
        )

    def related(self) -> Steps:
        """The concepts that were made without all of their related ones, once more."""
        for row in self._rows(CONCEPTS):
            uid = sys_id(row)
            if self._context.identity.target(REDUCED, f"{CONCEPTS.name}/{uid}") is not None:
                yield self._complete(uid, content_of(row, *DERIVED))

    def _complete(self, uid: str, body: JsonObject) -> Write:
        key = f"{CONCEPTS.name}/{uid}"

        def build() -> PreparedWrite:
            version = version_now(self._context.identity, key, None) or 0
            request = put_object(self._root, CONCEPTS, uid, body, version=version)
            return PreparedWrite(request=request, note={"version": version})

        return checked(
            Write(
                key=f"{key}/related",
                kind=CONCEPTS.name,
                build=build,
                read=lambda answer: WriteResult(identities=[pair(key, version_of(named(answer, uid)))]),
                failed=Gap(kind=CONCEPTS.name, uid=uid, path="/related", reason="the target refused it"),
                probe=lambda _: Probe(
                    request=get_object(self._root, CONCEPTS, uid),
                    found=lambda row: [row] if row and holds(row, body) else [],
                    required_key="sys",
                ),
                optional=True,
            )
        )

    def schemes(self) -> Steps:
        """Every scheme, with its members."""
        if not self._root.organization:
            yield from self._not_imported(CONCEPT_SCHEMES)
            return
        for row in self._rows(CONCEPT_SCHEMES):
            yield write_object(self._context, self._root, self._scheme(row))

    def _scheme(self, row: JsonObject) -> ObjectWrite:
        return ObjectWrite(
            kind=CONCEPT_SCHEMES,
            uid=sys_id(row),
            payload=lambda _: Payload(content_of(row, *DERIVED)),
            stays=not self._may_update,
            overwrites=self._may_update,
            shown=lambda held: content_of(held, *DERIVED),
        )


def _broader_first(rows: dict[str, JsonObject]) -> Iterator[str]:
    """The ids of concepts, each after those that it is narrower than. A circle ends where it began."""
    done: set[str] = set()
    for first in rows:
        waiting = [first]
        while waiting:
            uid = waiting[-1]
            above = [link_id(one) for one in objects(rows[uid].get("broader"))]
            new = [one for one in above if one in rows and one not in done and one not in waiting]
            if uid not in done and new:
                waiting += new
                continue
            waiting.pop()
            if uid not in done:
                done.add(uid)
                yield uid
