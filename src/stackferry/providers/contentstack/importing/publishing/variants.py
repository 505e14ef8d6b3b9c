"""The plan for what is published of variants: those of one entry that are shown in the same places, in one call.

A refusal does not say which variant it is about, so the variants of a refused call are then published one by one.
Pure.
API: the publish call as the vendor's own clients use it for variants (header `api_version: 3.2`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from stackferry.json_values import integer
from stackferry.providers.contentstack.content.publications import document_publications, publish_details
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.entries.withheld import because
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.importing.publishing.singly import alone
from stackferry.providers.contentstack.importing.variants import EntryVariant, entry_variants
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import is_same_stack, target_environment, target_locale
from stackferry.providers.target import PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.target import ImportContext, Step

_SENT = "variant_publications"  # the identity that remembers which variants a call was to publish


@dataclass(frozen=True, slots=True)
class PublishedVariant:
    """A version of a variant, and the environments (by uid) that show it in one language."""

    source: EntryVariant
    version: int
    locale: str
    environments: tuple[str, ...]

    @property
    def key(self) -> str:
        stream, where = self.source.stream, f"{self.locale}/{','.join(self.environments)}"
        return f"{stream.type}/{self.source.uid}/{stream.locale}/{self.source.variant}/{where}"


def publications(context: ImportContext) -> Iterator[Step]:
    """One call for the variants of an entry that the same environments show in the same language."""
    for group in publish_groups(context):
        step = _publish(context, f"publish-variants/{group[0].key}", group)
        # A refusal does not say which variant it is about; `publications_again` finds out.
        yield replace(step, reported_later=True) if len(group) > 1 else step


def publications_again(context: ImportContext) -> Iterator[Step]:
    """What was refused together, one by one."""
    for group in publish_groups(context):
        for variant in group if len(group) > 1 else ():
            if context.identity.target(_SENT, variant.key) is None:
                yield _publish(context, f"publish-variant/{variant.key}", [variant], gaps_are_reported=True)


def publish_groups(context: ImportContext) -> Iterator[list[PublishedVariant]]:
    """What one call can publish."""
    kept = context.once(Promotion).is_kept
    written = (one for one in entry_variants(context) if not kept("variants", one.version_key))
    for _, of_one_entry in groupby(written, key=lambda one: (one.stream, one.uid)):
        calls: defaultdict[tuple[str, tuple[str, ...]], list[PublishedVariant]] = defaultdict(list)
        for source in of_one_entry:
            for variant in _published_variants(source):
                calls[variant.locale, variant.environments].append(variant)
        yield from calls.values()


def published_variants(context: ImportContext) -> Iterator[tuple[PublishedVariant, int]]:
    """Those that the service took, with their versions' numbers in the target."""
    for group in publish_groups(context):
        for one in group:
            made = _made(context, one)
            has_target = context.identity.target("variants", one.source.variant) is not None
            entry = context.identity.target("entries", one.source.uid)
            if made and has_target and entry and context.identity.target(_SENT, one.key) is not None:
                yield one, made


def _published_variants(source: EntryVariant) -> Iterator[PublishedVariant]:
    places: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for environment, locale, version in sorted(publish_details(source.document)):
        places[version, locale].append(environment)
    for (version, locale), environments in sorted(places.items()):
        yield PublishedVariant(source, version, locale, tuple(environments))


def _publish(
    context: ImportContext, key: str, group: Sequence[PublishedVariant], *, gaps_are_reported: bool = False
) -> Write:
    """`gaps_are_reported`: the call for the whole group has reported what is not in the target."""
    first, source = group[0], group[0].source

    def build() -> PreparedWrite:
        entry = context.identity.target("entries", source.uid)
        environments = [uid for uid in first.environments if context.identity.target("environments", uid)]
        items, gaps = _items(context, entry, group, environments)
        written = PreparedWrite(gaps=[] if gaps_are_reported else gaps)
        if entry is None or not items:
            return written
        sent = [(_SENT, key, "1") for key in items]
        request = publish(
            "publish",
            source.stream.type,
            entry,
            [target_environment(context, uid) for uid in environments],
            [target_locale(context, first.locale)],
            locale=target_locale(context, source.stream.locale),
            variants=[*items.values()],
        )
        return replace(written, request=request, identities=sent)

    return Write(
        key=key,
        kind="publications",
        build=build,
        read=Noticed(alone(source.uid)),
        failed=source.gap("the target refused to publish it"),
        optional=True,
    )


def _items(
    context: ImportContext, entry: str | None, group: Sequence[PublishedVariant], environments: Sequence[str]
) -> tuple[dict[str, JsonObject], list[Gap]]:
    """The variants as the call names them, by their keys, without those that are published already; and a gap for
    each that is not in the target."""
    items: dict[str, JsonObject] = {}
    gaps: list[Gap] = []
    for variant in group:
        target = context.identity.target("variants", variant.source.variant)
        made = _made(context, variant)
        is_there = entry is not None and target is not None and made is not None
        is_whole = is_there and len(environments) == len(variant.environments)
        if not is_whole and not (entry and target and _is_untouched(context, variant, entry, target)):
            what = f"version {variant.version} is published, and could not be imported"
            reason = because(what, "" if made else context.why(variant.source.key))
            gaps.append(variant.source.gap(reason))
        if (
            entry
            and target
            and made
            and environments
            and not _is_shown(context, variant, entry, target, made)
        ):
            items[variant.key] = {"uid": target, "version": made}
    return items, gaps


def _made(context: ImportContext, variant: PublishedVariant) -> int | None:
    """Its version's number in the target; of a variant only the latest version is imported."""
    if variant.version != integer(variant.source.document.get("_version")):
        return variant.source.in_history(context, variant.version)
    made = context.identity.target("variant_versions", variant.source.version_key)
    return int(made) if made else None


def _is_shown(context: ImportContext, variant: PublishedVariant, entry: str, target: str, made: int) -> bool:
    """Whether the target showed this very version in all these places before the import began."""
    held = variant.source.held(context, entry, target)
    places = {context.identity.target("environments", uid) for uid in variant.environments}
    wanted = {(place, target_locale(context, variant.locale), made) for place in places if place}
    return held is not None and wanted <= set(publish_details(held))


def _is_untouched(context: ImportContext, variant: PublishedVariant, entry: str, target: str) -> bool:
    """Whether a branch of the same stack shows the very publication: this version since the same moment.

    So of an older version, which is not in the snapshot.
    """
    held = variant.source.held(context, entry, target) if is_same_stack(context) else None
    stream, uid = variant.source.stream, variant.source.uid
    ours = document_publications(stream.type, uid, variant.source.document)
    theirs = {
        (one.environment, one.locale, one.version): one.time
        for one in document_publications(stream.type, uid, held or {})
    }
    wanted = (one for one in ours if (one.version, one.locale) == (variant.version, variant.locale))
    return held is not None and all(
        one.time is not None
        and one.time
        == theirs.get(
            (
                context.identity.target("environments", one.environment) or "",
                target_locale(context, one.locale),
                one.version,
            )
        )
        for one in wanted
        if one.environment in variant.environments
    )
