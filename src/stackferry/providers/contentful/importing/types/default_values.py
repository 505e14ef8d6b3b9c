"""Default values that the service puts into a new entry. Pure.

"If default values are set for some field of the content type, they will be applied at entry creation, if the
corresponding field isn't provided in the request body. Default values don't affect entry updates." So an entry that has
no value there in the snapshot is written once more, before it is published.
API page: "Entries", "Create an entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.terms import Terms

FILLED: Final = "default_values"  # identities: an entry's key → "yes" while it holds values that nobody sent
KEPT: Final = "the target put the default value of the type there, and keeps it"


def may_be_filled(content: JsonObject, fields: Mapping[str, JsonObject]) -> bool:
    """Whether the service may add values to an entry that is made with this content."""
    sent = as_object(content.get("fields"))
    return any(
        as_object(field.get("defaultValue")).keys() - _codes(sent, name) for name, field in fields.items()
    )


def with_defaults(content: JsonObject, terms: Terms, content_type: str) -> JsonObject:
    """A new entry as the service shows it: fields that were not sent have the default values of the type."""
    fields = dict(as_object(content.get("fields")))
    for name, field in terms.fields_of(content_type).items():
        defaults = as_object(field.get("defaultValue")) if name not in fields else {}
        added: JsonObject = {terms.locale(code): value for code, value in defaults.items() if terms.has(code)}
        if added:
            fields[name] = added
    return {**content, "fields": fields}


def filled(answer: JsonObject, content: JsonObject) -> list[str]:
    """The fields of an answer that have a value in a locale in which none was sent."""
    sent, shown = as_object(content.get("fields")), as_object(answer.get("fields"))
    return [name for name in shown if _codes(shown, name) - _codes(sent, name)]


def _codes(fields: JsonObject, name: str) -> set[str]:
    """The locales in which a field has a value."""
    return {code for code, value in as_object(fields.get(name)).items() if value is not None}
