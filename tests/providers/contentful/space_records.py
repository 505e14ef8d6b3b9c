"""Objects of a space as the service answers them, for tests of what needs no service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory_records import MemoryRecords

from stackferry.model import JsonObject, Record, Stream
from stackferry.providers.contentful.kinds import record_key, sys_id

if TYPE_CHECKING:
    from stackferry.model import Json


def link(of_type: str, uid: str) -> JsonObject:
    return {"sys": {"type": "Link", "linkType": of_type, "id": uid}}


class SpaceRecords(MemoryRecords):
    """The records of one environment, each in its stream, as an export stages them."""

    def add(self, kind: str, body: JsonObject, content_type: str = "") -> JsonObject:
        """Put a record under the key that an export gives it."""
        uid, number = record_key(kind, body)
        self.put_record(Stream(kind, content_type), Record(uid, body, number))
        return body

    def document(self, uid: str, content_type: str = "page", **fields: Json) -> JsonObject:
        """An entry that is a draft; `fields` by name, each with its values by locale."""
        of_type = link("ContentType", content_type)
        body: JsonObject = {"sys": {"id": uid, "type": "Entry", "version": 1, "contentType": of_type}}
        return self.add("entries", {**body, "fields": {**fields}}, content_type)

    def release(
        self,
        uid: str,
        title: str,
        *items: str,
        generation: str = "Release.v1",
        made: str = "2030-01-01T00:00:00Z",
    ) -> JsonObject:
        """A release; `items` are ids of entries."""
        links: list[Json] = [link("Entry", one) for one in items]
        if generation != "Release.v1":
            links = [{"entity": one, "action": "publish"} for one in links]
        facts: JsonObject = {"id": uid, "type": "Release", "schemaVersion": generation, "createdAt": made}
        entities: JsonObject = {"sys": {"type": "Array"}, "items": links}
        return self.add("releases", {"sys": facts, "title": title, "entities": entities})

    def named(self, kind: str, uid: str, name: str, **more: Json) -> JsonObject:
        """An object with an id and a name."""
        return self.add(kind, {"sys": {"id": uid}, "name": name, **more})

    def ids(self, kind: str) -> list[str]:
        return [sys_id(row) for row in self.objects(Stream(kind))]
