"""Global fields and content types as a reading of the target should show them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.references.field_rules import rewrite_field_rules
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.schema.transform import (
    outlined,
    rewrite_schema,
    schema_extensions,
    schema_global_fields,
    schema_references,
    without_references,
)

if TYPE_CHECKING:
    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext


class ExpectedTypes:
    """The types of one source in the terms of one target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        names = (kinds.CONTENT_TYPES.name, kinds.GLOBAL_FIELDS.name, kinds.EXTENSIONS.name)
        self._types, self._global_fields, self._extensions = (
            {text(row.get("uid")) for row in context.source.objects(Stream(name))} for name in names
        )

    def expected(self, kind: Kind, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """A type with its references and rules rewritten, and what of them is in neither stack."""
        uid = text(row.get("uid"))
        resolver = Resolver(self._context, uid, uid, "")
        extensions = {
            one: self._context.identity.target("extensions", one) or one for one in schema_extensions(row)
        }
        body = rewrite_schema(kind.own_fields(rewrite_field_rules(row, resolver)), extensions)
        body = self.without_copies(body)
        # An import records a type that the service took only without what the snapshot lacks.
        if self._context.identity.target("reduced", f"{kind.name}/{uid}") is not None:
            body = self._without_missing(body, row)
        return body, resolver.gaps

    def without_copies(self, row: JsonObject) -> JsonObject:
        """A type without the copies of its global fields that a reading brings along."""
        return outlined(row, self._global_fields)

    def _without_missing(self, body: JsonObject, row: JsonObject) -> JsonObject:
        return without_references(
            body,
            {*schema_references(row)} - self._types,
            {*schema_global_fields(row)} - self._global_fields,
            {*schema_extensions(row)} - self._extensions,
        )
