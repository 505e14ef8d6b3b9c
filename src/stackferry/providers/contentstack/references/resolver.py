"""Answers to "who is this in the target?" while a document is rewritten, and the gaps where nobody is.

What the snapshot or the target lacks is kept out and recorded, never silently rewritten. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Gap
from stackferry.providers.contentstack.references.model import KEEP, Keep, Reference, ReferenceKind

if TYPE_CHECKING:
    from stackferry.providers.target import Replay

_KINDS = {
    ReferenceKind.ENTRY: "entries",
    ReferenceKind.ASSET: "assets",
    ReferenceKind.EXTENSION: "extensions",
}


class Resolver:
    """Resolves the references of one document; `gaps` holds what could not be resolved.

    `held` are entries of the same cycle that do not exist yet: references to them are left out without a
    gap, because a second write brings them.
    """

    def __init__(
        self, replay: Replay, content_type: str, uid: str, locale: str, held: frozenset[str] = frozenset()
    ) -> None:
        self._replay = replay
        self._place = (content_type, uid, locale)
        self._held = held
        self.gaps: list[Gap] = []

    def __call__(self, reference: Reference) -> str | Keep | None:
        match reference.kind:
            case ReferenceKind.LOCALE:
                return self._replay.options.locales.get(reference.uid, KEEP)
            case ReferenceKind.ASSET_URL:
                return self._url(reference)
            case ReferenceKind.TERM:
                return self._term(reference)
            case _:
                return self._object(reference)

    def _object(self, reference: Reference) -> str | None:
        kind = _KINDS[reference.kind]
        if kind == "entries" and reference.uid in self._held:
            return None
        target = self._replay.identity.target(kind, reference.uid)
        if target is None:
            self._gap(
                reference,
                f"it refers to {reference.kind.value} {reference.uid}, which is not there: left out",
            )
        return target

    def _url(self, reference: Reference) -> str | Keep:
        url = self._replay.identity.target("asset_urls", reference.uid)
        if url:
            return url
        self._gap(
            reference, f"it holds the address of asset {reference.uid}, which is not there: left as it is"
        )
        return KEEP

    def _term(self, reference: Reference) -> Keep | None:
        if self._replay.identity.target("terms", f"{reference.content_type}\0{reference.uid}"):
            return KEEP
        self._gap(reference, f"it is tagged with term {reference.uid}, which is not there: left out")
        return None

    def _gap(self, reference: Reference, reason: str) -> None:
        content_type, uid, locale = self._place
        self.gaps.append(
            Gap(
                kind="references",
                uid=uid,
                type=content_type,
                locale=locale,
                path=reference.path,
                reason=reason,
            )
        )
