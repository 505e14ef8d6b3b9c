"""Which documents that the target refused to publish would be refused again, and which this import tries. Pure.

What a document links to may be made or published by the same import: then the refusal need not hold any more. Documents
that link to each other are decided together. At first all of them count as stuck. One is free as soon as something that
it links to is not as it was when it was refused; then those that link to it are looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from stackferry.providers.contentful.importing.documents import Document


class StuckDocuments:
    """Of one import. `is_known`: whether a refusal is remembered of a document; `linked`: what it links to.

    `is_as_before`: whether a document meets with the same as when it was refused, where these are stuck.
    """

    def __init__(
        self,
        is_known: Callable[[Document], bool],
        linked: Callable[[Document], Iterable[Document]],
        is_as_before: Callable[[Document, Collection[str]], bool],
    ) -> None:
        self._is_known, self._linked, self._is_as_before = is_known, linked, is_as_before
        self._decided: dict[str, bool] = {}

    def holds(self, document: Document) -> bool:
        """Whether a document is stuck."""
        if document.key not in self._decided:
            self._decide(document)
        return self._decided[document.key]

    def _decide(self, document: Document) -> None:
        stuck = {one.key: one for one in self._together(document)}
        self._decided |= dict.fromkeys((document.key, *stuck), False)
        while free := [key for key, one in stuck.items() if not self._is_as_before(one, stuck.keys())]:
            for key in free:
                del stuck[key]
        self._decided |= dict.fromkeys(stuck, True)

    def _together(self, document: Document) -> Iterator[Document]:
        """The document and all that it leads to, as far as refusals of them are remembered."""
        found, waiting = {document.key}, [document]
        while waiting:
            one = waiting.pop()
            if not self._is_known(one):
                continue
            yield one
            for other in self._linked(one):
                if other.key not in found:
                    found.add(other.key)
                    waiting.append(other)
