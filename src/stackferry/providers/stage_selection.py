"""Which stages of an import are gone through: those of the kinds that it is asked for. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.providers.target import ImportStage, WaitFor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.target import WriteOptions


class StageSelection:
    """The stages of one import without those whose kinds are not imported: what needs one needs what that needs."""

    def __init__(self, options: WriteOptions) -> None:
        self._options = options
        self._left_out: dict[str, tuple[str, ...] | None] = {}  # by name, and what they need

    def of(self, group: Iterable[ImportStage | WaitFor]) -> Iterator[ImportStage | WaitFor]:
        for stage in group:
            if isinstance(stage, WaitFor):
                yield stage
                continue
            after = self._after(stage.after)
            if not stage.kinds or self._options.includes(*stage.kinds):
                yield replace(stage, after=after)
            else:
                self._left_out[stage.name] = after

    def _after(self, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """In place of a stage that is left out those that it needs."""
        found: list[str] = []
        for name in names or ():
            needed = self._left_out.get(name, (name,))
            if needed is None:
                return None
            found += needed
        return None if names is None else tuple(found)
