"""Where what extensions and apps keep beside entries and assets is published: as it was in the source. Pure.

A bulk publish leaves it alone, so each record that was published is published by its own call. A single publish of an
entry or an asset takes all of its records along: what that showed beyond the source is taken down again.
API pages: "CMA | Metadata"; "Publish an entry".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from stackferry import exact_json
from stackferry.core.batches import batched, name_of
from stackferry.json_values import objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.metadata import MetadataRecord
from stackferry.providers.contentstack.importing.publishing.singly import ALONE
from stackferry.providers.contentstack.importing.publishing.surplus import is_in_scope
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.build import write as write_request
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.model import Json
    from stackferry.providers.target import ImportContext

# Identities of a record: the service took its publication, or the call to take it down.
_TAKEN, _TAKEN_DOWN = "metadata_published", "metadata_taken_down"
_WAITING: Final = {False: "metadata_unpublished", True: "metadata_still_published"}
# Where the target shows a record, and the source does not, since a single call took it along: rows of publish details.
_BEYOND: Final = "metadata_beyond"
_NOT_SHOWN: Final = " is in place but not published: the target took the call and does not show it"
_NOT_TAKEN_DOWN: Final = (
    " is published where the source's is not: the target took the call and still shows it"
)


class Publication(NamedTuple):
    """A record that is published together in some environments, by uid, and languages."""

    environments: tuple[str, ...]
    locales: tuple[str, ...]


def publications_of(row: JsonObject) -> list[Publication]:
    """Where a record is published, in as few calls as can say it: environments with the same languages go together."""
    locales: dict[str, set[str]] = {}
    for one in objects(row.get("publish_details")):
        locales.setdefault(text(one.get("environment")), set()).add(text(one.get("locale")))
    found: dict[tuple[str, ...], list[str]] = {}
    for environment, codes in sorted(locales.items()):
        found.setdefault(tuple(sorted(codes)), []).append(environment)
    return [Publication(tuple(environments), codes) for codes, environments in found.items()]


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
                read=Noticed((_TAKEN, record.uid, "yes")),
                failed=record.gap(" is in place but not published: the target refused it"),
                optional=True,
            )


def confirm(context: ImportContext) -> Iterator[Await]:
    """Read where records are live that were sent, or that a single call of their object took along.

    Their answers are notices. A page of records at a time.
    """
    target = context.identity.target
    sent = (
        record
        for record in (MetadataRecord(context, row) for row in included_rows(context))
        if target(_TAKEN, record.uid) or target(ALONE, record.entity)
    )
    for batch in batched(sent, PAGE):
        yield _look(context, batch)


def unpublications(context: ImportContext) -> Iterator[Write]:
    """Take down what the source does not publish: what was live before, and what a single call took along."""
    for row in included_rows(context):
        record = MetadataRecord(context, row)
        for number, publication in enumerate(_surplus(record)):
            yield Write(
                key=f"unpublish/metadata/{record.uid}/{number}",
                kind="publications",
                build=partial(_unpublish, record, publication),
                read=Noticed((_TAKEN_DOWN, record.uid, "yes")),
                failed=record.gap(
                    " is published where the source's is not: the target refused to unpublish it"
                ),
                optional=True,
            )


def confirm_unpublished(context: ImportContext) -> Iterator[Await]:
    """Read whether what the target took for taking down is not published any more."""
    taken = (
        row for row in included_rows(context) if context.identity.target(_TAKEN_DOWN, text(row.get("uid")))
    )
    for batch in batched((MetadataRecord(context, row) for row in taken), PAGE):
        yield _look(context, batch, are_down=True)


def _surplus(record: MetadataRecord) -> list[Publication]:
    """Where the target publishes a record and the source, as far as it says, does not; in the target's terms."""
    context, held = record.context, _places(_held(record))
    wanted, scope = _wanted(record), partial(is_in_scope, context)
    left = [
        one
        for one in held
        if wanted is not None
        if _place(one) not in wanted and scope(_place(one)[0]) and not _is_left_alone(record, _place(one))
    ]
    beyond = context.identity.target(_BEYOND, record.uid)
    left += objects(exact_json.loads(beyond.encode())) if beyond else []
    return publications_of({"publish_details": [*left]})


def _held(record: MetadataRecord) -> JsonObject:
    """The target's record as it was when the import began."""
    target = record.context.identity.target(METADATA.name, record.uid)
    return (record.context.target.get(Stream(METADATA.name), target) if target else None) or {}


def _wanted(record: MetadataRecord) -> set[tuple[str, str]] | None:
    """Where the source publishes a record, in the target's terms; None where it does not say."""
    context, rows = record.context, record.row.get("publish_details")
    if not isinstance(rows, list):
        return set() if record.row.get("is_published") is False else None
    return {
        (context.identity.target("environments", text(one.get("environment"))) or "", _code(context, one))
        for one in objects(rows)
    }


def _place(one: JsonObject) -> tuple[str, str]:
    return text(one.get("environment")), text(one.get("locale"))


def _beyond(record: MetadataRecord, row: JsonObject) -> list[Json]:
    """Where the target shows a record since the import began, and the source does not."""
    if (wanted := _wanted(record)) is None:
        return []
    expected = wanted | {_place(one) for one in _places(_held(record))}
    return [
        {"environment": place[0], "locale": place[1]}
        for place in sorted(set(map(_place, _places(row))) - expected)
    ]


