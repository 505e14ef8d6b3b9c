"""What extensions and apps keep beside entries and assets is live in the end where it is to be. Pure.

A single publish of an entry or an asset takes its records along, all of them: those that the source does not publish,
and those that only the target has. Of a single unpublish, and of a variant's publish, no page says it. So when all else
is published the records of such objects are read once: what they show beyond is taken down, what they have lost is
published again. A bulk call leaves records alone.
API pages: "CMA | Metadata"; "Publish an entry".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.batches import batched, name_of
from stackferry.json_values import as_list, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.contentstack.content.metadata import included_rows
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.branches.published import PublishedInTarget
from stackferry.providers.contentstack.importing.metadata import MetadataRecord
from stackferry.providers.contentstack.importing.publishing.metadata import (
    TAKEN,
    Publication,
    call,
    places_of,
    together,
)
from stackferry.providers.contentstack.importing.publishing.singly import ALONE, ALONE_THERE
from stackferry.providers.contentstack.importing.publishing.surplus import is_in_scope
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import Await, ImportStage, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Gap, Json, JsonObject
    from stackferry.providers.contentstack.importing.publishing.metadata import Place
    from stackferry.providers.target import ImportContext

Fact = tuple[str, str, str]
# Identities of a record of the target. Places that it shows beyond what it is to show, and that it has lost; the call
# that puts it right was taken; what it shows otherwise all the same.
_BEYOND, _LOST = "metadata_beyond", "metadata_lost"
_SENT: Final = "metadata_put_right"
_STILL: Final = {_BEYOND: "metadata_still_published", _LOST: "metadata_unpublished"}
_NOT: Final = {
    _BEYOND: " is published where it is not to be",
    _LOST: " is in place but not published",
}
_ACTION: Final = {_BEYOND: "unpublish", _LOST: "publish"}


def stages(context: ImportContext, after: tuple[str, ...]) -> Iterator[ImportStage]:
    """`after` are the stages that publish, or take down."""
    read, written, checked = "metadata checked", "metadata put right", "metadata checked again"
    yield ImportStage(read, (), partial(_read, context), after)
    yield ImportStage(written, (), partial(_put_right, context), (*after, read))
    yield ImportStage(checked, (), partial(_read_again, context), (written,))


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of the target. `record` is the source's; that of the target itself where only that has it."""

    uid: str
    record: MetadataRecord
    is_ours: bool

    @property
    def context(self) -> ImportContext:
        return self.record.context

    @property
    def held(self) -> set[Place]:
        """Where it was live when the import began."""
        return {*places_of(self.context.target.get(Stream(METADATA.name), self.uid) or {})}

    @property
    def is_taken(self) -> bool:
        """Whether the service took a call that publishes it."""
        return self.is_ours and self.context.identity.target(TAKEN, self.record.uid) is not None

    @property
    def wanted(self) -> set[Place] | None:
        """Where it is to be live, in the target's terms; None where the source does not say."""
        if not self.is_ours:
            return self.held
        row, target = self.record.row, self.context.identity.target
        if not isinstance(row.get("publish_details"), list):
            return set() if row.get("is_published") is False else None
        found = ((target("environments", uid), code) for uid, code in places_of(row))
        return {(uid, target_locale(self.context, code)) for uid, code in found if uid}

    @property
    def surplus(self) -> set[Place]:
        """Where the target published it before, and the source, as far as it says, does not."""
        wanted = self.wanted
        if wanted is None:
            return set()
        found = self.held - wanted - self.since
        return {one for one in found if is_in_scope(self.context, one[0]) and self._goes(one)}

    @property
    def since(self) -> set[Place]:
        """Where the target's branch alone has published it since it parted from the source's."""
        fork, row = self.context.once(Fork), self.context.target.get(Stream(METADATA.name), self.uid) or {}
        later = [one for one in objects(row.get("publish_details")) if fork.is_later(text(one.get("time")))]
        return {*places_of({"publish_details": [*later]})} if fork.is_on and fork.since is not None else set()

    def _goes(self, place: Place) -> bool:
        """Whether it is not as the target's branch alone has decided of its object."""
        row = self.record.row
        content_type = text(row.get("_content_type_uid")) if kind_of_metadata(row) == "entries" else ""
        published = self.context.once(PublishedInTarget)
        return not published.is_left_alone(content_type, self.record.entity, *place)

    def beyond(self, row: JsonObject) -> set[Place]:
        """Where it is live since the import began, and is not to be."""
        wanted = self.wanted
        return set() if wanted is None else {*places_of(row)} - wanted - self.held

    def lost(self, row: JsonObject) -> set[Place]:
        """Where it is not live any more, or was published and is not shown."""
        sent = (self.wanted or set()) if self.is_taken else set()
        expected = (self.held - self.surplus) | sent
        if not row and not self.is_ours:  # somebody has deleted it
            return set()
        if row and "publish_details" not in row:
            return set() if row.get("is_published") is True else expected
        return expected - {*places_of(row)}

    def noted(self, kind: str) -> set[Place]:
        """What a read has shown."""
        known = self.context.identity.target(kind, self.uid)
        rows = as_list(exact_json.loads(known.encode())) if known else []
        return {(one[0], one[1]) for one in map(texts, rows)}

    def to_change(self, kind: str) -> set[Place]:
        """Where it is taken down, or published again."""
        return self.noted(kind) | (self.surplus if kind == _BEYOND else set())

    def gap(self, kind: str, what: str) -> Gap:
        return self.record.gap(f"{_NOT[kind]}: the target {what}")


