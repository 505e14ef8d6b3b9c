"""The taxonomy of an organization: concepts, and the schemes that group them. All of its spaces share it.

Membership lies in the scheme; a concept's `conceptSchemes` is derived of it, and ignored when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, problem
from stackferry.emulators.contentful.call import find, no_content, row_version, without_sys
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.json_patch import patched
from stackferry.emulators.contentful.listing import Source, cursor_answer
from stackferry.emulators.contentful.routes.rows import ORGANIZATION, new_row, updated_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.environment import Rows
    from stackferry.model import Json, JsonObject

_CONCEPT: JsonObject = {
    "uri": None, "altLabels": {}, "hiddenLabels": {}, "definition": None, "editorialNote": None, "historyNote": None,
    "example": None, "note": None, "scopeNote": None, "notations": [], "broader": [], "related": [],
}  # fmt: skip
_SCHEME: JsonObject = {"uri": None, "definition": None, "topConcepts": [], "concepts": []}


def _ids(value: Json) -> list[str]:
    return [text(nested(one, "sys", "id")) for one in objects(value)]


@dataclass(frozen=True, slots=True)
class Kind:
    """Concepts or schemes: both are listed, got and written alike."""

    type: str
    path: str
    table: Callable[[Call], Rows]
    check: Callable[[Call, JsonObject, str], None]
    defaults: JsonObject
    show: Callable[[Call, JsonObject], JsonObject]

    def list(self, call: Call) -> Answer:
        return self.listed(call, self.table(call).values)

    def listed(self, call: Call, rows: Callable[[], Iterable[JsonObject]]) -> Answer:
        return cursor_answer(call, Source(rows, lambda row: row, lambda row: self.show(call, row), order=""))

    def get(self, call: Call) -> Answer:
        return Answer(self.show(call, self.found(call)))

    def found(self, call: Call) -> JsonObject:
        return find(self.table(call), call.args["concept"], self.type)

    def total(self, call: Call) -> Answer:
        return Answer({"total": len(self.table(call))})

    def post(self, call: Call) -> Answer:
        return self._create(call, call.service.new_id())

    def put(self, call: Call) -> Answer:
        before = self.table(call).get(call.args["concept"])
        if before is not None:
            return self._write(call, before, call.json())
        if call.version:
            call.check_version(0)
        return self._create(call, call.new_id("concept"))

    def patch(self, call: Call) -> Answer:
        before = self.found(call)
        return self._write(call, before, as_object(patched(without_sys(before), call.json_or_none())))

    def _create(self, call: Call, uid: str) -> Answer:
        body = self._stored(call, call.json(), uid)
        self.table(call)[uid] = new_row(call, self.type, uid, body)
        return Answer(self.show(call, self.table(call)[uid]), 201)

    def _write(self, call: Call, before: JsonObject, body: JsonObject) -> Answer:
        call.check_version(row_version(before))
        uid = text(nested(before, "sys", "id"))
        self.table(call)[uid] = updated_row(call, before, self._stored(call, body, uid))
        return Answer(self.show(call, self.table(call)[uid]))

    def _stored(self, call: Call, body: JsonObject, uid: str) -> JsonObject:
        kept = {name: value for name, value in body.items() if name in self.defaults or name == "prefLabel"}
        stored = {**self.defaults, **kept}
        if not as_object(stored.get("prefLabel")):
            raise invalid([problem("required", ["prefLabel"], 'The property "prefLabel" is required here')])
        self.check(call, stored, uid)
        return stored

    def delete(self, call: Call) -> Answer:
        call.check_version(row_version(self.found(call)))
        uid = call.args["concept"]
        del self.table(call)[uid]
        if self.type == "TaxonomyConcept":
            _forget(call, uid)
        return no_content()


def _forget(call: Call, uid: str) -> None:
    """A concept that is deleted leaves schemes and other concepts."""
    for rows, names in (
        (call.organization.concepts, ("broader", "related")),
        (call.organization.concept_schemes, ("concepts", "topConcepts")),
    ):
        for row in rows.values():
            for name in names:
                row[name] = [one for one in objects(row.get(name)) if nested(one, "sys", "id") != uid]


def _check_concept(call: Call, body: JsonObject, uid: str) -> None:
    """Broader concepts exist, and lead in no circle; related ones exist, by the switch."""
    known = call.organization.concepts
    names = ["broader", "related"] if call.switches.taxonomy_links == "checked" else ["broader"]
    problems = [
        problem("notResolvable", [name, number], f"There is no concept {other!r}.", value=other)
        for name in names
        for number, other in enumerate(_ids(body.get(name)))
        if other not in known
    ]
    if problems:
        raise invalid(problems, "UnresolvedLinks")
    _check_no_circle(known, body, uid)


def _check_no_circle(known: dict[str, JsonObject], body: JsonObject, uid: str) -> None:
    above = _ids(body.get("broader"))
    seen: set[str] = set()
    while above:
        at = above.pop()
        if at == uid:
            raise invalid([problem("cycle", ["broader"], "A concept cannot be broader than itself.")])
        if at not in seen:
            seen.add(at)
            above += _ids(known[at].get("broader"))


def _check_scheme(call: Call, body: JsonObject, uid: str) -> None:
    """Its concepts exist, and its top concepts are among them."""
    del uid
    members = _ids(body.get("concepts"))
    problems = [
        problem("notResolvable", ["concepts"], f"There is no concept {one!r}.", value=one)
        for one in members
        if one not in call.organization.concepts
    ]
    problems += [
        problem("in", ["topConcepts"], f"The top concept {one!r} is no concept of the scheme.", value=one)
        for one in _ids(body.get("topConcepts"))
        if one not in members
    ]
    if problems:
        raise invalid(problems)


def _show_concept(call: Call, row: JsonObject) -> JsonObject:
    uid = text(nested(row, "sys", "id"))
    schemes = call.organization.concept_schemes.items()
    named = [
        link("TaxonomyConceptScheme", key) for key, scheme in schemes if uid in _ids(scheme.get("concepts"))
    ]
    return {**row, "conceptSchemes": [*named]}


def _show_scheme(call: Call, row: JsonObject) -> JsonObject:
    del call
    return {**row, "totalConcepts": len(_ids(row.get("concepts")))}


CONCEPTS = Kind(
    "TaxonomyConcept",
    f"{ORGANIZATION}/taxonomy/concepts",
    lambda call: call.organization.concepts,
    _check_concept,
    _CONCEPT,
    _show_concept,
)
SCHEMES = Kind(
    "TaxonomyConceptScheme",
    f"{ORGANIZATION}/taxonomy/concept-schemes",
    lambda call: call.organization.concept_schemes,
    _check_scheme,
    _SCHEME,
    _show_scheme,
)


def _ancestors(call: Call) -> Answer:
    return CONCEPTS.listed(call, lambda: _closure(call, lambda row, _: _ids(row.get("broader"))))


def _descendants(call: Call) -> Answer:
    def below(row: JsonObject, rows: Rows) -> list[str]:
        uid = nested(row, "sys", "id")
        return [key for key, other in rows.items() if uid in _ids(other.get("broader"))]

    return CONCEPTS.listed(call, lambda: _closure(call, below))


def _closure(call: Call, step: Callable[[JsonObject, Rows], list[str]]) -> list[JsonObject]:
    rows, found = call.organization.concepts, list[str]()
    waiting = step(CONCEPTS.found(call), rows)
    while waiting:
        uid = waiting.pop(0)
        if uid not in found:
            found.append(uid)
            waiting += step(rows[uid], rows)
    return [rows[uid] for uid in found]


def _routes(kind: Kind) -> tuple[Route[Call], ...]:
    one = f"{kind.path}/{{concept}}"
    return (
        Route("GET", kind.path, kind.list),
        Route("POST", kind.path, kind.post),
        Route("GET", f"{kind.path}/total", kind.total),
        Route("GET", one, kind.get),
        Route("PUT", one, kind.put),
        Route("PATCH", one, kind.patch),
        Route("DELETE", one, kind.delete),
    )


ROUTES = (
    *_routes(CONCEPTS),
    *_routes(SCHEMES),
    Route("GET", f"{CONCEPTS.path}/{{concept}}/ancestors", _ancestors),
    Route("GET", f"{CONCEPTS.path}/{{concept}}/descendants", _descendants),
)
