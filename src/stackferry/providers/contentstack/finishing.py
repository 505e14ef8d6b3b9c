"""When a document has all its content in a target that held nothing: in which order, and by which steps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.providers.contentstack.documents import Document, Entry

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from stackferry.providers.contentstack.documents import Entries
    from stackferry.providers.contentstack.entry_waves import Wave

# An entry, one of its documents, and the keys of the steps that bring it.
Finished: TypeAlias = tuple[Entry, Document, tuple[str, ...]]


def finished(entries: Entries, wave: Wave, cut: Container[int]) -> Iterator[Finished]:
    """The documents of a wave: those that their entry's creation brings whole, then all others in their order.

    `cut` are the entries, of whichever wave, that are created without something.
    """
    for here in wave.order:
        entry = entries[here]
        if here not in cut and not entry.documents[0].number:
            yield entry, entry.documents[0], (entry.key,)
    for here, entry in zip(wave.completed, entries.some(wave.completed), strict=True):
        for place, document in enumerate(entry.documents):
            is_made = place == 0 and here not in cut
            if document.number:  # an older version may be emptied of what the service filled in
                yield entry, document, (entry.key if is_made else document.key, document.empty_key)
            elif not is_made:
                yield entry, document, (document.key,)
