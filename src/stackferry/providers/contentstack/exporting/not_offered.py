"""Kinds that the service says it does not have: a limit, or a gap where what was read refers to such an object. Pure.

Taxonomies, metadata, variants and workflows depend on the plan, and no page says what is answered where the plan lacks
them. "Not found" for a whole listing may also be a proxy, or another service. What else the stack holds may tell: an
entry that is live somewhere needs an environment. The metadata of entries is taken from the entries themselves then.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, nested, objects, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.source import NOT_OFFERED, LocalRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.providers.source import Job, ReadOptions, RecordStore

_REASON: Final = "the service says that it does not have them, but what was read refers to some"
_LIMIT: Final = "the service says that it does not have them"


def limits_of_kinds(staged: RecordStore) -> dict[str, str]:
    """What the manifest says of each kind that the service does not have."""
    found: dict[str, str] = {}
    for row in staged.objects(NOT_OFFERED):
        found.setdefault(text(row.get("kind")), f"{_LIMIT}: {text(row.get('reason'))}")
    return found


def not_offered(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """A gap for each kind that the service does not have, and that is used."""
    refused = limits_of_kinds(staged)
    used = (kind for kind in refused if kind in _SIGNS and any(_SIGNS[kind](staged)))
    gaps = [Gap(kind=kind, uid="*", reason=f"{_REASON} ({refused[kind]})") for kind in used]
    if gaps:
        yield LocalRecords(name="kinds not offered", gaps=gaps)


def _documents(staged: RecordStore, *kinds: str) -> Iterator[JsonObject]:
    for stream in staged.streams():
        if stream.kind in kinds:
            yield from staged.objects(stream)


def _fields(fields: Json) -> Iterator[JsonObject]:
    for field in objects(fields):
        yield field
        for holder in (field, *objects(field.get("blocks"))):
            yield from _fields(holder.get("schema"))


def _of_types(staged: RecordStore) -> Iterator[JsonObject]:
    """Every field of every type, however deep."""
    return chain.from_iterable(
        _fields(row.get("schema")) for row in _documents(staged, "content_types", "global_fields")
    )


_SIGNS: Final[Mapping[str, Callable[[RecordStore], Iterator[object]]]] = {
    "environments": lambda staged: (
        row for row in _documents(staged, "entries", "assets") if as_list(row.get("publish_details"))
    ),
    "extensions": lambda staged: (
        one for one in (*_of_types(staged), *_documents(staged, "metadata")) if one.get("extension_uid")
    ),
    "taxonomies": lambda staged: (one for one in _of_types(staged) if one.get("data_type") == "taxonomy"),
    "workflows": lambda staged: (
        row for row in _documents(staged, "entries") if as_object(row.get("_workflow"))
    ),
    "roles": lambda staged: (
        stage
        for row in staged.objects(Stream("workflows"))
        for stage in objects(row.get("workflow_stages"))
        if as_list(nested(stage, "SYS_ACL", "roles", "uids"))
    ),
    "releases": lambda staged: (
        row for row in _documents(staged, "schedules", ".done") if nested(row, "entry", "release")
    ),
    "variant_groups": lambda staged: (
        row for row in _documents(staged, "schedules", ".done") if nested(row, "entry", "variant_uid")
    ),
}
