"""Which object of a target is which object of the source: what an import knows, and what earlier ones knew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Identity(Protocol):
    """Which object of the target is which object of the source: uids by kind."""

    def target(self, kind: str, source: str) -> str | None: ...

    def is_target(self, kind: str, target: str) -> bool: ...


class Memory(Identity, Protocol):
    """The identities of an import, all of a kind at once: pairs of source and target, in the order of the sources."""

    def identities(self, kind: str) -> Iterator[tuple[str, str]]: ...

    def source(self, kind: str, target: str) -> str | None: ...


class EarlierIdentities(Protocol):
    """What earlier imports between the same two places wrote or found: uids by kind.

    The target may have lost an object since.
    """

    def target(self, kind: str, source: str) -> str | None: ...

    def source(self, kind: str, target: str) -> str | None: ...


class _NothingEarlier:
    def target(self, kind: str, source: str) -> str | None:  # noqa: ARG002 - as the protocol says
        return None

    def source(self, kind: str, target: str) -> str | None:  # noqa: ARG002 - as the protocol says
        return None


NOTHING_EARLIER: EarlierIdentities = _NothingEarlier()
