"""The plan for entries: which writes there are, in which order, and what each waits for.

1. `create`: every entry with its first document, each after the entries that it refers to. Where entries refer to
   each other in a cycle, some are created as scaffolds: without the references that cannot be there yet. Plain
   entries, which are whole then, come last (`plain_entries`).
2. `complete`: every other document of an entry, each after the one before it, because the service numbers versions
   in the order in which they come. The first document of a scaffold is written again, now whole.
3. `empty_filled_in`: where the service filled in fields by itself, a version without them.

From a snapshot all entries are one wave; in a copy each part of the export makes one (`waves`). What is sent, and
what an answer means, is in `writes` and `document_writes`. Pure.
"""

from __future__ import annotations

from array import array
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from stackferry.core.batches import batched, in_turns
from stackferry.providers.contentstack.content.added_fields import AddedFields
from stackferry.providers.contentstack.content.entries import Entry, EntryVersion, create_key, read_content
from stackferry.providers.contentstack.importing.entries.creation import Creation
from stackferry.providers.contentstack.importing.entries.document_writes import NextVersion
from stackferry.providers.contentstack.importing.entries.exchanged_values import types_with_exchanged_values
from stackferry.providers.contentstack.importing.entries.plain_entries import plain_entries
from stackferry.providers.contentstack.importing.entries.second_look import is_looked_again, look_again
from stackferry.providers.contentstack.importing.entries.version_matching import (
    HistoryPlan,
    existing_document,
)
from stackferry.providers.contentstack.importing.entries.waves import Waves
from stackferry.providers.contentstack.importing.entries.writes import EntryWrites
from stackferry.providers.contentstack.importing.mirror.taken_values import types_with_taken_values
from stackferry.providers.contentstack.importing.types.content_types import TypePlan
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.target import ImportContext, Step, WaitFor, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.providers.contentstack.importing.entries.waves import Wave

    # The publishing that must come before a document is written: entry, document, what it waits for.
    EarlyPublishing = Callable[[Entry, EntryVersion, Sequence[str]], Iterator[Write]]

_ABREAST = 100  # entries whose documents are written in turns: a language of all of them, then the next

MASTERS_REMOVED = "extra master documents removed"  # the stage that other languages of an entry may wait for

# An entry, one of its documents, and the keys of the steps that write it.
Finished: TypeAlias = tuple[Entry, EntryVersion, tuple[str, ...]]


