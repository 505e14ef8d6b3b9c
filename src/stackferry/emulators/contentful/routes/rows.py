"""Kinds whose objects are plain records of one table: how they are listed, got, written and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import not_found
from stackferry.emulators.contentful.call import find, no_content, quota, row_version, without_sys
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.show import show_row, show_space_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.environment import Rows
    from stackferry.model import Json, JsonObject

SPACE = "/spaces/{space}"
ENVIRONMENT = f"{SPACE}/environments/{{environment}}"
ORGANIZATION = "/organizations/{organization}"


def new_row(call: Call, kind: str, uid: str, body: JsonObject, **sys: Json) -> JsonObject:
    """A plain record of version 1."""
    stamp = call.stamp
    made: JsonObject = {
        "type": kind,
        "id": uid,
        "version": 1,
        "createdAt": stamp.time,
        "createdBy": stamp.by(),
    }
    made |= {"updatedAt": stamp.time, "updatedBy": stamp.by(), **sys}
    return {**without_sys(body), "sys": made}


def updated_row(call: Call, raw: JsonObject, body: JsonObject) -> JsonObject:
    """The same record with another body, one version later."""
    stamp = call.stamp
    sys: JsonObject = {**as_object(raw["sys"]), "version": row_version(raw) + 1}
    return {**without_sys(body), "sys": {**sys, "updatedAt": stamp.time, "updatedBy": stamp.by()}}


def _same(_: Call, body: JsonObject, __: JsonObject | None) -> JsonObject:
    return body


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of plain records. `prepare` makes of a body what is stored, or refuses it; it is given what was there.

    `ids`: who chooses them; "both" has PUT for the client's and POST for the service's.
    """

    table: str
    type: str
    path: str
    part: str
    prepare: Callable[[Call, JsonObject, JsonObject | None], JsonObject] = _same
    shown: Callable[[Call, JsonObject], JsonObject] = lambda _, raw: raw
    ids: Literal["both", "service", "client"] = "both"
    most: int = 1000
    versioned: bool = True  # an update names the current version
    checked_delete: bool = False  # a deletion does, too
    quota: str = ""

    @property
    def in_space(self) -> bool:
        return "{environment}" not in self.path

    def rows(self, call: Call) -> Rows:
        rows: Rows = getattr(call.space if self.in_space else call.environment, self.table)
        return rows

    def show(self, call: Call, raw: JsonObject) -> JsonObject:
        row = self.shown(call, raw)
        return show_space_row(call, row) if self.in_space else show_row(call, row)

    def find(self, call: Call) -> JsonObject:
        return find(self.rows(call), call.args[self.part], self.type)

    def list(self, call: Call) -> Answer:
        rows = self.rows(call)
        source = Source(
            rows.values, lambda row: row, lambda row: self.show(call, row), order="", most=self.most
        )
        return offset_answer(call, source)

    def get(self, call: Call) -> Answer:
        return Answer(self.show(call, self.find(call)))

    def post(self, call: Call) -> Answer:
        return self._create(call, call.service.new_id())

    def put(self, call: Call) -> Answer:
        raw = self.rows(call).get(call.args[self.part])
        if raw is not None:
            return self._update(call, raw)
        if self.ids == "service":
            raise not_found(self.type, call.args[self.part])
        if call.version:
            call.check_version(0)
        return self._create(call, call.new_id(self.part))

    def _create(self, call: Call, uid: str) -> Answer:
        rows = self.rows(call)
        if self.quota:
            quota(call, rows, self.quota)
        rows[uid] = new_row(call, self.type, uid, self.prepare(call, call.json(), None))
        return Answer(self.show(call, rows[uid]), 201)

    def _update(self, call: Call, raw: JsonObject) -> Answer:
        if self.versioned:
            call.check_version(row_version(raw))
        changed = updated_row(call, raw, self.prepare(call, call.json(), raw))
        self.rows(call)[text(as_object(raw["sys"])["id"])] = changed
        return Answer(self.show(call, changed))

    def delete(self, call: Call) -> Answer:
        raw = self.find(call)
        if self.checked_delete:
            call.check_version(row_version(raw))
        del self.rows(call)[call.args[self.part]]
        return no_content()

    @property
    def routes(self) -> tuple[Route[Call], ...]:
        one = f"{self.path}/{{{self.part}}}"
        routes = [
            Route("GET", self.path, self.list),
            Route("GET", one, self.get),
            Route("PUT", one, self.put),
            Route("DELETE", one, self.delete),
        ]
        if self.ids != "client":
            routes.append(Route("POST", self.path, self.post))
        return tuple(routes)
