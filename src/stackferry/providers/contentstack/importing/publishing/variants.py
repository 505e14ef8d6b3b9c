"""The plan for what is published of variants: those of one entry that are shown in the same places, in one call.

A call that the service refuses says nothing of the variants that it names, so these are then published one by
one. Pure.
API: the publish call as the vendor's own clients use it for variants (header `api_version: 3.2`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, text
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.variants import (
    about,
    held_variant,
    variant_gap,
    variant_rows,
    version_key,
)
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Gap, JsonObject, Request, Stream
    from stackferry.providers.target import Replay, Step

_SHOWN = "variant_publications"  # the identity that remembers which variants a call published


@dataclass(frozen=True, slots=True)
class Showing:
    """A version of a variant, and the environments (by uid) that show it in one language."""

    stream: Stream
    row: JsonObject
    version: int
    locale: str
    environments: tuple[str, ...]

    @property
    def uid(self) -> str:
        return text(self.row.get("uid"))

    @property
    def variant(self) -> str:
        return text(about(self.row).get("_uid"))

    @property
    def key(self) -> str:
        where = f"{self.locale}/{','.join(self.environments)}"
        return f"{self.stream.type}/{self.uid}/{self.stream.locale}/{self.variant}/{where}"


def publications(replay: Replay) -> Iterator[Step]:
    """One call for the variants of an entry that the same environments show in the same language."""
    for alike in together(replay):
        step = _publish(replay, f"publish-variants/{alike[0].key}", alike)
        yield replace(step, reported_later=True) if len(alike) > 1 else step


def publications_again(replay: Replay) -> Iterator[Step]:
    """What was refused together, one by one."""
    for alike in together(replay):
        for one in alike if len(alike) > 1 else ():
            if replay.identity.target(_SHOWN, one.key) is None:
                yield _publish(replay, f"publish-variant/{one.key}", [one], told=True)


def together(replay: Replay) -> Iterator[list[Showing]]:
    """What one call can publish."""
    rows = variant_rows(replay)
    for _, of_one_entry in groupby(rows, key=lambda found: (found[0], text(found[1].get("uid")))):
        calls: defaultdict[tuple[str, tuple[str, ...]], list[Showing]] = defaultdict(list)
        for stream, row in of_one_entry:
            for one in _showings(stream, row):
                calls[one.locale, one.environments].append(one)
        yield from calls.values()


def _showings(stream: Stream, row: JsonObject) -> Iterator[Showing]:
    places: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for environment, locale, version in sorted(publish_details(as_object(row.get("variant")))):
        places[version, locale].append(environment)
    for (version, locale), environments in sorted(places.items()):
        yield Showing(stream, row, version, locale, tuple(environments))


def _publish(replay: Replay, key: str, alike: Sequence[Showing], *, told: bool = False) -> Write:
    """`told`: what cannot be brought over was told by the call for all of them."""
    first = alike[0]

    def build() -> PreparedWrite:
        entry = replay.identity.target("entries", first.uid)
        environments = [uid for uid in first.environments if replay.identity.target("environments", uid)]
        items, found = _items(replay, entry, alike, environments)
        gaps = [] if told else found
        shown = [(_SHOWN, one.key, "1") for one in alike]
        if entry is None or not items:
            return PreparedWrite(identities=shown, gaps=gaps)
        names = [target_environment(replay, uid) for uid in environments]
        return PreparedWrite(
            request=_request(replay, first, entry, names, items), identities=shown, gaps=gaps
        )

    return Write(
        key=key,
        kind="publications",
        build=build,
        read=read_notice,
        failed=variant_gap(first.stream, first.row, "the target refused to publish it"),
        optional=True,
    )


def _items(
    replay: Replay, entry: str | None, alike: Sequence[Showing], environments: Sequence[str]
) -> tuple[list[JsonObject], list[Gap]]:
    """The variants as the call names them, without those that are shown already, and what was not brought over."""
    items: list[JsonObject] = []
    gaps: list[Gap] = []
    for one in alike:
        target, made = replay.identity.target("variants", one.variant), _made(replay, one)
        if entry is None or target is None or made is None or len(environments) < len(one.environments):
            reason = f"version {one.version} is published, and could not be brought over"
            gaps.append(variant_gap(one.stream, one.row, reason))
        if entry and target and made and environments and not _is_shown(replay, one, entry, target, made):
            items.append({"uid": target, "version": made})
    return items, gaps


def _made(replay: Replay, one: Showing) -> int | None:
    """The version that this one became; of a variant only the latest is brought over."""
    if one.version != integer(as_object(one.row.get("variant")).get("_version")):
        return None
    made = replay.identity.target("variant_versions", version_key(one.stream, one.row))
    return int(made) if made else None


def _is_shown(replay: Replay, one: Showing, entry: str, target: str, made: int) -> bool:
    """Whether the target showed this very version in all these places before the import began."""
    held = held_variant(replay, one.stream, entry, target)
    places = {replay.identity.target("environments", uid) for uid in one.environments}
    wanted = {(place, target_locale(replay, one.locale), made) for place in places if place}
    return held is not None and wanted <= set(publish_details(held))


def _request(
    replay: Replay, first: Showing, entry: str, environments: list[str], variants: list[JsonObject]
) -> Request:
    return publish(
        "publish",
        first.stream.type,
        entry,
        environments,
        [target_locale(replay, first.locale)],
        locale=target_locale(replay, first.stream.locale),
        variants=variants,
    )
