"""Content types whose rules are softened while entries are published that break them.

A rule that was made stricter later holds for older bodies, too: the source shows them live, and the target would refuse
them. So where it did, the type is published without its rules, and afterwards as it was. What gives the rules back is
durable before they are taken away. What somebody else edits in such a type meanwhile stays, and is told: the type is
looked at before its rules are softened and before it gets them back.
API pages: "Content types", "Validations".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.model import Gap
from stackferry.providers.contentful.content.states import State, state_of, version_of
from stackferry.providers.contentful.importing.publishing.batches import BROKEN_RULES
from stackferry.providers.contentful.importing.publishing.without_rules import (
    RESTORED,
    SOFTENED,
    edited_bodies,
    told_edited,
    without_rules,
)
from stackferry.providers.contentful.importing.stored import holds
from stackferry.providers.contentful.importing.versions import named, pair, probe_newer, told_of
from stackferry.providers.contentful.kinds import CONTENT_TYPES, ENTRIES, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.publishing.plan import PublishPlan
    from stackferry.providers.contentful.importing.types.plan import TypePlan
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

EDITED: Final = "types_edited"  # identities: the type → what it is to be, where somebody else has edited it
_SHOWN: Final = (
    "types_shown"  # identities: the type → its row with an edit above what is live; empty: not needed
)
_KIND: Final = CONTENT_TYPES.name


class SoftTypes:
    """The types of one import whose rules are softened."""

    def __init__(self, context: ImportContext, types: TypePlan, publishing: PublishPlan, root: Root) -> None:
        self._context, self._types, self._publishing, self._root = context, types, publishing, root

    def _broken(self, at: int) -> list[str]:
        """The types of what was refused because it breaks a rule; none where types are not to be touched."""
        if not self._context.options.includes(_KIND):
            return []
        left = (item.document for item in self._publishing.left(at))
        refused = ((one, self._publishing.refusal(one, at)) for one in left if one.kind == ENTRIES.name)
        return sorted({one.type for one, error in refused if error in BROKEN_RULES})

    def read(self, at: int) -> Steps:
        """Look at the types that are to be softened: an earlier run may have given them their rules back."""
        yield from self._look(str(at), self._broken(at))

    def read_again(self) -> Steps:
        """Look at the types that are to get their rules back."""
        yield from self._look("restore", [*self._softened()])

    def _look(self, when: str, uids: Sequence[str]) -> Steps:
        """Their versions, and what somebody else has edited; what is live too, where a draft is above it."""
        if not uids:
            return
        key = f"types to soften/{when}"
        request = requests.list_by_id(self._root, _KIND, uids)
        yield self._await(key, request, self._seen)
        yield self._await(f"{key}/live", partial(self._live_request, uids), self._seen_live, (key,))

    def _await(
        self,
        key: str,
        request: Request | Callable[[], Request | None],
        observe: Callable[[JsonObject], Iterable[tuple[str, str, str]]],
        after: tuple[str, ...] = (),
    ) -> Await:
        return Await(
            key=key,
            kind=_KIND,
            request=request,
            observe=lambda answer: Observation(
                [one for row in objects(answer.get("items")) for one in observe(row)]
            ),
            required_key="items",
            next_page=next_rows,
            in_each_run=True,
            after=after,
        )

    def _seen(self, row: JsonObject) -> Iterator[tuple[str, str, str]]:
        uid = sys_id(row)
        is_moved = version_of(row) != self._types.version(uid)
        is_below = is_moved and state_of(row) is State.CHANGED
        yield _SHOWN, uid, exact_json.dumps(row).decode() if is_below else ""
        if is_moved and not is_below:
            yield from self._edited(row, {})
        yield pair(f"{_KIND}/{uid}", version_of(row))

    def _live_request(self, uids: Sequence[str]) -> Request | None:
        below = [uid for uid in uids if self._context.identity.target(_SHOWN, uid)]
        return requests.list_by_id(self._root, f"public/{_KIND}", below) if below else None

    def _seen_live(self, live: JsonObject) -> Iterator[tuple[str, str, str]]:
        if shown := self._context.identity.target(_SHOWN, sys_id(live)):
            yield from self._edited(as_object(exact_json.loads(shown.encode())), live)

    def _edited(self, row: JsonObject, live: JsonObject) -> Iterator[tuple[str, str, str]]:
        bodies = self._bodies(sys_id(row))
        if bodies and (edited := edited_bodies(row, live, bodies)):
            kept: JsonObject = {"version": version_of(row), "bodies": [*edited]}
            yield EDITED, sys_id(row), exact_json.dumps(kept).decode()

    def _kept(self, uid: str) -> JsonObject:
        """What a type is to be with the edits of others; nothing where there are none."""
        return as_object(exact_json.loads((self._context.identity.target(EDITED, uid) or "{}").encode()))

    def _bodies(self, uid: str) -> list[JsonObject]:
        """What is to be live of a type in the end, and the draft above it; none where nothing is live."""
        if kept := self._kept(uid):
            return objects(kept.get("bodies"))
        live = self._types.live_now(uid)
        return [] if live is None else [live, *self._types.draft_above(uid)]

    def _softened(self) -> Iterator[str]:
        """The types that have not all of their rules back."""
        for uid in self._types.uids():
            if self._context.identity.target(SOFTENED, uid) not in (None, RESTORED):
                yield uid

    def soften(self, at: int) -> Steps:
        """Publish these types without their rules."""
        for uid in self._broken(at):
            bodies = self._bodies(uid)
            if bodies and not holds(bodies[0], without_rules(bodies[0])):
                yield self._soften(uid, bodies)
                yield self._published(uid, f"soften/{uid}/published", after=_soften_key(uid))

    def restore(self) -> Steps:
        """Give every softened type its rules back, and then the draft above it."""
        for uid in self._softened():
            live, *above = self._bodies(uid) or [{}]
            begin = self._restore_key(uid)
            yield self._restored(uid, f"{begin}/0", live, after="")
            yield self._published(uid, f"{begin}/published", after=f"{begin}/0", undoes=not above)
            for draft in above:
                yield self._restored(uid, f"{begin}/1", draft, after=f"{begin}/published", undoes=True)

    def _restore_key(self, uid: str) -> str:
        """Where somebody else has edited a type once more, it gets its rules back once more."""
        version = self._kept(uid).get("version")
        return f"restore/{uid}" if version is None else f"restore/{uid}/edited/{version}"

    def _soften(self, uid: str, bodies: Sequence[JsonObject]) -> Write:
        soft = without_rules(bodies[0])
        undo, *then = self._undo(uid, bodies)
        step = self._write(
            uid,
            _soften_key(uid),
            lambda version: requests.put_document(self._root, _KIND, uid, soft, version=version),
            lambda row: holds(row, soft),
            identities=[(SOFTENED, uid, "yes")],
        )
        ends = f"{self._restore_key(uid)}/0"
        return replace(step, undo=undo, undo_then=then, undone_by=ends, new_undo=self._new_undo(uid))

    def _new_undo(self, uid: str) -> tuple[str, list[Request]] | None:
        """What others have edited must not be lost when it is undone by another run."""
        return (_soften_key(uid), [*self._undo(uid, self._bodies(uid))]) if self._kept(uid) else None

    def _undo(self, uid: str, bodies: Sequence[JsonObject]) -> Iterator[Request]:
        live, *above = bodies
        yield requests.put_document(self._root, _KIND, uid, live, version=0)
        yield requests.publish(self._root, _KIND, uid, 0)
        for draft in above:
            yield requests.put_document(self._root, _KIND, uid, draft, version=0)

    def _restored(self, uid: str, key: str, body: JsonObject, after: str, *, undoes: bool = False) -> Write:
        step = self._write(
            uid,
            key,
            lambda version: requests.put_document(self._root, _KIND, uid, body, version=version),
            lambda row: holds(row, body),
            after=(after,) if after else (),
            undoes=_soften_key(uid) if undoes else "",
        )
        if after:
            return step
        return replace(step, build=partial(self._telling, uid, step.build), new_undo=self._new_undo(uid))

    def _telling(self, uid: str, build: Callable[[], PreparedWrite]) -> PreparedWrite:
        """The write that begins to give a type its rules back tells what somebody else has edited."""
        if not self._kept(uid):
            return build()
        told = told_edited(uid, text(self._bodies(uid)[0].get("name")))
        return replace(build(), gaps=told.gaps, remarks=told.remarks)

    def _published(self, uid: str, key: str, *, after: str, undoes: bool = False) -> Write:
        return self._write(
            uid,
            key,
            lambda version: requests.publish(self._root, _KIND, uid, version),
            lambda row: _published_version(row) == version_of(row) - 1,
            after=(after,),
            undoes=_soften_key(uid) if undoes else "",
        )

    def _write(
        self,
        uid: str,
        key: str,
        request: Callable[[int], Request],
        is_done: Callable[[JsonObject], bool],
        *,
        identities: list[tuple[str, str, str]] | None = None,
        after: tuple[str, ...] = (),
        undoes: str = "",
    ) -> Write:
        made = [(SOFTENED, uid, RESTORED)] if undoes else identities or []
        failed = Gap(kind=_KIND, uid=uid, reason="its rules could not be softened or given back")
        gives_back = key.startswith("restore/")

        def build() -> PreparedWrite:
            version = self._types.version(uid)
            if version is None:
                return PreparedWrite()
            return PreparedWrite(request=request(version), note={"version": version}, identities=made)

        return Write(
            key=key,
            kind=_KIND,
            build=build,
            read=lambda answer: WriteResult(
                identities=[pair(f"{_KIND}/{uid}", version_of(named(answer, uid)))]
            ),
            failed=failed,
            after=after,
            probe=lambda note: probe_newer(requests.get_document(self._root, _KIND, uid), note, is_done),
            undoes=undoes,
            anew=gives_back or bool(undoes),
            # The end of the run gives them back then, to the type as it is by then, or ends with an error.
            reported_later=gives_back,
            told=(lambda _: ()) if gives_back else told_of(failed),
            # One that a template owns refuses edits: that says nothing of the token's rights.
            optional=self._types.held(uid) is not None,
        )


def _soften_key(uid: str) -> str:
    return f"soften/{uid}"


def _published_version(row: JsonObject) -> int | None:
    return integer(nested(row, "sys", "publishedVersion"))
