"""Ids of the source that stand in the target, although the same object is called otherwise there. Pure.

Where a link names such an object, the comparison of bodies sees it. This finds it anywhere else: in the parameters of
an app, in the JSON of a field. Other fields hold links or an author's own words and are not looked into.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stackferry.core.json_diff import escaped
from stackferry.model import Stream
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import Json
    from stackferry.providers.contentful.verification.terms import Terms
    from stackferry.providers.target import ImportContext


class SourceIds:
    """The ids of the source that mean nothing in the target, or something else.

    `renamed`: of each kind whose ids may be others there, what an id is in the target.
    """

    def __init__(
        self,
        context: ImportContext,
        terms: Terms,
        own_terms: Terms,
        renamed: Mapping[str, Callable[[str], str | None]],
    ) -> None:
        self._context, self._terms, self._renamed = context, terms, renamed
        self._steps = terms.steps.keys() - own_terms.steps.keys()

    @cached_property
    def _ids(self) -> frozenset[str]:
        if self._context.is_one_place:
            return frozenset()
        found = {*self._steps}
        for kind, target in self._renamed.items():
            ids = map(sys_id, self._context.source.objects(Stream(kind)))
            found |= {uid for uid in ids if target(uid) != uid}
        here, there = self._context.origin, self._context.place
        if here and there and here.key != there.key:
            found.add(here.key)
        return frozenset(found - {""})

    def between(self, left: Json, right: Json, path: str = "") -> Iterator[tuple[str, str]]:
        """Where both bodies hold such an id as a value of its own: JSON pointer and value.

        Both are in the target's words. Where they differ, the difference is told already.
        """
        if not self._ids:
            return
        if isinstance(left, str) and left == right and self._is_one(left):
            yield path, left
        elif isinstance(left, list) and isinstance(right, list):
            for place, (one, other) in enumerate(zip(left, right, strict=False)):
                yield from self.between(one, other, f"{path}/{place}")
        elif isinstance(left, dict) and isinstance(right, dict):
            for name, one in left.items():
                yield from self.between(one, right.get(name), f"{path}/{escaped(name)}")

    def _is_one(self, value: str) -> bool:
        return value in self._ids or self._terms.resource(value) != value