def _is_left_alone(record: MetadataRecord, place: tuple[str, str]) -> bool:
    """Whether its object is live there, or not, as the target's branch alone has decided."""
    content_type = (
        text(record.row.get("_content_type_uid")) if kind_of_metadata(record.row) == "entries" else ""
    )
    return record.context.once(PublishedInTarget).is_left_alone(content_type, record.entity, *place)


def _environment_names(context: ImportContext) -> dict[str, str]:
    """The target's environments by uid, those among them that the import has made."""
    rows = context.source.objects(Stream("environments"))
    made = ((context.identity.target("environments", text(row.get("uid"))), row) for row in rows)
    return {
        **{uid: target_environment(context, text(row.get("uid"))) for uid, row in made if uid},
        **{
            text(row.get("uid")): text(row.get("name"))
            for row in context.target.objects(Stream("environments"))
        },
    }


def _code(context: ImportContext, one: JsonObject) -> str:
    return target_locale(context, text(one.get("locale")))


def _unpublish(record: MetadataRecord, publication: Publication) -> PreparedWrite:
    context = record.context
    target = context.identity.target(METADATA.name, record.uid) or ""
    names = context.once(_environment_names)
    environments: list[Json] = [names.get(uid, uid) for uid in publication.environments]
    body: JsonObject = {"metadata": {"environments": environments, "locales": [*publication.locales]}}
    path = f"{METADATA.path}/{quote(target, safe='')}/unpublish"
    return PreparedWrite(request=write_request("POST", path, body, repeatable=True))


def _look(context: ImportContext, batch: Sequence[MetadataRecord], *, are_down: bool = False) -> Await:
    known = ((context.identity.target(METADATA.name, one.uid), one) for one in batch)
    by_target = {target: one for target, one in known if target}

    def observe(answer: JsonObject) -> Observation:
        rows = {text(row.get("uid")): row for row in objects(answer.get(METADATA.list_key))}
        shown = [(record, rows.get(target, {})) for target, record in by_target.items()]
        is_waiting = _shows_surplus if are_down else _lacks_publication
        beyond = [] if are_down else [(record.uid, _beyond(record, row)) for record, row in shown]
        return Observation(
            [(_BEYOND, uid, exact_json.dumps(places).decode()) for uid, places in beyond if places],
            [(_WAITING[are_down], record.uid, "yes") for record, row in shown if is_waiting(record, row)],
        )

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        waiting = {uid for _, uid, _ in facts}
        reason = _NOT_TAKEN_DOWN if are_down else _NOT_SHOWN
        return [record.gap(reason) for record in batch if record.uid in waiting]

    query = exact_json.dumps({"uid": {"$in": [*by_target]}}).decode()
    return Await(
        key=f"metadata {'taken down' if are_down else 'published'}/{name_of(one.uid for one in batch)}",
        kind="publications",
        request=list_objects(METADATA, *METADATA.params, ("query", query), *page_params(0)),
        observe=observe,
        required_key=METADATA.list_key,
        next_page=partial(next_page, METADATA.list_key),
        gaps=gaps,
        is_foreseen=True,
    )


def _lacks_publication(record: MetadataRecord, row: JsonObject) -> bool:
    """Whether the service took its publication and does not show it. What it refused is told already."""
    is_taken = record.context.identity.target(_TAKEN, record.uid) is not None
    return is_taken and not _is_published(record, row)


def _shows_surplus(record: MetadataRecord, row: JsonObject) -> bool:
    """Whether the target still shows a record where it was to be taken down."""
    places = {
        (environment, code)
        for one in _surplus(record)
        for environment in one.environments
        for code in one.locales
    }
    return not places.isdisjoint(map(_place, _places(row)))


def _is_published(record: MetadataRecord, row: JsonObject) -> bool:
    """Whether the target shows a record as published wherever it was, or, without places, at all."""
    if "publish_details" not in row:
        return row.get("is_published") is True
    context, live = record.context, {*map(_place, _places(row))}
    wanted = (
        (context.identity.target("environments", text(one.get("environment"))), one.get("locale"))
        for one in _places(record.row)
    )
    return all(
        (environment, target_locale(context, text(locale))) in live
        for environment, locale in wanted
        if environment
    )


def _places(row: JsonObject) -> list[JsonObject]:
    return objects(row.get("publish_details"))


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
    wanted = _not_live(context, _held(record), names, locales)
    if not wanted:
        return PreparedWrite(gaps=gaps)
    body: JsonObject = {"metadata": {"environments": [*wanted], "locales": [*locales]}}
    path = f"{METADATA.path}/{quote(target, safe='')}/publish"
    return PreparedWrite(request=write_request("POST", path, body, repeatable=True), gaps=gaps)


def _not_live(
    context: ImportContext, held: JsonObject, names: Mapping[str, str], locales: Sequence[str]
) -> list[str]:
    """The environments, by name, in which a record is not live in all of these languages."""
    live = {*map(_place, _places(held))}
    found: list[str] = []
    for uid, name in names.items():
        environment = context.identity.target("environments", uid) or ""
        if name and not live.issuperset((environment, code) for code in locales):
            found.append(name)
    return found
