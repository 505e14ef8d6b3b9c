"""Where what extensions keep beside entries and assets will be live when a dry run's writes were sent. Pure.

A call that publishes an object alone takes its records along, one in bulk does not.
API pages: "Publish an entry"; "CMA | Metadata".
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.kinds import METADATA
from stackferry.providers.contentstack.target_names import (
    target_document,
    target_environment,
    target_locale,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.importing.described.requests import Sent
    from stackferry.providers.target import ImportContext


class TakenAlong:
    """The records of one dry run, as the writes so far leave them."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        # Uid of the object or the record, order of the calls, language of the records, place, whether it is shown.
        self._calls = context.scratch.table(6)
        self._count = 0

    def publish(self, sent: Sent) -> None:
        """Remember a call that publishes one entry, asset or record, or takes it down."""
        if sent.path[0] == "bulk" or sent.body.get("scheduled_at"):
            return
        where = sent.under("entry") or sent.under("asset") or sent.under("metadata")
        own = text(sent.body.get("locale"))
        locales = texts(as_list(where.get("locales"))) or [own]
        for name, locale in product(texts(as_list(where.get("environments"))), locales):
            self._count += 1
            of = "" if sent.path[0] == METADATA.name else own or locale
            place = (self._environments().get(name, name), locale)
            self._calls.add([(sent.uid, self._count, of, *place, int(sent.ends == "publish"))])

    def listed(self) -> JsonObject:
        """The records of the snapshot and of the target, as the target will list them."""
        return {METADATA.list_key: [*self._rows()]}

    def _rows(self) -> Iterator[Json]:
        ours: set[str] = set()
        for row in included_rows(self._context):
            uid = self._context.identity.target(METADATA.name, text(row.get("uid")))
            if uid is not None:
                ours.add(uid)
                entity = target_document(self._context, text(row.get("entity_uid"))) or ""
                locale = target_locale(self._context, text(row.get("locale")))
                yield {"uid": uid, "publish_details": self._details(uid, entity, locale)}
        for row in self._context.target.objects(Stream(METADATA.name)):
            uid, entity = text(row.get("uid")), text(row.get("entity_uid"))
            if uid not in ours:
                yield {"uid": uid, "publish_details": self._details(uid, entity, text(row.get("locale")))}

    def _details(self, uid: str, entity: str, locale: str) -> list[Json]:
        held = as_object(self._context.target.get(Stream(METADATA.name), uid))
        live = {_place(one): True for one in objects(held.get("publish_details"))}
        calls = sorted([*self._calls.of(uid), *self._calls.of(entity)], key=lambda call: int(call[1]))
        for _, _, of, environment, code, is_shown in calls:
            if of in ("", locale):
                live[text(environment), text(code)] = bool(is_shown)
        return [{"environment": one, "locale": code} for (one, code), is_live in live.items() if is_live]

    def _environments(self) -> dict[str, str]:
        """The target's environments, those among them that the import will make: uids by name."""
        rows = self._context.source.objects(Stream("environments"))
        names = {
            text(row.get("uid")): target_environment(self._context, text(row.get("uid"))) for row in rows
        }
        made = {
            name: self._context.identity.target("environments", uid) or name for uid, name in names.items()
        }
        held = self._context.target.objects(Stream("environments"))
        return {**made, **{text(row.get("name")): text(row.get("uid")) for row in held}}


def _place(one: JsonObject) -> tuple[str, str]:
    return text(one.get("environment")), text(one.get("locale"))
