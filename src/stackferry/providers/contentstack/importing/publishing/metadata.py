"""Where what extensions and apps keep beside entries and assets is published: as it was in the source. Pure.

A bulk publish leaves it alone, so each record that was published is published by its own call. What a single publish of
an entry or an asset takes along is put right afterwards: `metadata_checks`.
API pages: "CMA | Metadata"; "Publish an entry".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from stackferry.json_values import objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.metadata import MetadataRecord
from stackferry.providers.contentstack.kinds import METADATA
from stackferry.providers.contentstack.requests.build import write as write_request
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackferry.model import Request
    from stackferry.providers.target import ImportContext

TAKEN: Final = "metadata_published"  # the identity of a record whose publication the service took

Place = tuple[str, str]  # an environment's uid, and a language


class Publication(NamedTuple):
    """A record that is published together in some environments, by uid, and languages."""

    environments: tuple[str, ...]
    locales: tuple[str, ...]


def publications_of(row: JsonObject) -> list[Publication]:
    """Where a record is published, in as few calls as can say it."""
    return together(places_of(row))


def together(places: Iterable[Place]) -> list[Publication]:
    """Environments with the same languages go together."""
    locales: dict[str, set[str]] = {}
    for environment, locale in places:
        locales.setdefault(environment, set()).add(locale)
    found: dict[tuple[str, ...], list[str]] = {}
    for environment, codes in sorted(locales.items()):
        found.setdefault(tuple(sorted(codes)), []).append(environment)
    return [Publication(tuple(environments), codes) for codes, environments in found.items()]


def places_of(row: JsonObject) -> list[Place]:
    """Where a record is live."""
    details = objects(row.get("publish_details"))
    return [(text(one.get("environment")), text(one.get("locale"))) for one in details]


def held_record(record: MetadataRecord) -> JsonObject:
    """The target's record as it was when the import began."""
    target = record.context.identity.target(METADATA.name, record.uid)
    return (record.context.target.get(Stream(METADATA.name), target) if target else None) or {}


def call(action: str, target: str, environments: Sequence[str], locales: Sequence[str]) -> Request:
    """Publish a record of the target, or unpublish it, in these environments (by name)."""
    body: JsonObject = {"metadata": {"environments": [*environments], "locales": [*locales]}}
    path = f"{METADATA.path}/{quote(target, safe='')}/{action}"
    return write_request("POST", path, body, repeatable=True)


def publications(context: ImportContext) -> Iterator[Write]:
    """Every record as it was published in the source."""
    for row in included_rows(context):
        record, found = MetadataRecord(context, row), publications_of(row)
        key = f"publish/metadata/{record.uid}"
        if row.get("is_published") is True and not found:
            gap = record.gap(" is in place but not published: the source does not say where it was")
            yield report_gaps(key, METADATA.name, [gap])
        for number, publication in enumerate(found):
            yield Write(
                key=f"{key}/{number}",
                kind="publications",
                build=partial(_publish, record, publication),
                read=Noticed((TAKEN, record.uid, "yes")),
                failed=record.gap(" is in place but not published: the target refused it"),
                optional=True,
            )


def _publish(record: MetadataRecord, publication: Publication) -> PreparedWrite:
    context = record.context
    target = context.identity.target(METADATA.name, record.uid)
    if target is None:  # that is told where it could not be written
        return PreparedWrite()
    names = {uid: target_environment(context, uid) for uid in publication.environments}
    gaps = [
        record.gap(f" is in place but not published in environment {uid}, which is not in the snapshot", uid)
        for uid, name in names.items()
        if not name
    ]
    locales = [target_locale(context, code) for code in publication.locales]
    wanted = _not_live(context, held_record(record), names, locales)
    request = call("publish", target, wanted, locales) if wanted else None
    return PreparedWrite(request=request, gaps=gaps)


def _not_live(
    context: ImportContext, held: JsonObject, names: Mapping[str, str], locales: Sequence[str]
) -> list[str]:
    """The environments, by name, in which a record is not live in all of these languages."""
    live = {*places_of(held)}
    found: list[str] = []
    for uid, name in names.items():
        environment = context.identity.target("environments", uid) or ""
        if name and not live.issuperset((environment, code) for code in locales):
            found.append(name)
    return found
