"""What extensions and apps keep beside entries and assets: written after the objects, published after them. Pure.

The service drops it in the body of an entry: only `/metadata` makes it, one record for each object, extension and
language. A bulk publish leaves it alone, so each record that was published is published by its own call.
API page: "CMA | Metadata".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.content.metadata import included_rows, with_target_values
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.entries.withheld import because, why_no_entry
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload, write_object
from stackferry.providers.contentstack.importing.publishing.surplus import is_in_scope
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.references.source_uids import is_uid
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.build import write as write_request
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.target_names import (
    is_same_stack,
    target_branch,
    target_document,
    target_environment,
    target_locale,
    target_stack,
)
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.model import Json
    from stackferry.providers.target import ImportContext

# Identities of a record: the service took its publication, or the call to take it down.
_TAKEN, _TAKEN_DOWN = "metadata_published", "metadata_taken_down"
_WAITING: Final = {False: "metadata_unpublished", True: "metadata_still_published"}
_NOT_SHOWN: Final = " is in place but not published: the target took the call and does not show it"
_NOT_TAKEN_DOWN: Final = (
    " is published where the source's is not: the target took the call and still shows it"
)


@dataclass(frozen=True, slots=True)
class _Record:
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
        """The target's record, by what it is about: one that an entry shows inside of it has no uid."""
        body = self.payload().body
        return self.context.once(_held_records).get(
            tuple(text(body.get(name)) for name in METADATA.match_fields)
        )

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
        record = _Record(context, row)
        is_inside = context.source.get(Stream(METADATA.name), record.uid) is None
        planned = ObjectWrite(
            kind=METADATA,
            uid=record.uid,
            payload=record.payload,
            optional=True,
            view=record.in_own_branch,
            held=record.held if is_inside else None,
        )
        write = write_object(context, planned)
        yield replace(
            write, build=partial(_build, record, write), failed=record.gap(": the target refused it")
        )


def _build(record: _Record, write: Write) -> PreparedWrite:
    obstacle = record.obstacle()
    return write.build() if obstacle is None else PreparedWrite(gaps=[obstacle])


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
        record, found = _Record(context, row), publications_of(row)
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
    """Read whether what the target took is published, a page of records at a time: its answer is a notice."""
    taken = (row for row in included_rows(context) if context.identity.target(_TAKEN, text(row.get("uid"))))
    for batch in batched((_Record(context, row) for row in taken), PAGE):
        yield _look(context, batch)


def unpublications(context: ImportContext) -> Iterator[Write]:
    """Take down what the source does not publish: a call for its entry in bulk leaves a record alone."""
    for row in included_rows(context):
        record = _Record(context, row)
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
    for batch in batched((_Record(context, row) for row in taken), PAGE):
        yield _look(context, batch, are_down=True)


def _surplus(record: _Record) -> list[Publication]:
    """Where the target publishes a record and the source, as far as it says, does not; in the target's terms."""
    context, rows = record.context, record.row.get("publish_details")
    target = context.identity.target(METADATA.name, record.uid)
    held = context.target.get(Stream(METADATA.name), target) if target else None
    if held is None or not isinstance(rows, list):
        return []
    wanted = {
        (context.identity.target("environments", text(one.get("environment"))), _code(context, one))
        for one in objects(rows)
    }
    shown = {(text(one.get("environment")), text(one.get("locale"))): one for one in _places(held)}
    left: list[Json] = [
        one
        for place, one in shown.items()
        if place not in wanted and is_in_scope(context, place[0]) and not _is_left_alone(record, place)
    ]
    return publications_of({"publish_details": left})


def _is_left_alone(record: _Record, place: tuple[str, str]) -> bool:
    """Whether its object is live there, or not, as the target's branch alone has decided."""
    content_type = (
        text(record.row.get("_content_type_uid")) if kind_of_metadata(record.row) == "entries" else ""
    )
    return record.context.once(PublishedInTarget).is_left_alone(content_type, record.entity, *place)


