"""The releases of an import: made, given their items and bodies, archived; each once for ever. Pure.

The service chooses the id, so the answer to a creation is written down before anything refers to the release. Where it
was lost, the list shows what was made since: by title, items and creator; two that could be it are a gap, not a guess.
API page: "Timeline releases".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.deleted.still_there import ask, why_not
from stackferry.providers.contentful.importing.objects import DIFFERS, content_of, held_row, new_rows
from stackferry.providers.contentful.importing.refused_before import (
    asked_before,
    digest_of_value,
    refused_before,
    remembered,
    taken,
)
from stackferry.providers.contentful.importing.releases.items import (
    ReleaseItems,
    item_key,
    item_path,
    same_items,
)
from stackferry.providers.contentful.importing.reports import edited_meanwhile, report
from stackferry.providers.contentful.importing.stored import same
from stackferry.providers.contentful.importing.unlisted import NOT_LISTED, unlisted_kinds
from stackferry.providers.contentful.importing.versions import pair, probe_newer, told_of, version_now
from stackferry.providers.contentful.kinds import RELEASES, sys_id
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.contentful.refusals import is_busy
from stackferry.providers.contentful.requests import releases as requests
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.contentful.importing.releases.bodies import ReleaseBodies
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

_KIND: Final = RELEASES.name
OPENED: Final = "releases_opened"  # identities: a release that is no longer archived → "yes"
_HIDDEN: Final = (
    "another feature of the web app has made it, so it was left out; 'stackferry restore' brings it by its id"
)
_SEVERAL: Final = "the answer to its creation was lost, and several releases of the target could be it"
_EDITED: Final = "somebody else changed it during the import: it was left as they left it"
_REFUSED: Final = "the target refused it"


class ReleasePlan:
    """The releases of one import."""

    def __init__(self, context: ImportContext, bodies: ReleaseBodies, root: Root) -> None:
        self._context, self._bodies, self._root = context, bodies, root
        self._items = context.once(ReleaseItems)

    def all(self) -> Iterator[JsonObject]:
        """The releases that are imported."""
        for row in self._context.source.objects(Stream(_KIND)):
            if not self._is_left_out(row):
                yield row

    def _is_left_out(self, row: JsonObject) -> bool:
        """Whether a release is a means of another feature, and nobody has named it."""
        return is_hidden(row) and f"{_KIND}/{sys_id(row)}" not in self._context.options.selection.uids

    def steps(self) -> Steps:
        """Every release is made, or made to say what the snapshot says."""
        for row in self._context.source.objects(Stream(_KIND)):
            uid, held = sys_id(row), held_row(self._context, RELEASES, sys_id(row))
            if self._is_left_out(row) and not self._is_as_wanted(row, held):
                yield report(f"{_KIND}/{uid}", [self._gap(uid, _HIDDEN)])
            elif ambiguity := self._context.once(matches).ambiguity(_KIND, uid):
                yield report(
                    f"{_KIND}/{uid}", [self._gap(uid, f"it {ambiguity.reason}: it was not imported")]
                )
            elif held is not None:
                yield from self._update(row, held)
            elif _KIND in self._context.once(unlisted_kinds):
                yield report(f"{_KIND}/{uid}", [self._gap(uid, NOT_LISTED)])
            else:
                yield from self._create_once(row)

    def _is_as_wanted(self, row: JsonObject, held: JsonObject | None) -> bool:
        """Whether the target has a release as the snapshot has it."""
        if held is None or _is_archived(held) is not _is_archived(row):
            return False
        is_same = any(self._says_there(held, *shape) for shape in self._shapes(row))
        return is_same and not self._bodies.differs(sys_id(row), sys_id(held))

    # --- a new one ---

    def _create_once(self, row: JsonObject) -> Steps:
        """A new release, unless one that an earlier import made is there and not listed."""
        request = partial(requests.get_release, self._root)
        look = ask(self._context, RELEASES, sys_id(row), request)
        if look is not None:
            yield look
        yield replace(self._create(row), after=(look.key,) if look else ())

    def _create(self, row: JsonObject) -> Write:
        uid, sent = sys_id(row), list["JsonObject"]()
        key = f"{_KIND}/{uid}"

        def digest() -> str:
            return digest_of_value(self._body(row)[0])

        def build(*, by_mode: bool = False) -> PreparedWrite:
            body, gaps = self._body(row, by_mode=by_mode)
            sent[:] = [body]
            reason = why_not(self._context, RELEASES, uid)
            if reason or (not by_mode and (reason := refused_before(self._context, _KIND, key, digest))):
                return PreparedWrite(gaps=[*gaps, self._gap(uid, reason)])
            return PreparedWrite(request=requests.create_release(self._root, body), gaps=gaps)

        return Write(
            key=key,
            kind=_KIND,
            build=build,
            read=partial(self._read, uid, key),
            failed=self._gap(uid, _REFUSED),
            fallback=partial(build, by_mode=True) if requests.is_timeline(row) else None,
            probe=lambda _: self._probe(row, sent),
            optional=True,
            remembers=remembered(key, digest),
        )

    def _body(
        self, row: JsonObject, *, with_own: bool = False, by_mode: bool = False
    ) -> tuple[JsonObject, list[Gap]]:
        """A release as it is sent. `with_own`: with what exists in it alone and has joined it by now."""
        uid = sys_id(row)
        own, to_join = self._bodies.wanted.own_of(uid), self._bodies.to_join(uid)
        there = self._bodies.joined(uid) if with_own else own - to_join
        items = self._items.of(row, there, by_mode=by_mode)
        joining = {*map(item_path, to_join)}
        lost = [one for one in items.lost if one[0] not in joining]
        body = requests.release_body(
            text(row.get("title")),
            items.rows,
            timeline=requests.is_timeline(row),
            more=content_of(row, "title", "entities"),
        )
        return body, [self._gap(uid, reason, path) for path, reason in lost]

    def _read(self, uid: str, key: str, answer: JsonObject) -> WriteResult:
        """`key`: what was refused before, if anything was, is called so."""
        if not sys_id(answer) or nested(answer, "sys", "type") != "Release":
            raise BadAnswer("the answer does not name the release")
        made = [(_KIND, uid, sys_id(answer)), pair(f"{_KIND}/{uid}", version_of(answer))]
        return WriteResult(identities=[*made, *taken(self._context, key)])

    def _probe(self, row: JsonObject, sent: list[JsonObject]) -> Probe:
        """The releases that were made since, with what was sent.

        All are read: a search for the title need not find one of short words or of signs alone.
        """
        schema = (("sys.schemaVersion", requests.TIMELINE),) if requests.is_timeline(row) else ()
        params = (*schema, ("order", "-sys.createdAt"))

        def found(answer: JsonObject) -> list[JsonObject]:
            return [one for one in new_rows(self._context, RELEASES, answer) if self._says(one, sent[0])]

        return Probe(
            request=requests.list_releases(self._root, params),
            found=found,
            required_key="items",
            next_page=next_rows,
            if_several=_SEVERAL,
        )

    # --- one that is there ---

    def _says(self, row: JsonObject, body: JsonObject) -> bool:
        """Whether a release has the title, the items and whatever else that a body has."""
        theirs, ours = (objects(nested(one, "entities", "items")) for one in (row, body))
        rest = [content_of(one, "entities") for one in (body, row)]
        return same_items(theirs, ours, self._items.codes()) and same(*rest)

    def _says_there(self, held: JsonObject, body: JsonObject, gaps: Iterable[Gap]) -> bool:
        """The same of the target's release. It may have items that a body cannot: of what is gone on both sides."""
        lost = {gap.path for gap in gaps}
        rows = [
            one for one in objects(nested(held, "entities", "items")) if item_path(item_key(one)) not in lost
        ]
        return self._says(held, body) or self._says({**held, "entities": {"items": [*rows]}}, body)

    def _update(self, row: JsonObject, held: JsonObject) -> Iterator[Write]:
        """What makes the target's release say what the snapshot says."""
        uid, options = sys_id(row), self._context.options
        shapes = self._shapes(row)
        # In another shape it says the same, as far as the space can say it.
        lost = next((gaps for body, gaps in shapes if self._says_there(held, body, gaps)), None)
        refused = "" if lost is not None else self._refused_items(row, held)
        is_same = lost is not None or bool(refused)
        # Bodies in an archived release cannot be changed, either.
        opens = _is_archived(held) and (
            not is_same or not _is_archived(row) or self._bodies.differs(uid, sys_id(held))
        )
        if not (is_same and not opens) and options.on_conflict != "update":
            told = [self._gap(uid, DIFFERS)] if options.on_conflict != "skip" else []
            yield self._adopt(uid, held, [*shapes[0][1], *told])
            return
        told = [*shapes[0][1], self._gap(uid, refused)] if refused else lost or []
        yield self._adopt(uid, held, told)
        before = f"{_KIND}/{uid}"
        if opens:
            yield self._change(
                uid, "unarchived", requests.unarchive_release, lambda now: not _is_archived(now), before
            )
            before = f"{_KIND}/{uid}/unarchived"
        if not is_same:
            yield self._put(row, held, f"{_KIND}/{uid}/items", before)

    def _adopt(self, uid: str, held: JsonObject, gaps: list[Gap]) -> Write:
        identities = [(_KIND, uid, sys_id(held)), pair(f"{_KIND}/{uid}", version_of(held))]
        return Write(
            key=f"{_KIND}/{uid}",
            kind=_KIND,
            build=lambda: PreparedWrite(identities=identities, gaps=gaps),
            read=lambda _: WriteResult(),
            failed=self._gap(uid, ""),
        )

    def _shapes(self, row: JsonObject, *, with_own: bool = False) -> list[tuple[JsonObject, list[Gap]]]:
        """A release as it is sent before anything joins it: as in the source, and as the space takes it."""
        modes = (False, True) if requests.is_timeline(row) else (False,)
        return [self._body(row, with_own=with_own, by_mode=by_mode) for by_mode in modes]

    def _refused_items(self, row: JsonObject, now: JsonObject, *, with_own: bool = False) -> str:
        """Why an earlier import could not make a release that is so now say the rest; empty where it is to be tried."""
        digest = partial(self._items_digest, row, now, with_own=with_own)
        return asked_before(self._context, _KIND, _items_key(row), digest)

    def _items_digest(self, row: JsonObject, now: JsonObject, *, with_own: bool) -> str:
        facts: list[Json] = [content_of(now), self._body(row, with_own=with_own)[0]]
        return digest_of_value(facts)

    def _put(
        self, row: JsonObject, now: JsonObject, key: str, after: str, *, with_own: bool = False
    ) -> Write:
        """`with_own`: what exists in it alone has joined it by now, and what its items cannot say was told before."""
        uid, shapes = sys_id(row), self._shapes(row, with_own=with_own)

        def is_done(now: JsonObject) -> bool:
            return any(self._says(now, body) for body, _ in shapes)

        def written(shape: tuple[JsonObject, list[Gap]]) -> Write:
            body, gaps = shape

            def request(root: Root, target: str, version: int) -> Request:
                return requests.update_release(root, target, body, version)

            return self._write(uid, key, request, is_done, after, gaps=() if with_own else gaps)

        digest = partial(self._items_digest, row, now, with_own=with_own)
        read = partial(self._read, uid, _items_key(row))
        step = replace(written(shapes[0]), read=read, remembers=remembered(_items_key(row), digest))
        # Where the space does not take items of one shape, in the other one.
        return replace(step, fallback=written(shapes[-1]).build) if shapes[1:] else step

    def complete(self) -> Steps:
        """The items once more, where what exists in a release alone has joined it otherwise than it is to."""
        for row in self.all():
            uid = sys_id(row)
            now = self._bodies.release_seen(uid)
            if now is None or self._says(now, self._body(row, with_own=True)[0]):
                continue
            key = f"{_KIND}/{uid}/completed"
            if not self._is_as_left(row, now):
                yield edited_meanwhile(key, self._gap(uid, _EDITED), text(now.get("title")))
            elif reason := self._refused_items(row, now, with_own=True):
                yield report(key, [self._gap(uid, reason)])
            else:
                yield self._put(row, now, key, "", with_own=True)

    def _is_as_left(self, row: JsonObject, now: JsonObject) -> bool:
        """Whether a release is as this import left it, beside what has joined it since."""
        uid, joining = sys_id(row), self._bodies.to_join(sys_id(row))
        rows = [one for one in objects(nested(now, "entities", "items")) if item_key(one) not in joining]
        before: JsonObject = {**now, "entities": {"items": [*rows]}}
        held = held_row(self._context, RELEASES, uid)
        known = [*(body for body, _ in self._shapes(row)), *([content_of(held)] if held is not None else [])]
        return any(self._says(before, one) for one in known)

    # --- archiving ---

    def archive(self) -> Steps:
        """What is archived in the source, once it has all of its bodies."""
        for row in self.all():
            uid = sys_id(row)
            held = held_row(self._context, RELEASES, uid)
            is_open = held is None or not _is_archived(held) or self._was_opened(uid)
            if _is_archived(row) and is_open and self._may_change(held):
                yield self._change(uid, "archived", requests.archive_release, _is_archived, "")

    def _may_change(self, held: JsonObject | None) -> bool:
        return held is None or self._context.options.on_conflict == "update"

    def _was_opened(self, uid: str) -> bool:
        return self._context.identity.target(OPENED, uid) is not None

    def _change(
        self,
        uid: str,
        name: str,
        request: Callable[[Root, str, int | None], Request],
        is_done: Callable[[JsonObject], bool],
        after: str,
    ) -> Write:
        more = [(OPENED, uid, "yes")] if name == "unarchived" else []
        return self._write(uid, f"{_KIND}/{uid}/{name}", request, is_done, after, more)

    def _write(
        self,
        uid: str,
        key: str,
        request: Callable[[Root, str, int], Request],
        is_done: Callable[[JsonObject], bool],
        after: str,
        more: list[tuple[str, str, str]] | None = None,
        gaps: Sequence[Gap] = (),
    ) -> Write:
        """A write to a release that is there."""

        def build() -> PreparedWrite:
            target = self._context.in_target(_KIND, uid)
            if target is None:
                return PreparedWrite()  # it was refused, which is a gap
            version = version_now(self._context.identity, f"{_KIND}/{uid}", None) or 0
            made = request(self._root, target, version)
            return PreparedWrite(request=made, note={"version": version}, identities=more or (), gaps=gaps)

        def probe(note: JsonObject) -> Probe:
            target = self._context.in_target(_KIND, uid) or uid
            return probe_newer(requests.get_release(self._root, target), note, is_done)

        failed = self._gap(uid, _REFUSED)
        return Write(
            key=key,
            kind=_KIND,
            build=build,
            read=partial(self._read, uid, ""),
            failed=failed,
            after=(after,) if after else (),
            probe=probe,
            passes=is_busy,
            told=told_of(failed),
        )

    def _gap(self, uid: str, reason: str, path: str = "") -> Gap:
        return Gap(kind=_KIND, uid=uid, reason=reason, path=path)


def _items_key(row: JsonObject) -> str:
    """What the write of a release's title and items is called, among what was refused."""
    return f"{_KIND}/{sys_id(row)}/items"


def is_hidden(row: JsonObject) -> bool:
    """Whether a release is a means of another feature: its annotation says so."""
    told = as_object(nested(row, "metadata", "annotations")).get("Contentful:Timeline")
    return text(nested(told, "type")) == "Hidden"


def _is_archived(row: JsonObject) -> bool:
    return text(nested(row, "sys", "status")) == "archived"
