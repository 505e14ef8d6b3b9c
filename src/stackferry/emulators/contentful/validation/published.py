"""What content must be when it is published: the rules of its content type, in the locales that are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import problem
from stackferry.emulators.contentful.validation.links import link_problems
from stackferry.emulators.contentful.validation.rules import rule_problems
from stackferry.emulators.contentful.validation.saved import missing
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def entry_problems(
    call: Call,
    entry: Document,
    content_type: JsonObject,
    codes: Collection[str],
    batch: Collection[tuple[str, str]],
) -> Iterator[JsonObject]:
    """What forbids that an entry is published in these locales. `batch` is published with it: (type, id)."""
    values = as_object(entry.body.get("fields"))
    for field in objects(content_type.get("fields")):
        if field.get("omitted") is True:
            continue
        yield from _required(call, field, as_object(values.get(text(field.get("id")))), codes)
        for code, value in as_object(values.get(text(field.get("id")))).items():
            if code in codes and value is not None:
                path = ["fields", text(field.get("id")), code]
                yield from rule_problems(call, entry, field, value, path)
                yield from link_problems(call, value, path, batch)


def _required(
    call: Call, field: JsonObject, values: JsonObject, codes: Collection[str]
) -> Iterator[JsonObject]:
    """The default locale needs a value, and of a localized field every locale that is not optional."""
    if field.get("required") is not True:
        return
    name = text(field.get("id"))
    for locale in call.environment.locales.values():
        code = text(locale.get("code"))
        is_asked = locale.get("default") is True or (
            field.get("localized") is True and locale.get("optional") is not True
        )
        if is_asked and code in codes and missing(values.get(code)):
            yield problem("required", ["fields", name, code], f'The property "{code}" is required here')


def asset_problems(call: Call, asset: Document, codes: Collection[str]) -> Iterator[JsonObject]:
    """What forbids that an asset is published: it needs a file, and its files must have been processed."""
    files = as_object(as_object(asset.body.get("fields")).get("file"))
    if not files:
        yield problem("required", ["fields", "file"], 'The property "file" is required here')
    if call.switches.publish_unprocessed:
        return
    for code, file in files.items():
        if code in codes and "url" not in as_object(file):
            yield problem("required", ["fields", "file", code, "url"], 'The property "url" is required here')
