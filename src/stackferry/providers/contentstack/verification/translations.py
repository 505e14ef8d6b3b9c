"""Compares what taxonomies and terms are called in other languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, Side
from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.verification.findings import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.target import ImportContext


def compare_translations(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Name and description of every translated taxonomy and term."""
    stream = Stream(kinds.TRANSLATIONS.name)
    for row in context.source.objects(stream):
        findings.compared[stream.kind] += 1
        code = text(row.get("locale"))
        found = context.target.get(
            stream, kinds.TRANSLATIONS.key({**row, "locale": target_locale(context, code)})
        )
        left = _names(row)
        right: Side = ABSENT if found is None else _names(found)
        if left != right:
            yield Mismatch(
                kind=stream.kind,
                uid=text(row.get("taxonomy")),
                locale=code,
                path=text(row.get("term")),
                left=left,
                right=right,
            )


def _names(row: JsonObject) -> JsonObject:
    names = as_object(row.get("names"))
    return {name: names[name] for name in ("name", "description") if names.get(name)}
