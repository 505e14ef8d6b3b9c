"""The files of assets: which addresses their bodies hold. Pure.

API page: "Assets": `fields.file[locale]` is `{url, fileName, contentType, details: {size, …}}` once a file was
processed; before that it has `upload` or `uploadFrom` and no `url`. An address has no scheme: "//host/…".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, integer, nested, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject


class AssetFile(NamedTuple):
    """A file of an asset in one locale. `size`: the bytes that the body announces; None where it announces none."""

    locale: str
    url: str
    size: int | None
    content_type: str


def files_of(asset: JsonObject) -> Iterator[AssetFile]:
    """The processed files of an asset's body, by locale."""
    for locale, value in as_object(nested(asset, "fields", "file")).items():
        file = as_object(value)
        if url := text(file.get("url")):
            size = integer(nested(file, "details", "size"))
            yield AssetFile(locale, url, size, text(file.get("contentType")))
