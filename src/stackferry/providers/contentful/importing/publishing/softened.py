"""Content types whose rules are softened while entries are published that break them.

A rule that was made stricter later holds for older bodies, too: the source shows them live, and the target would refuse
them. So where it did, the type is published without its rules, and afterwards as it was. What gives the rules back is
durable before they are taken away.
API pages: "Content types", "Validations".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, nested, objects
from stackferry.model import Gap
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.publishing.batches import BROKEN_RULES
from stackferry.providers.contentful.importing.stored import holds
from stackferry.providers.contentful.importing.versions import named, pair, probe_newer, told_of
from stackferry.providers.contentful.kinds import CONTENT_TYPES, ENTRIES, sys_id
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.contentful.requests.read import next_rows
from stackferry.providers.target import Await, Observation, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentful.importing.publishing.plan import PublishPlan
    from stackferry.providers.contentful.importing.types.plan import TypePlan
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

SOFTENED: Final = "types_softened"  # identities: the type → "yes"
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
        """The versions of the types that are to be softened: an earlier run may have given them their rules back."""
        broken = self._broken(at)
        if broken:
            yield Await(
                key=f"types to soften/{at}",
                kind=_KIND,
                request=requests.list_by_id(self._root, _KIND, broken),
                observe=lambda answer: Observation(
                    [pair(f"{_KIND}/{sys_id(row)}", version_of(row)) for row in objects(answer.get("items"))]
                ),
                required_key="items",
                next_page=next_rows,
                in_each_run=True,
            )

    def soften(self, at: int) -> Steps:
        """Publish these types without their rules."""
        for uid in self._broken(at):
            live = self._types.live_now(uid)
            if live is not None and not holds(live, without_rules(live)):
                yield self._soften(uid, live)
                yield self._published(uid, f"soften/{uid}/published", after=_soften_key(uid))

    def restore(self) -> Steps:
        """Give every softened type its rules back, and then the draft above it."""
        for uid in self._types.uids():
            if self._context.identity.target(SOFTENED, uid) is not None:
                bodies = [self._types.live_now(uid) or {}, *self._types.draft_above(uid)]
                yield self._restored(uid, f"restore/{uid}/0", bodies[0], after="")
                publish = f"restore/{uid}/published"
                is_all = len(bodies) == 1
                yield self._published(uid, publish, after=f"restore/{uid}/0", undoes=is_all)
                for body in bodies[1:]:
                    yield self._restored(uid, f"restore/{uid}/1", body, after=publish, undoes=True)

    def _soften(self, uid: str, live: JsonObject) -> Write:
        soft, above = without_rules(live), self._types.draft_above(uid)
        undo, *then = self._undo(uid, live, above)
        return self._write(
            uid,
            _soften_key(uid),
            lambda version: requests.put_document(self._root, _KIND, uid, soft, version=version),
            lambda row: holds(row, soft),
            identities=[(SOFTENED, uid, "yes")],
            undo=(undo, *then),
            undone_by=f"restore/{uid}/1" if above else f"restore/{uid}/published",
        )

    def _undo(self, uid: str, live: JsonObject, above: list[JsonObject]) -> Iterator[Request]:
        yield requests.put_document(self._root, _KIND, uid, live, version=0)
        yield requests.publish(self._root, _KIND, uid, 0)
        for draft in above:
            yield requests.put_document(self._root, _KIND, uid, draft, version=0)

    def _restored(self, uid: str, key: str, body: JsonObject, after: str, *, undoes: bool = False) -> Write:
        return self._write(
            uid,
            key,
            lambda version: requests.put_document(self._root, _KIND, uid, body, version=version),
            lambda row: holds(row, body),
            after=(after,) if after else (),
            undoes=_soften_key(uid) if undoes else "",
        )

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
        undo: tuple[Request, ...] = (),
        undone_by: str = "",
        undoes: str = "",
    ) -> Write:
        failed = Gap(kind=_KIND, uid=uid, reason="its rules could not be softened or given back")

        def build() -> PreparedWrite:
            version = self._types.version(uid)
            if version is None:
                return PreparedWrite()
            return PreparedWrite(
                request=request(version), note={"version": version}, identities=identities or ()
            )

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
            undo=undo[0] if undo else None,
            undo_then=undo[1:],
            undone_by=undone_by,
            undoes=undoes,
            told=told_of(failed),
            # One that a template owns refuses edits: that says nothing of the token's rights.
            optional=self._types.held(uid) is not None,
        )


def without_rules(content: JsonObject) -> JsonObject:
    """A type's body whose fields take every value of their kind."""
    return {**content, "fields": [_without_rules(field) for field in objects(content.get("fields"))]}


def _without_rules(field: JsonObject) -> JsonObject:
    soft: JsonObject = {**field, "required": False, "validations": []}
    if items := as_object(field.get("items")):
        soft["items"] = {**items, "validations": []}
    return soft


def _soften_key(uid: str) -> str:
    return f"soften/{uid}"


def _published_version(row: JsonObject) -> int | None:
    return integer(nested(row, "sys", "publishedVersion"))
