"""The plan against unwanted masters: creating an entry in another language may make one in the master's too.

Whether a service does so is looked up; such a master document is deleted, the other languages stay. Pure.
API pages: "Create an entry with master locale", "Delete an entry".
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import delete_entry, list_entries, read_entry
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.target import ImportContext, Step

LOOK = 100  # rows of one reading


class MasterPlan:
    """The looks and deletions beside these entries."""

    def __init__(self, context: ImportContext, entries: Callable[[], Iterator[Entry]]) -> None:
        self._context = context
        self._entries = entries
        self._content = context.once(read_content)
        self._master = target_locale(context, self._content.master_locale)

    def look(self) -> Iterator[Step]:
        """Look for master documents that the service made beside entries which live in other languages only."""
        for content_type, uids in self._masterless():
            yield self._look_for_masters(content_type, uids)

    def remove(self) -> Iterator[Step]:
        """Delete those master documents; the other languages stay."""
        for content_type, uids in self._masterless():
            for uid in uids:
                if self._context.identity.target("missing", f"master\0{uid}"):
                    yield self._remove_master(content_type, uid)

    def _masterless(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for content_type, members in groupby(self._entries(), key=lambda entry: entry.content_type):
            uids = (target for entry in members if (target := self._without_master(entry)) is not None)
            for some in batched(uids, LOOK):
                yield content_type, some

    def _without_master(self, entry: Entry) -> str | None:
        """The target's uid of an entry that was created here, if it has no document in the master language."""
        if any(document.locale == self._content.master_locale for document in entry.versions):
            return None
        target = self._context.identity.target("entries", entry.uid)
        stream = Stream("entries", entry.content_type, self._master)
        return target if target is None or self._context.target.get(stream, target) is None else None

    def _look_for_masters(self, content_type: str, uids: tuple[str, ...]) -> Await:
        master = self._master
        query = exact_json.dumps({"uid": {"$in": [*uids]}, "locale": master}).decode()

        def observe(answer: JsonObject) -> Observation:
            rows = [row for row in objects(answer.get("entries")) if row.get("locale") == master]
            made = {text(row.get("uid")) for row in rows}
            return Observation([("missing", f"master\0{uid}", "1") for uid in uids if uid in made])

        request = list_entries(content_type, ("locale", master), ("query", query), ("limit", str(LOOK)))
        return Await(
            key=f"masters/{content_type}/{uids[0]}",
            kind="entries",
            request=request,
            observe=observe,
            required_key="entries",
        )

    def _remove_master(self, content_type: str, uid: str) -> Write:
        master = self._master
        locale = params(locale=master)

        def gone(answer: JsonObject) -> list[JsonObject]:
            return [] if as_object(answer.get("entry")).get("locale") == master else [{}]

        failed = Gap(
            kind="entries",
            uid=uid,
            type=content_type,
            locale=master,
            reason="the service made a document in the master language that the source does not have, and keeps it",
        )
        return Write(
            key=f"unmaster/{content_type}/{uid}",
            kind="entries",
            build=lambda: PreparedWrite(request=delete_entry(content_type, uid, locale)),
            read=read_notice,
            failed=failed,
            probe=lambda _: Probe(
                request=read_entry(content_type, uid, *locale), found=gone, required_key="entry"
            ),
        )
