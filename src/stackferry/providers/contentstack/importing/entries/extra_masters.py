"""The plan against extra master documents: creating an entry in another language may make one in the master's too.

Some services do so. Such a document is read, recognised and deleted; the other languages stay. Pure.
API pages: "Create an entry with master locale", "Delete an entry".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.batches import batched
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params, params
from stackferry.providers.contentstack.requests.entries import delete_entry, list_entries, read_entry
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import Entry
    from stackferry.providers.target import ImportContext, Step

_REMOVED = "master_removed"  # the identity of an entry whose master document the service took for deletion
_MADE = "the service made a document in the master language that the source does not have"
_STAYS = f"{_MADE}, took its deletion and still shows it: delete that language of the entry by hand"


class ExtraMasters:
    """The master documents that creating these entries may make beside theirs."""

    def __init__(self, context: ImportContext, entries: Callable[[], Iterator[Entry]]) -> None:
        self._context = context
        self._entries = entries
        self._source_master = context.once(read_content).master_locale
        self._master = target_locale(context, self._source_master)

    def find(self) -> Iterator[Step]:
        """Read which entries that live in other languages only have a master document."""
        for content_type, members in groupby(self._masterless(), key=lambda found: found[0]):
            for uids in batched((uid for _, uid in members), PAGE):
                yield self._find(content_type, uids)

    def remove(self) -> Iterator[Step]:
        """Delete those master documents; the other languages stay."""
        for content_type, uid in self._masterless():
            if self._context.identity.target("missing", f"master\0{uid}"):
                yield self._remove(content_type, uid)

    def confirm(self) -> Iterator[Step]:
        """Read which of the deletions that the service took left a document: its answer is a notice."""
        target = self._context.identity.target
        taken = ((kind, uid) for kind, uid in self._masterless() if target(_REMOVED, uid))
        for content_type, members in groupby(taken, key=lambda found: found[0]):
            for uids in batched((uid for _, uid in members), PAGE):
                yield self._look_again(content_type, uids)

    def _masterless(self) -> Iterator[tuple[str, str]]:
        """Type and target's uid of every entry that was created here without a document in the master language."""
        for entry in self._entries():
            if entry.versions[0].locale != self._source_master:  # a master document would be the first
                target = self._context.identity.target("entries", entry.uid)
                stream = Stream("entries", entry.content_type, self._master)
                if target is not None and self._context.target.get(stream, target) is None:
                    yield entry.content_type, target

    def _find(self, content_type: str, uids: tuple[str, ...]) -> Await:
        def observe(made: set[str]) -> Observation:
            return Observation([("missing", f"master\0{uid}", "1") for uid in uids if uid in made])

        return self._look(f"masters/{content_type}/{uids[0]}", content_type, uids, observe)

    def _look_again(self, content_type: str, uids: tuple[str, ...]) -> Await:
        def observe(made: set[str]) -> Observation:
            return Observation(pending=[("master_stays", uid, "yes") for uid in uids if uid in made])

        step = self._look(f"masters gone/{content_type}/{uids[0]}", content_type, uids, observe)
        return replace(step, gaps=lambda facts: [self._gap(content_type, uid, _STAYS) for _, uid, _ in facts])

    def _look(
        self, key: str, content_type: str, uids: tuple[str, ...], observe: Callable[[set[str]], Observation]
    ) -> Await:
        """Read which of these entries have a master document."""
        master = self._master
        query = exact_json.dumps({"uid": {"$in": [*uids]}, "locale": master}).decode()

        def with_master(answer: JsonObject) -> Observation:
            rows = [row for row in objects(answer.get("entries")) if row.get("locale") == master]
            return observe({text(row.get("uid")) for row in rows})

        return Await(
            key=key,
            kind="entries",
            request=list_entries(content_type, ("locale", master), ("query", query), *page_params(0)),
            observe=with_master,
            required_key="entries",
            next_page=partial(next_page, "entries"),
        )

    def _gap(self, content_type: str, uid: str, reason: str) -> Gap:
        return Gap(kind="entries", uid=uid, type=content_type, locale=self._master, reason=reason)

    def _remove(self, content_type: str, uid: str) -> Write:
        locale = params(locale=self._master)

        # A deletion is done when the entry answers in the language that it falls back to, or not at all.
        def gone(answer: JsonObject) -> list[JsonObject]:
            return [] if as_object(answer.get("entry")).get("locale") == self._master else [{}]

        request = read_entry(content_type, uid, *locale)
        return Write(
            key=f"unmaster/{content_type}/{uid}",
            kind="entries",
            build=lambda: PreparedWrite(request=delete_entry(content_type, uid, locale)),
            read=Noticed((_REMOVED, uid, "yes")),
            failed=self._gap(content_type, uid, f"{_MADE}, and keeps it"),
            probe=lambda _: Probe(request=request, found=gone, required_key="entry"),
        )