def _records(context: ImportContext) -> Iterator[_Record]:
    """The target's records: those of the source, and those beside objects that a single call was about."""
    ours = context.scratch.table(1)
    for row in included_rows(context):
        record = MetadataRecord(context, row)
        uid = context.identity.target(METADATA.name, record.uid)
        if uid is not None:
            ours.add([(uid,)])
            yield _Record(uid, record, is_ours=True)
    for row in context.target.objects(Stream(METADATA.name)):
        uid = text(row.get("uid"))
        if _is_alone(context, row) and not ours.of(uid):
            yield _Record(uid, MetadataRecord(context, row), is_ours=False)


def published_since(context: ImportContext) -> Iterator[tuple[str, Place, str]]:
    """What stays live although the source does not publish it: content type, place, uid in the target."""
    if context.options.publish != "none":
        for one in _records(context):
            wanted = one.since if one.wanted is None else one.wanted
            # What was live before and is not taken down, too: in environments in which the source publishes nothing.
            stays = one.since if one.wanted is None else (one.held - one.surplus) | one.since
            for place in sorted(stays - wanted) if one.is_ours else ():
                yield text(one.record.row.get("_content_type_uid")), place, one.uid


def _is_alone(context: ImportContext, row: JsonObject) -> bool:
    """Whether a single call was about the object of a record of the target."""
    entity, known = text(row.get("entity_uid")), context.identity.target
    source = context.once(matches).of(kind_of_metadata(row)).source(entity)
    return known(ALONE_THERE, entity) is not None or (source is not None and known(ALONE, source) is not None)


def _read(context: ImportContext) -> Iterator[Await]:
    """What records show that were published, or that a single call may have taken along. A page of them at a time."""
    known = context.identity.target
    sent = (
        one
        for one in _records(context)
        if not one.is_ours or one.is_taken or known(ALONE, one.record.entity) or _is_alone_there(one)
    )
    for batch in batched(sent, PAGE):
        yield _look(batch, "metadata published", _observe, lambda _: ())


def _is_alone_there(one: _Record) -> bool:
    row = one.context.target.get(Stream(METADATA.name), one.uid) or {}
    return one.context.identity.target(ALONE_THERE, text(row.get("entity_uid"))) is not None


def _observe(batch: Sequence[_Record], rows: dict[str, JsonObject]) -> Observation:
    found: list[Fact] = []
    pending: list[Fact] = []
    for one in batch:
        row = rows.get(one.uid, {})
        found += _note(_BEYOND, one, one.beyond(row))
        lost = one.lost(row)
        # What was sent may still come; what was live before is lost.
        (pending if one.is_taken else found).extend(_note(_LOST, one, lost))
    return Observation(found, pending)


