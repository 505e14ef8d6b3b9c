"""The plan for entries: each document one write, in an order in which everything it refers to exists.

First every entry is created, in topological order of its first document's references; an entry of a cycle is created
as a scaffold, without the references that do not exist yet. Then every other document follows in order. Pure.
API pages: "Import an entry", "Import an existing entry", "Localize an entry", "Update an entry".
"""

from __future__ import annotations

from array import array
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.entries import create_key, read_content
from stackferry.providers.contentstack.content.normalize import (
    non_empty_fields,
    same_content,
    strip_for_write,
)
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.entries.requests import (
    cleared,
    fresh,
    probe_created,
    probe_followed,
    refused,
)
from stackferry.providers.contentstack.importing.entries.version_matching import HistoryPlan, said_before
from stackferry.providers.contentstack.importing.entries.waves import Waves, finished
from stackferry.providers.contentstack.importing.entries.write_body import (
    fixed_fields,
    holds_fixed,
    localized_write,
)
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.model import fields_by_uid
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.requests.entries import create_entry, import_entry, update_entry
from stackferry.providers.contentstack.schema.non_localizable import non_localizable_gaps
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Outcome, PreparedWrite, Replay, Step, WaitFor, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.contentstack.importing.entries.waves import Finished, Wave

    Early = Callable[[Entry, EntryVersion, Sequence[str]], Iterator[Write]]

# Remembers that this service fills a new language's fields from the language that it falls back to.
INHERITS = ("service", "inherits", "yes")


