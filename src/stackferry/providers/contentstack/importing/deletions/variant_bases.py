"""What entries show while their variants are re-pointed: read before and after, and put right.

Publishing a variant may publish its entry in its latest version (see `publishing/variant_check`). Pure.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.deletions.variants import VariantRepointing
from stackferry.providers.contentstack.importing.publishing.singly import alone_there
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentstack.importing.deletions.variants import Place, Variant
    from stackferry.providers.target import ImportContext, Step

    Shown = tuple[Variant, Place]  # a place in which a variant of an entry is published

# Identities, by an entry's document and a place: what it showed there before; that it shows something else.
_BEFORE: Final = "variant_base"
_MOVED: Final = "variant_base_moved"
_NOT_AGAIN: Final = "its entry was published along with it, and does not show again what it showed"


class VariantBases:
    """The entries whose variants one import re-points."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._variants = context.once(VariantRepointing)
        rows = context.target.objects(Stream("environments"))
        self._environments = {text(row.get("uid")): text(row.get("name")) for row in rows}

    def before(self) -> Iterator[Step]:
        """What they show before anything of their variants is published."""
        return self._read("before", self._variants.places())

    def after(self) -> Iterator[Step]:
        """And then."""
        return self._read("after", self._variants.places())

    def put_right(self) -> Iterator[Step]:
        """Publish again what was live; an entry that was live nowhere there is a gap."""
        for one, place in self._moved():
            key, before = f"repoint-variant/{_name(one, place)}", self._before(one, place)
            environment = self._environments.get(place[0], place[0])
            where = f"{environment}, {place[1]}"
            if not before:
                gap = one.gap(f"its entry was published along with it in {where}: unpublish it there")
                yield report_gaps(key, "variants", [gap])
                continue
            request = publish(
                "publish",
                one.type,
                one.uid,
                [environment],
                [place[1]],
                locale=one.locale,
                version=int(before),
            )
            yield Write(
                key=key,
                kind="publications",
                build=partial(PreparedWrite, request=request),
                read=Noticed(alone_there(one.uid)),
                failed=one.gap(f"the target refused to publish its entry in {where} as it was"),
                optional=True,
            )

    def confirm(self) -> Iterator[Step]:
        """Whether they show it again."""
        return self._read("again", [(one, place) for one, place in self._moved() if self._before(one, place)])

    def _before(self, one: Variant, place: Place) -> str:
        return self._context.identity.target(_BEFORE, _name(one, place)) or ""

    def _moved(self) -> Iterator[Shown]:
        for one, place in self._variants.places():
            if self._context.identity.target(_MOVED, _name(one, place)) is not None:
                yield one, place

    def _read(self, name: str, places: Iterable[Shown]) -> Iterator[Step]:
        """One read for each entry and language."""
        grouped: dict[str, list[Shown]] = {}
        for one, place in places:
            grouped.setdefault(one.document, []).append((one, place))
        for document, members in grouped.items():
            first = members[0][0]
            yield Await(
                key=f"repoint-variant/{name}/{document}",
                kind="variants",
                request=read_entry(
                    first.type,
                    first.uid,
                    ("locale", first.locale),
                    ("include_publish_details", "true"),
                ),
                observe=partial(self._observe, members, is_first=name == "before"),
                is_foreseen=True,
                gaps=partial(_gaps, first) if name == "again" else lambda _: (),
                only_if_refused=first.is_uncertain,
            )

    def _observe(self, members: Sequence[Shown], answer: JsonObject, *, is_first: bool) -> Observation:
        details = publish_details(as_object(answer.get("entry")))
        shown = {(environment, code): str(version) for environment, code, version in details}
        if is_first:
            return Observation([(_BEFORE, _name(one, place), shown.get(place, "")) for one, place in members])
        moved = [
            _name(one, place) for one, place in members if shown.get(place, "") != self._before(one, place)
        ]
        return Observation(pending=[(_MOVED, name, "1") for name in moved])


def _gaps(one: Variant, facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
    return [one.gap(_NOT_AGAIN)] if facts else []


def _name(one: Variant, place: Place) -> str:
    return f"base/{one.document}/{place[0]}/{place[1]}"