def _note(kind: str, one: _Record, places: Iterable[Place]) -> list[Fact]:
    rows: list[Json] = [[*place] for place in sorted(places)]
    return [(kind, one.uid, exact_json.dumps(rows).decode())] if rows else []


def _put_right(context: ImportContext) -> Iterator[Write]:
    """Take down what is not to be live: what was before, and what was taken along. Publish again what is lost."""
    for one in _records(context):
        for kind, action in _ACTION.items():
            for number, publication in enumerate(together(one.to_change(kind))):
                yield Write(
                    key=f"{action} again/metadata/{one.uid}/{number}",
                    kind="publications",
                    build=partial(_call, one, action, publication),
                    read=Noticed((_SENT, f"{kind}/{one.uid}", "yes")),
                    failed=one.gap(kind, f"refused to {action} it"),
                    optional=True,
                )


def _call(one: _Record, action: str, publication: Publication) -> PreparedWrite:
    names = one.context.once(_environment_names)
    environments = [names.get(uid, uid) for uid in publication.environments]
    return PreparedWrite(request=call(action, one.uid, environments, publication.locales))


def _read_again(context: ImportContext) -> Iterator[Await]:
    """Whether what the target took for that is so."""
    taken = (one for one in _records(context) if any(_is_sent(kind, one) for kind in _ACTION))
    for batch in batched(taken, PAGE):
        yield _look(batch, "metadata put right", _observe_again, partial(_gaps, batch))


def _is_sent(kind: str, one: _Record) -> bool:
    return one.context.identity.target(_SENT, f"{kind}/{one.uid}") is not None


def _observe_again(batch: Sequence[_Record], rows: dict[str, JsonObject]) -> Observation:
    pending: list[Fact] = []
    for one in batch:
        row = rows.get(one.uid, {})
        shown = {*places_of(row)}
        if _is_sent(_BEYOND, one) and one.to_change(_BEYOND) & shown:
            pending.append((_STILL[_BEYOND], one.uid, "yes"))
        if _is_sent(_LOST, one) and one.lost(row):
            pending.append((_STILL[_LOST], one.uid, "yes"))
    return Observation(pending=pending)


def _gaps(batch: Sequence[_Record], facts: Sequence[Fact]) -> list[Gap]:
    told, waiting = "took the call and does not show that", {fact[:2] for fact in facts}
    return [
        one.gap(kind, told) for one in batch for kind, still in _STILL.items() if (still, one.uid) in waiting
    ]


def _look(
    batch: Sequence[_Record],
    name: str,
    observed: Callable[[Sequence[_Record], dict[str, JsonObject]], Observation],
    gaps: Callable[[Sequence[Fact]], Sequence[Gap]],
) -> Await:
    def observe(answer: JsonObject) -> Observation:
        return observed(batch, {text(row.get("uid")): row for row in objects(answer.get(METADATA.list_key))})

    query = exact_json.dumps({"uid": {"$in": [one.uid for one in batch]}}).decode()
    return Await(
        key=f"{name}/{name_of(one.uid for one in batch)}",
        kind="publications",
        request=list_objects(METADATA, *METADATA.params, ("query", query), *page_params(0)),
        observe=observe,
        required_key=METADATA.list_key,
        next_page=partial(next_page, METADATA.list_key),
        gaps=gaps,
        is_foreseen=True,
    )


def _environment_names(context: ImportContext) -> dict[str, str]:
    """The target's environments by uid, those among them that the import has made."""
    rows = context.source.objects(Stream("environments"))
    made = ((context.identity.target("environments", text(row.get("uid"))), row) for row in rows)
    held = context.target.objects(Stream("environments"))
    return {
        **{uid: target_environment(context, text(row.get("uid"))) for uid, row in made if uid},
        **{text(row.get("uid")): text(row.get("name")) for row in held},
    }
