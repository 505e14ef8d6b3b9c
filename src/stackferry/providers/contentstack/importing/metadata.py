"""What extensions and apps keep beside entries and assets: written after the objects. Pure.

The service drops it in the body of an entry: only `/metadata` makes it, one record for each object, extension and
language. Where it is published says `publishing/metadata`.
API page: "CMA | Metadata".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.content.metadata import included_rows, with_target_values
from stackferry.providers.contentstack.importing.entries.withheld import because, why_no_entry
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload, write_object
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.source_uids import is_uid
from stackferry.providers.contentstack.target_names import (
    is_same_stack,
    target_branch,
    target_document,
    target_locale,
    target_stack,
)
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext


@dataclass(frozen=True, slots=True)
class MetadataRecord:
    """A record of the source."""

    context: ImportContext
    row: JsonObject

    @property
    def uid(self) -> str:
        return text(self.row.get("uid"))

    @property
    def entity(self) -> str:
        return text(self.row.get("entity_uid"))

    @property
    def extension(self) -> str:
        return text(self.row.get("extension_uid"))

    @property
    def name(self) -> str:
        return f"metadata of {self.row.get('type') or 'asset'} {self.entity} by extension {self.extension}"

    def gap(self, reason: str, path: str = "") -> Gap:
        return Gap(
            kind=METADATA.name,
            uid=self.uid,
            type=text(self.row.get("_content_type_uid")),
            locale=text(self.row.get("locale")),
            path=path,
            reason=f"{self.name}{reason}",
        )

    def target_extension(self) -> str | None:
        """The extension in the target. An app that every stack has in common goes by a uid of another form."""
        own = None if is_uid(self.extension) and not is_same_stack(self.context) else self.extension
        return self.context.identity.target("extensions", self.extension) or own

    def obstacle(self) -> Gap | None:
        """Why it cannot be written."""
        if target_document(self.context, self.entity) is None:
            content_type = text(self.row.get("_content_type_uid"))
            why = why_no_entry(self.context, content_type, self.entity)
            where = "target" if self._is_held() else "snapshot"
            return self.gap(because(f": its object is not in the {where}", why))
        if self.target_extension() is None:
            return self.gap(
                f": not installed in the target; install it and name its uid with --extension {self.extension}=UID"
            )
        return None

    def _is_held(self) -> bool:
        """Whether the snapshot has the object. A service may list metadata of what is deleted."""
        kind, content_type = kind_of_metadata(self.row), text(self.row.get("_content_type_uid"))
        streams = (one for one in self.context.everything.streams() if one.kind == kind)
        own = (one for one in streams if kind == "assets" or one.type == content_type)
        return any(self.context.everything.get(one, self.entity) is not None for one in own)

    def payload(self) -> Payload:
        context, row = self.context, self.row
        body = {name: value for name, value in METADATA.own_fields(row).items() if name != "publish_details"}
        body |= {
            "entity_uid": target_document(context, self.entity),
            "extension_uid": self.target_extension(),
        }
        if "locale" in row:
            body["locale"] = target_locale(context, text(row["locale"]))
        if "refers_to" in row:
            body["refers_to"] = [self._referred(one) for one in objects(row["refers_to"])]
        body, gaps = with_target_values(context, body)
        return Payload(body, [self.gap(f": {one.reason}", one.path) for one in gaps])

    def in_own_branch(self, row: JsonObject) -> JsonObject:
        """The target's record. That of a fork still names the branch that it was made from: that is no difference."""
        if "refers_to" not in row or not is_same_stack(self.context):
            return row
        names = ((one, text(one.get("branch"))) for one in objects(row["refers_to"]))
        return {
            **row,
            "refers_to": [{**one, "branch": target_branch(self.context, name)} for one, name in names],
        }

    def held(self) -> JsonObject | None:
        """The target's record, by what it is about: one that an entry shows inside of it has no uid.

        One of the same uid may be about an object that is gone, which no update changes: the new object has none then.
        """
        body = self.payload().body
        wanted = tuple(text(body.get(name)) for name in METADATA.match_fields)
        matched = self.context.once(matches).row(METADATA.name, self.uid)
        if matched is not None and matched.get("entity_uid") == body["entity_uid"]:
            return matched
        return self.context.once(_held_records).get(wanted)

    def _referred(self, one: JsonObject) -> JsonObject:
        """An entry that it refers to, maybe of another stack."""
        entry = self.context.identity.target("entries", text(one.get("entry_uid")))
        found: JsonObject = {
            "entry_uid": entry,
            "branch": target_branch(self.context, text(one.get("branch"))),
            "api_key": target_stack(self.context, text(one.get("api_key"))),
        }
        return {**one, **{name: value for name, value in found.items() if name in one and value}}


def _held_records(context: ImportContext) -> dict[tuple[str, ...], JsonObject]:
    """The target's records, by object, extension and language."""
    rows = context.target.objects(Stream(METADATA.name))
    return {tuple(text(row.get(name)) for name in METADATA.match_fields): row for row in rows}


def records(context: ImportContext) -> Iterator[Write]:
    """Every record, once its object is there."""
    for row in included_rows(context):
        record = MetadataRecord(context, row)
        planned = ObjectWrite(
            kind=METADATA,
            uid=record.uid,
            payload=record.payload,
            optional=True,
            view=record.in_own_branch,
            held=record.held,
        )
        write = write_object(context, planned)
        yield replace(
            write, build=partial(_build, record, write), failed=record.gap(": the target refused it")
        )


def _build(record: MetadataRecord, write: Write) -> PreparedWrite:
    obstacle = record.obstacle()
    return write.build() if obstacle is None else PreparedWrite(gaps=[obstacle])
