"""Items of releases, publications and schedules as findings name them: of what, in which language and version. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from stackferry.core.json_diff import Side
    from stackferry.model import Json, JsonObject, Row
    from stackferry.providers.contentstack.content.publish_queue import Schedule
    from stackferry.providers.target import ImportContext

Item: TypeAlias = "tuple[str, ...]"
ASSET_TYPES = frozenset({"built_io_upload", "sys_assets"})  # how release items name an asset's type


class EnvironmentNames:
    """What people call environments, by their uids on either side; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        rows = (
            row for one in (context.source, context.target) for row in one.objects(Stream("environments"))
        )
        self._names = {text(row.get("uid")): text(row.get("name")) for row in rows}

    def of(self, uid: str) -> str:
        return self._names.get(uid) or uid


def is_alike(item: Item, other: Item) -> bool:
    """Whether two items are about the same, whatever the version."""
    return (*item[:3], *item[4:]) == (*other[:3], *other[4:])


def target_variant(context: ImportContext, variant: str) -> str:
    """A variant as the target calls it; one that it lacks stays as it is."""
    return context.identity.target("variants", variant) or variant


def variant_number(
    context: ImportContext, stream: Stream, uid: str, target: str, variant: str, version: int
) -> str | None:
    """The number in the target of a variant's own version: both sides show the latest one only."""
    there = stream._replace(locale=target_locale(context, stream.locale))
    rows = (
        context.source.get(stream, f"{uid}\0{variant}"),
        context.target.get(there, f"{target}\0{target_variant(context, variant)}"),
    )
    left, right = (integer(as_object((row or {}).get("variant")).get("_version")) for row in rows)
    return None if right is None or left != version else str(right)


def items_by_release(context: ImportContext) -> dict[str, set[Item]]:
    """The items of each release of the target: of what, in which language, at which version, to do what."""
    found: dict[str, set[Item]] = {}
    for row in context.target.objects(Stream("release_items")):
        item = as_object(row.get("item"))
        kind = text(item.get("content_type_uid"))
        fact = (
            "assets" if kind in ASSET_TYPES else kind,
            text(item.get("uid")),
            text(item.get("locale")),
            str(integer(item.get("version"))),
            text(item.get("action")),
            text(item.get("variant_id")),
        )
        found.setdefault(text(row.get("release")), set()).add(fact)
    return found


def item_gap(release: str, item: JsonObject, what: str) -> Gap:
    return Gap(
        kind="release_items",
        uid=release,
        type=text(item.get("content_type_uid")),
        locale=text(item.get("locale")),
        path=text(item.get("uid")),
        reason=f"{text(item.get('title')) or text(item.get('uid'))} {what}",
    )


def schedule_gap(one: Schedule, reason: str) -> Gap:
    """The gap of something that waits in the source's queue."""
    return Gap(
        kind="schedules", uid=one.row, type=one.content_type, locale=one.locale, path=one.uid, reason=reason
    )


def shown_version(fact: Sequence[Any]) -> Json:
    """The version; with its language where it is of another than the one that shows it."""
    *_, locale, _, version, owner = fact
    return version if owner in ("", locale) else f"{version} of {owner}"


def publication_mismatch(context: ImportContext, fact: Row, uid: str, left: Side, right: Side) -> Mismatch:
    """A publication that only one side has."""
    content_type, _, locale, environment, *_ = fact
    kind = "publications" if content_type else "asset_publications"
    path = f"/publish_details/{context.once(EnvironmentNames).of(str(environment))}"
    return Mismatch(kind, uid, left, right, content_type, locale, path)