def _code(context: ImportContext, one: JsonObject) -> str:
    return target_locale(context, text(one.get("locale")))


def _unpublish(record: _Record, publication: Publication) -> PreparedWrite:
    context = record.context
    target = context.identity.target(METADATA.name, record.uid) or ""
    rows = (context.target.get(Stream("environments"), uid) or {} for uid in publication.environments)
    environments: list[Json] = [text(row.get("name")) for row in rows]
    body: JsonObject = {"metadata": {"environments": environments, "locales": [*publication.locales]}}
    path = f"{METADATA.path}/{quote(target, safe='')}/unpublish"
    return PreparedWrite(request=write_request("POST", path, body, repeatable=True))


def _look(context: ImportContext, batch: Sequence[_Record], *, are_down: bool = False) -> Await:
    known = ((context.identity.target(METADATA.name, one.uid), one) for one in batch)
    by_target = {target: one for target, one in known if target}

    def observe(answer: JsonObject) -> Observation:
        rows = {text(row.get("uid")): row for row in objects(answer.get(METADATA.list_key))}
        waiting = [
            record.uid
            for target, record in by_target.items()
            if (_shows_surplus if are_down else _lacks_publication)(record, rows.get(target, {}))
        ]
        return Observation(pending=[(_WAITING[are_down], uid, "yes") for uid in waiting])

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        waiting = {uid for _, uid, _ in facts}
        reason = _NOT_TAKEN_DOWN if are_down else _NOT_SHOWN
        return [record.gap(reason) for record in batch if record.uid in waiting]

    query = exact_json.dumps({"uid": {"$in": [*by_target]}}).decode()
    return Await(
        key=f"metadata {'taken down' if are_down else 'published'}/{batch[0].uid}",
        kind="publications",
        request=list_objects(METADATA, *METADATA.params, ("query", query), *page_params(0)),
        observe=observe,
        required_key=METADATA.list_key,
        next_page=partial(next_page, METADATA.list_key),
        gaps=gaps,
    )


def _lacks_publication(record: _Record, row: JsonObject) -> bool:
    return not _is_published(record, row)


def _shows_surplus(record: _Record, row: JsonObject) -> bool:
    """Whether the target still shows a record where it was to be taken down."""
    places = {
        (environment, code)
        for one in _surplus(record)
        for environment in one.environments
        for code in one.locales
    }
    return any((one.get("environment"), one.get("locale")) in places for one in _places(row))


def _is_published(record: _Record, row: JsonObject) -> bool:
    """Whether the target shows a record as published wherever it was, or, without places, at all."""
    if "publish_details" not in row:
        return row.get("is_published") is True
    context, live = record.context, {(one.get("environment"), one.get("locale")) for one in _places(row)}
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


def _publish(record: _Record, publication: Publication) -> PreparedWrite:
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
    held = context.target.get(Stream(METADATA.name), target) or {}
    wanted = _not_live(context, held, names, locales)
    if not wanted:
        return PreparedWrite(gaps=gaps)
    body: JsonObject = {"metadata": {"environments": [*wanted], "locales": [*locales]}}
    path = f"{METADATA.path}/{quote(target, safe='')}/publish"
    return PreparedWrite(request=write_request("POST", path, body, repeatable=True), gaps=gaps)


def _not_live(
    context: ImportContext, held: JsonObject, names: Mapping[str, str], locales: Sequence[str]
) -> list[str]:
    """The environments, by name, in which a record is not live in all of these languages."""
    rows = objects(held.get("publish_details"))
    live = {(text(one.get("environment")), text(one.get("locale"))) for one in rows}
    found: list[str] = []
    for uid, name in names.items():
        environment = context.identity.target("environments", uid) or ""
        if name and not live.issuperset((environment, code) for code in locales):
            found.append(name)
    return found