class EntryPlan:
    """The writes of all entries of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._entries = context.once(read_content).entries
        self._matched = context.once(matches).of("entries")
        self._writes = EntryWrites(context)
        self.waves = Waves(context)
        self._references = self.waves.references
        self._types = context.once(TypePlan)
        self._plain: bytes | bytearray | None = None
        held = (stream for stream in context.target.streams() if stream.kind == "entries")
        self.is_fresh = context.running_export is None and next(held, None) is None
        """Whether all entries are known, and the target holds none of them: so each waits only for what it needs."""

    @property
    def scaffolds(self) -> int:
        """How many entries are written once more than they have documents."""
        return len(self.waves.cut)

    @property
    def documents(self) -> int:
        """How many documents are written: versions of every language."""
        return sum(len(entry.versions) for entry in self._entries)

    def created(self, wave: Wave) -> Iterator[Entry]:
        """The entries that a wave creates, in the order of their types and uids."""
        return self._entries.with_numbers(wave.created)

    def create(self, wave: Wave, *, plain: bool) -> Iterator[Step]:
        """The first documents of plain entries, or of all others, each after its type and what it refers to."""
        titles, types = self._references.titles, self._steps_of_types()
        last_of_title = array("i", [-1]) * (1 + max(titles, default=0))
        for number in self._in_order(wave):
            last, last_of_title[titles[number]] = last_of_title[titles[number]], number
            if self.is_plain(number) is not plain:
                continue
            entry, cut = self._entries[number], wave.cut.get(number, frozenset())
            before = [other for other in self._references.needs(number) if other not in cut]
            # Entries of one title one at a time: a probe after a lost answer searches for the title.
            before += [last] if last >= 0 else []
            omitted = frozenset(self._entries.name(other)[1] for other in cut)
            write = Creation(self._writes, entry, entry.versions[0], omitted)
            after = [create_key(*self._entries.name(other)) for other in before]
            # What is no entry may be an asset, or anything that an app knows.
            others = ["assets", "environments"] if self._references.others[number] else []
            after += [*types[entry.content_type], *others]
            yield write.step(entry.key, after, "scaffolds" if cut else "entries")

    def is_plain(self, number: int) -> bool:
        """Whether an entry is whole when it is created, and only published afterwards."""
        if self._plain is None:
            relaxed = self.types_to_relax()
            self._plain = plain_entries(self._context, self._references, relaxed) if self.is_fresh else b""
        return bool(self._plain and self._plain[number])

    def _in_order(self, wave: Wave) -> Iterator[int]:
        """The entries that a wave creates, each after what it refers to, the plain ones last."""
        return chain(
            (one for one in wave.order if not self.is_plain(one)),
            (one for one in wave.order if self.is_plain(one)),
        )

    def _steps_of_types(self) -> dict[str, list[str]]:
        """For each content type the steps that make it what it must be when its entries are written."""
        relaxed, schemas = {*self.types_to_relax()}, self._context.once(read_content).schemas
        return {
            uid: [*self._types.steps(uid), *(["types relaxed"] if uid in relaxed else [])] for uid in schemas
        }

    def complete(self, wave: Wave, early: EarlyPublishing) -> Iterator[Step]:
        """Every other document, each after the one before it; those of a hundred entries in turns.

        So a language is complete, and can be published and read back, while the next one is written.
        The first one is among them where its creation did not write it whole: a scaffold's, or one of an entry that
        the target already held. What a language shows before it is localized is published first (`early`): once it is
        localized, no call publishes what it fell back to.
        """
        histories = self.histories(wave)
        entries = zip(wave.completed, self._entries.with_numbers(wave.completed), strict=True)
        for some in batched(entries, _ABREAST):
            yield from in_turns(self._rest(histories, wave, early, *one) for one in some)

    def _rest(
        self, histories: HistoryPlan, wave: Wave, early: EarlyPublishing, number: int, entry: Entry
    ) -> Iterator[list[Step]]:
        """The steps of each other document of one entry."""
        target, documents = self._matched.target(entry.uid), histories.written(entry)
        is_begun = self._is_begun(number, documents[0], wave)
        if is_begun and self.is_plain(number):
            return
        previous = documents[0] if is_begun else None
        before, linked = [entry.key], self._linked(number, entry)
        if previous is not None and previous.record_number:
            yield [self._writes.empty(previous, before)]
            before = [previous.empty_key]
        for document in documents[1 if previous else 0 :]:
            after, steps = [*linked, *before], list[Step]()
            if target is None or existing_document(self._context, document, target) is None:
                for step in early(entry, document, after):
                    steps.append(step)
                    after = [*after, step.key]
            steps.append(NextVersion(self._writes, entry, document, previous).step(document.key, after))
            previous, before = document, [document.key]
            if document.record_number:
                # Now, because the next version would carry on what the service filled in.
                steps.append(self._writes.empty(document, before))
                before = [document.empty_key]
            yield steps

    def look_again(self, wave: Wave) -> Iterator[Step]:
        """Look at what `complete` is about to write over, in a place that it restores or mirrors."""
        if is_looked_again(self._context):
            yield from look_again(self._context, self._written_over(wave))

    def _written_over(self, wave: Wave) -> Iterator[tuple[str, str, str, int]]:
        histories = self.histories(wave)
        for entry in self._entries.with_numbers(wave.completed):
            previous: EntryVersion | None = None
            for document in histories.written(entry):
                found = NextVersion(self._writes, entry, document, previous).written_over()
                if found is not None:
                    yield found
                previous = document

    def _is_begun(self, number: int, first: EntryVersion, wave: Wave) -> bool:
        """Whether the first of an entry's documents is written with its creation, or was.

        One that was made and is forgotten, because something that it refers to is made anew, is written again.
        """
        if self._writes.version_made(first) is not None:
            return True
        is_created = self._context.identity.target("entries", first.uid) is not None
        return self.is_fresh and not is_created and number not in wave.cut

    def _linked(self, number: int, entry: Entry) -> list[str]:
        """The steps and stages that make what the documents of an entry refer to, and take away what must not be."""
        if not self.is_fresh:
            return []  # the stages before have done it
        linked = [create_key(*self._entries.name(other)) for _, other in self._references.links.of(number)]
        is_masterless = entry.versions[0].locale != self._context.once(read_content).master_locale
        return [*linked, *([MASTERS_REMOVED] if is_masterless else [])]

    def empty_filled_in(self) -> Iterator[Step]:
        """Empty the fields that the service filled in by itself in the latest documents."""
        for document in self._writes.comparable.latest():
            if self._context.identity.target("inherited", document.version_key) is not None:
                yield self._writes.empty(document)

    def histories(self, wave: Wave) -> HistoryPlan:
        """What becomes of older versions of entries that the target held before."""
        return HistoryPlan(self._context, partial(self.created, wave))

    def finished(self) -> Iterator[Finished | WaitFor]:
        """The documents in the order in which they have all their content, in a target that held nothing."""
        count = 0
        while True:
            for wave in self.waves.known[count:]:
                yield from self._finished(wave)
                count += 1
            if self.waves.is_complete and count == len(self.waves.known):
                return
            yield WaitFor(partial(self.waves.has_more_than, count))

    def _finished(self, wave: Wave) -> Iterator[Finished]:
        """A wave's documents: those that are written whole with their entry's creation, then all others in their order.

        An earlier wave may have created an entry of this one incomplete.
        """
        cut = self.waves.cut
        for number in self._in_order(wave):
            entry = self._entries[number]
            if number not in cut and not entry.versions[0].record_number:
                yield entry, entry.versions[0], (entry.key,)
        entries = zip(wave.completed, self._entries.with_numbers(wave.completed), strict=True)
        for some in batched(entries, _ABREAST):
            yield from in_turns(self._finished_rest(entry, is_cut=number in cut) for number, entry in some)

    @staticmethod
    def _finished_rest(entry: Entry, *, is_cut: bool) -> Iterator[list[Finished]]:
        for place, document in enumerate(entry.versions):
            is_made = place == 0 and not is_cut
            if document.record_number:  # an older version may be emptied of what the service filled in
                key = entry.key if is_made else document.key
                yield [(entry, document, (key, document.empty_key))]
            else:
                yield [] if is_made else [(entry, document, (document.key,))]

    @property
    def shared_titles(self) -> set[str]:
        """The content types in which entries pass a title on to each other, or have one of what a mirror deletes.

        As far as is known.
        """
        return self._references.shared | self._in_target

    def types_to_relax(self) -> list[str]:
        """The content types whose rules must be relaxed while entries are written, as far as is known.

        Rules that a scaffold breaks (a mandatory reference is omitted), a version (the rules are today's, the content
        may be older), an entry that refers to what the snapshot lacks, one that has no value for a field that its type
        was given since, and two entries that had the same title at different times. Where entries are restored singly,
        types are not touched.
        """
        if self._context.options.selection.uids:
            return []
        breakers = map(self._entries.name, self._rule_breakers())
        broken = chain(breakers, self._title_passers(), self._without_new_values())
        needed = {kind for kind, uid in broken if self._matched.target(uid) is None}
        return sorted(needed | self._in_target)

    @property
    def _in_target(self) -> set[str]:
        """The types in which an entry is to have a value that another one of the target still has."""
        once = self._context.once
        return once(types_with_taken_values) | once(types_with_exchanged_values)

    def _rule_breakers(self) -> Iterator[int]:
        """The numbers of the entries with a document that breaks a rule of its type."""
        references, cut = self._references, self.waves.cut
        for number, other, is_mandatory in references.edges:
            if is_mandatory and other in cut.get(number, ()):
                yield number
        for table in (references.lacking, references.outdated):
            yield from (number for (number,) in table)

    def _without_new_values(self) -> Iterator[tuple[str, str]]:
        """Type and uid of the entries of types that were given mandatory fields since."""
        added = self._context.once(AddedFields)
        types = {stream.type for stream in self._context.source.streams() if stream.kind == "entries"}
        demanding = {one for one in types if added.are_mandatory(one)}
        for entry in self._entries if demanding else ():
            if entry.content_type in demanding:
                yield entry.content_type, entry.uid

    def _title_passers(self) -> Iterator[tuple[str, str]]:
        """Type and uid of the entries with older versions, of types in which titles were passed on."""
        shared = self.shared_titles
        for entry in self._entries if shared else ():
            if entry.content_type in shared and any(document.record_number for document in entry.versions):
                yield entry.content_type, entry.uid
