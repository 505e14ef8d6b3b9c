"""When a document has all its content in a target that held nothing: in which order, and by which steps. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.providers.contentstack.documents import Document, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.core.ordering import Ordering
    from stackferry.providers.contentstack.documents import Entries

# An entry, one of its documents, and the keys of the steps that bring it.
Finished: TypeAlias = tuple[Entry, Document, tuple[str, ...]]


def finished(entries: Entries, ordering: Ordering) -> Iterator[Finished]:
    """Every document once: those that their entry's creation brings whole, then all others in their order."""
    for here in ordering.order:
        entry = entries[here]
        if here not in ordering.cut and not entry.documents[0].number:
            yield entry, entry.documents[0], (entry.key,)
    for here, entry in enumerate(entries):
        for place, document in enumerate(entry.documents):
            is_made = place == 0 and here not in ordering.cut
            if document.number:  # an older version may be emptied of what the service filled in
                yield entry, document, (entry.key if is_made else document.key, document.empty_key)
            elif not is_made:
                yield entry, document, (document.key,)