class EntryPlan:
    """The writes of all entries of one import."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._writes = replay.options.includes("entries")  # else entries are only recognised
        self._content = replay.once(read_content)
        self._matched = replay.once(matches).of("entries")
        self._terms = replay.once(ComparableEntries)
        self.waves = Waves(replay)
        self._survey = self.waves.survey

    @property
    def scaffolds(self) -> int:
        """How many entries are written once more than they have documents."""
        return len(self.waves.cut)

    @property
    def documents(self) -> int:
        """How many documents are replayed: versions of every language."""
        return sum(len(entry.versions) for entry in self._content.entries)

    @property
    def shared_titles(self) -> set[str]:
        """The content types in which entries passed a title on to each other, as far as is known."""
        return self._survey.shared

    def softened(self) -> list[str]:
        """The content types whose rules must be relaxed, as far as is known.

        For a scaffold, for a version that may break the rules of today, and for what the snapshot lacks.
        """
        missing, shared = self.waves.cut, self._survey.shared
        cut = (here for here, there, must in self._survey.edges if must and there in missing.get(here, ()))
        weak = (here for table in (self._survey.lacking, self._survey.outdated) for (here,) in table)
        broken = map(self._content.entries.name, chain(cut, weak))
        entries = self._content.entries if shared else ()
        renamed = (
            (entry.content_type, entry.uid)
            for entry in entries
            if entry.content_type in shared and any(one.record_number for one in entry.versions)
        )
        return sorted({kind for kind, uid in chain(broken, renamed) if self._matched.target(uid) is None})

    def histories(self, wave: Wave) -> HistoryPlan:
        """What becomes of older versions of entries that the target held before."""
        return HistoryPlan(self._replay, partial(self.created, wave), self._matched.target, self._terms.says)

    def created(self, wave: Wave) -> Iterator[Entry]:
        """The entries that a wave creates, by their names."""
        return self._content.entries.with_numbers(wave.created)

    def create(self, wave: Wave) -> Iterator[Step]:
        """Every entry's first document, each after the entries that it refers to."""
        entries, titles = self._content.entries, self._survey.titles
        namesakes = array("i", [-1]) * (1 + max(titles, default=0))  # who had a title last
        for here in wave.order:
            cut = wave.cut.get(here, frozenset())
            before = [there for there in self._survey.needs(here) if there not in cut]
            before += [last for last in [namesakes[titles[here]]] if last >= 0]
            namesakes[titles[here]] = here  # one at a time, so that a lost one is never taken for the other
            held = frozenset(entries.name(there)[1] for there in cut)
            yield self._create(entries[here], [create_key(*entries.name(there)) for there in before], held)

    def complete(self, wave: Wave, early: Early) -> Iterator[Step]:
        """Every other document, each after the one before it.

        The first one is among them where its creation left it to be written: a scaffold's, or one that the
        target already held. What another language's document shows in a language that is yet to be localized
        is published before that (`early`): no call does it afterwards.
        """
        histories = self.histories(wave)
        for entry in self._content.entries.with_numbers(wave.completed):
            target, documents = self._matched.target(entry.uid), histories.written(entry)
            before = documents[0] if self._made(documents[0]) is not None else None
            if before is not None and before.record_number:
                yield self._empty(before)
            for document in documents[1 if before else 0 :]:
                after = [before.key, before.empty_key] if before else []
                is_held = target is not None and said_before(self._replay, document, target) is not None
                for step in early(entry, document, after) if not is_held else ():
                    yield step
                    after = [*after, step.key]
                yield self._follow(entry, document, before, after)
                if document.record_number:  # a later version would carry on what the service filled in here
                    yield self._empty(document)
                before = document

    def finished(self) -> Iterator[Finished | WaitFor]:
        """The documents in the order in which they have all their content, in a target that held nothing."""
        known = 0
        while True:
            for wave in self.waves.made[known:]:
                yield from finished(self._content.entries, wave, self.waves.cut)
                known += 1
            if self.waves.are_over and known == len(self.waves.made):
                return
            yield WaitFor(partial(self.waves.are_beyond, known))

    def _create(self, entry: Entry, after: list[str], held: frozenset[str]) -> Write:
        first = entry.versions[0]
        sent: JsonObject = {}
        lost: list[Gap] = []

        def build() -> PreparedWrite:
            matched = self._matched.target(entry.uid)
            if matched is not None:
                return PreparedWrite(identities=[("entries", entry.uid, matched)])
            if not self._writes:
                return PreparedWrite()
            source = first.load(self._replay.source)
            body, gaps = self._body(first, source, None, held)
            return written({**body, "uid": entry.uid}, [] if held else gaps)

        def written(body: JsonObject, gaps: Sequence[Gap]) -> PreparedWrite:
            sent.update(body)
            lost[:] = gaps
            locale = target_locale(self._replay, first.locale)
            note: JsonObject = {"title": body.get("title"), "locale": locale}
            return PreparedWrite(
                request=import_entry(first.content_type, body, params(locale=locale)), note=note, gaps=gaps
            )

        def read(answer: JsonObject) -> Outcome:
            made = _entry(answer)
            identities = [("entries", entry.uid, text(made.get("uid")))]
            if not held:
                identities += [_version(first, made), *self._inherited(first, sent, made)]
            return Outcome(identities=identities)

        return Write(
            key=entry.key,
            kind="scaffolds" if held else "entries",
            build=build,
            read=read,
            otherwise=lambda: fresh(sent, lambda body: written(body, lost)),
            failed=refused(first),
            after=after,
            probe=partial(probe_created, self._replay, first),
        )

    def _follow(
        self, entry: Entry, document: EntryVersion, before: EntryVersion | None, after: Sequence[str]
    ) -> Write:
        sent: JsonObject = {}
        lost: list[Gap] = []

        def build() -> PreparedWrite:
            target = self._replay.identity.target("entries", entry.uid)
            if target is None:
                gone = [refused(document, "its entry could not be created")]
                return PreparedWrite(gaps=gone if self._writes else ())
            source = document.load(self._replay.source)
            same_language = before is not None and before.locale == document.locale
            body, gaps = self._body(document, source, before if same_language else None)
            existing = None if same_language else said_before(self._replay, document, target)
            if existing is None:
                return written(body, gaps) if self._writes else PreparedWrite()
            if self._terms.dangles_alike(document, existing):
                return PreparedWrite(identities=[_version(document, existing)])
            body = {**self._emptied(document, existing, body), **body}
            if self._may_stay(document, existing, body):
                gaps = gaps if self._writes else []
                return PreparedWrite(identities=[_version(document, existing)], gaps=gaps)
            return written(body, gaps) if self._writes else PreparedWrite()

        def written(body: JsonObject, gaps: Sequence[Gap]) -> PreparedWrite:
            sent.update(body)
            lost[:] = gaps
            target = self._replay.identity.target("entries", entry.uid) or ""
            number = self._next_number(document, before, entry, target)
            note: JsonObject = {"target": target, "version": number, "title": body.get("title")}
            return PreparedWrite(request=self._update(entry, document, target, body), note=note, gaps=gaps)

        def read(answer: JsonObject) -> Outcome:
            made = _entry(answer)
            identities = [_version(document, made), *self._inherited(document, sent, made)]
            return Outcome(identities=identities, gaps=self._not_kept(document, made))

        return Write(
            key=document.key,
            kind="entries",
            build=build,
            read=read,
            otherwise=lambda: fresh(sent, lambda body: written(body, lost)),
            failed=refused(document),
            after=after,
            probe=partial(probe_followed, self._replay, document),
        )

    def _inherited(
        self, document: EntryVersion, sent: JsonObject, made: JsonObject
    ) -> list[tuple[str, str, str]]:
        """Fields that the service filled where nothing was sent: from a default, or from another language."""
        if not made:
            return []
        own = fields_by_uid(self._content.schemas[document.content_type].fields).keys()
        names = sorted((own & non_empty_fields(made)) - sent.keys() - self._shared(document))
        if not names:
            return []
        found = ("inherited", document.version_key, exact_json.dumps([*names]).decode())
        return [found, INHERITS] if document.locale != self._content.master_locale else [found]

    def _not_kept(self, document: EntryVersion, made: JsonObject) -> list[Gap]:
        kind = document.content_type
        schema = self._content.schemas[kind]
        is_master = document.locale == self._content.master_locale
        if not made or is_master or not holds_fixed(schema, schema.fields):
            return []
        return non_localizable_gaps(
            schema, document, self._terms.whole(document)[0], self._terms.plain(kind, made)
        )

    def mend(self) -> Iterator[Step]:
        """Empty the fields that the service filled by itself."""
        for document in self._terms.latest():
            if self._replay.identity.target("inherited", document.version_key) is not None:
                yield self._empty(document)

    def _empty(self, document: EntryVersion) -> Write:
        """A version that says what the source says, in place of the one that the service added to."""

        def build() -> PreparedWrite:
            names = self._replay.identity.target("inherited", document.version_key)
            if names is None:
                return PreparedWrite()
            target = self._replay.identity.target("entries", document.uid) or ""
            body: JsonObject = dict.fromkeys(text(name) for name in as_list(exact_json.loads(names.encode())))
            note: JsonObject = {"target": target, "version": (self._made(document) or 0) + 1}
            return PreparedWrite(request=self._put(document, target, body), note=note)

        return Write(
            key=document.empty_key,
            kind="entries",
            build=build,
            read=lambda answer: Outcome(
                identities=[_version(document, _entry(answer)), ("emptied", document.version_key, "yes")]
            ),
            failed=refused(document, "the service filled fields by itself and will not empty them"),
            probe=partial(probe_followed, self._replay, document),
        )

    def _body(
        self,
        document: EntryVersion,
        source: JsonObject,
        before: EntryVersion | None,
        held: frozenset[str] = frozenset(),
    ) -> tuple[JsonObject, list[Gap]]:
        """The document as the target takes it, and what of it the target cannot hold."""
        schema = self._content.schemas[document.content_type]
        resolver = Resolver(self._replay, document.content_type, document.uid, document.locale, held)
        plain = strip_for_write(source, schema)
        master = self._master_of(document)
        plain = localized_write(schema, master, plain, master)
        first_of_language = before is None and document.locale != self._content.master_locale
        # An older version cannot be mended later.
        if first_of_language and (document.record_number or self._replay.identity.target(*INHERITS[:2])):
            plain = {**dict.fromkeys(fields_by_uid(schema.fields).keys() - self._shared(document)), **plain}
        if before is not None:
            plain = {**cleared(strip_for_write(before.load(self._replay.source), schema), plain), **plain}
        body = rewrite_references(schema, plain, resolver, for_write=True)
        return as_object(body), resolver.gaps

    def _master_of(self, document: EntryVersion) -> JsonObject | None:
        """The entry's master document, for a document in another language."""
        master = self._content.master_locale
        stream = Stream("entries", document.content_type, master)
        return self._replay.source.get(stream, document.uid) if document.locale != master else None

    def _update(self, entry: Entry, document: EntryVersion, target: str, body: JsonObject) -> Request:
        """A new version of an entry that exists; the first one in a language localizes it there."""
        locale = target_locale(self._replay, document.locale)
        if self._makes_master(entry, document, target):
            fields = fields_by_uid(self._content.schemas[document.content_type].fields)
            # It starts from a copy of another language: fields that this document does not have must be emptied.
            whole: JsonObject = {**dict.fromkeys(fields), **body, "uid": target}
            return create_entry(document.content_type, whole, params(locale=locale, copy_to_master=True))
        if document.record_number and document.locale == self._content.master_locale:
            whole = {**body, "uid": target}
            return import_entry(document.content_type, whole, params(locale=locale), target)
        return self._put(document, target, body)

    def _put(self, document: EntryVersion, target: str, body: JsonObject) -> Request:
        locale = params(locale=target_locale(self._replay, document.locale))
        return update_entry(document.content_type, target, body, locale)

    def _makes_master(self, entry: Entry, document: EntryVersion, target: str) -> bool:
        """Whether this is the first master document of an entry that the target held in other languages only."""
        is_first = document == entry.versions[0] and document.locale == self._content.master_locale
        is_matched = is_first and self._matched.target(entry.uid) is not None
        return is_matched and said_before(self._replay, document, target) is None

    def _next_number(
        self, document: EntryVersion, before: EntryVersion | None, entry: Entry, target: str
    ) -> int:
        """The version that the write will make if nobody else writes."""
        if before is not None and before.locale == document.locale:
            return (self._made(before) or 0) + 1
        existing = said_before(self._replay, document, target)
        if existing is not None:
            return (integer(existing.get("_version")) or 1) + 1
        return 2 if before is None and entry.versions[0] == document else 1  # after its scaffold

    def _made(self, document: EntryVersion) -> int | None:
        known = self._replay.identity.target("versions", document.version_key)
        return int(known) if known else None

    def _may_stay(self, document: EntryVersion, existing: JsonObject, body: JsonObject) -> bool:
        """Whether the target's own document says just what would be written, or may not be touched."""
        if self._writes and self._replay.options.on_conflict == "skip":
            return True
        theirs = self._terms.plain(document.content_type, existing)
        shared = self._shared(document) - body.keys()
        return same_content({name: value for name, value in theirs.items() if name not in shared}, body)

    def _emptied(self, document: EntryVersion, existing: JsonObject, body: JsonObject) -> JsonObject:
        """A write merges: what the target's document has, and the source's does not, must be emptied."""
        fields = self._content.schemas[document.content_type].fields
        own = fields_by_uid(fields).keys() - self._shared(document)
        return {name: None for name in cleared(existing, body) if name in own}

    def _shared(self, document: EntryVersion) -> set[str]:
        """The fields that the document has from the master's, and does not say itself."""
        has_master = self._master_of(document) is not None
        return fixed_fields(self._content.schemas[document.content_type]) if has_master else set()


def _entry(answer: JsonObject) -> JsonObject:
    """What a write made of an entry: its uid in the target and the number of the version."""
    return object_in(answer, "entry", "uid", "_version")


def _version(document: EntryVersion, made: JsonObject) -> tuple[str, str, str]:
    return ("versions", document.version_key, str(integer(made.get("_version")) or 1))
