"""What was edited in everything that names versions: publications, items of releases, schedules, names. Pure.

Both snapshots are of one place, so a number means the same version on both sides.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, epoch_seconds, integer, objects, text
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentstack.content.deployments import deployments, is_deployment
from stackferry.providers.contentstack.content.publish_queue import Schedule, waiting_schedules
from stackferry.providers.contentstack.kinds import item_key
from stackferry.providers.contentstack.verification.documents import Documents
from stackferry.providers.contentstack.verification.version_names import named_versions
from stackferry.providers.differences import ADDED, CHANGED, REMOVED, Change, Subject, value_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.core.json_diff import Side
    from stackferry.model import Row
    from stackferry.providers.contentstack.verification.change import Sides
    from stackferry.providers.source import RecordStore, TempTables

    # An object in an environment and language: content type, uid, locale, environment.
    LivePlace = tuple[str, str, str, str]

_ASSET_TYPES = frozenset(("built_io_upload", "sys_assets"))  # how release items name an asset's type


class StateChanges:
    """The edits of two snapshots that are no content. Where there is much, it lies in `scratch`."""

    def __init__(self, sides: Sides, scratch: TempTables) -> None:
        self._sides, self._scratch = sides, scratch

    # --- publications ---

    def publications(self) -> Iterator[Change]:
        """Where which version is live: a line for each object, language and environment."""
        rows = self._scratch.table(7)
        for side, store in enumerate((self._sides.left, self._sides.right)):
            rows.add(self._live(store, side))
        for place, listed in groupby(rows, key=itemgetter(0, 1, 2, 3)):
            sides: tuple[list[Row], list[Row]] = ([], [])
            for side, version, owner in ((row[4], row[5], row[6]) for row in listed):
                sides[int(side)].append((version, owner))
            self._sides.compared["publications" if place[0] else "asset_publications"] += bool(sides[0])
            if sides[0] != sides[1]:
                yield from self._publication(place, *sides)

    def _live(self, store: RecordStore, side: int) -> Iterator[Row]:
        documents = Documents(store)
        for published in (documents.published_assets(), documents.published_entries()):
            for one in published:
                yield (*one[:4], side, one.version, one.owner)

    def _publication(self, place: LivePlace, left: list[Row], right: list[Row]) -> Iterator[Change]:
        content_type, uid, locale, environment = place
        if (not right and self._went_with_another(place)) or self._same_rows(place):
            return
        kind = "publications" if content_type else "asset_publications"
        subject = self._sides.subject(kind, uid, content_type, locale)
        if not self._is_known(subject, content_type, is_left=not left):
            return
        name = self._sides.environment(environment)
        shown = [_versions(rows, locale) for rows in (left, right)]
        yield value_change(subject, f"/publish_details/{name}", *shown, environment=name)

    def _went_with_another(self, place: LivePlace) -> bool:
        """Whether the object, its language or the environment was deleted, and the publication with it."""
        content_type, uid, locale, environment = place
        sides = self._sides
        if sides.is_gone(environment, locale) or not sides.holds(sides.right, content_type, uid):
            return True
        stream = Stream("entries", content_type, locale)
        had = bool(content_type) and sides.left.get(stream, uid) is not None
        return had and sides.right.get(stream, uid) is None

    def _is_known(self, subject: Subject, content_type: str, *, is_left: bool) -> bool:
        """Whether the side that does not list a publication holds its object at all."""
        store = self._sides.left if is_left else self._sides.right
        other = self._sides.coverage[0 if is_left else 1]
        return not other.leaves_out("entries" if content_type else "assets") or self._sides.holds(
            store, content_type, subject.uid
        )

    def _same_rows(self, place: LivePlace) -> bool:
        """Whether the service lists the same, word for word: only what else is known of the object has changed."""
        rows = [self._listed(store, place) for store in (self._sides.left, self._sides.right)]
        return bool(rows[0]) and rows[0] == rows[1]

    def _listed(self, store: RecordStore, place: LivePlace) -> set[tuple[int | None, str]]:
        content_type, uid, locale, environment = place
        streams = self._sides.streams("entries", content_type) if content_type else [Stream("assets")]
        found: set[tuple[int | None, str]] = set()
        for stream in streams:
            for row in objects((store.get(stream, uid) or {}).get("publish_details")):
                if row.get("environment") == environment and text(row.get("locale")) == locale:
                    found.add((integer(row.get("version")), text(row.get("time"))))
        return found

    # --- releases ---

    def release_items(self) -> Iterator[Change]:
        """Items that came, went, or are pinned to another version."""
        items: dict[tuple[str, str], list[JsonObject | None]] = {}
        for side, store in enumerate((self._sides.left, self._sides.right)):
            for row in store.objects(Stream("release_items")):
                item = as_object(row.get("item"))
                key = (text(row.get("release")), item_key({**item, "action": ""}))
                same = items.setdefault((key[0], f"{key[1]}\0{text(item.get('action'))}"), [None, None])
                same[side] = item
        for (release, _), (left, right) in sorted(_with_actions_paired(items).items()):
            store = self._sides.right if right is None else self._sides.left
            if store.get(Stream("releases"), release) is None:
                continue  # it came or went with its release
            self._sides.compared["release_items"] += 1
            yield from self._item(release, left, right)

    def _item(self, release: str, left: JsonObject | None, right: JsonObject | None) -> Iterator[Change]:
        subject, path, facts = self._about_item(release, right or left or {})
        was, now = _version(left), _version(right)
        if left is not None and right is not None:
            if was != now:
                yield Change(subject, CHANGED, f"{path}/version", was, now, facts)
            if left.get("action") != right.get("action"):
                yield Change(
                    subject, CHANGED, f"{path}/action", left.get("action"), right.get("action"), facts
                )
        elif self._sides.can_tell(subject, is_left=right is None):
            yield Change(subject, ADDED if left is None else REMOVED, path, was, now, facts)

    def _about_item(self, release: str, item: JsonObject) -> tuple[Subject, str, dict[str, Json]]:
        kind, uid, locale = (text(item.get(name)) for name in ("content_type_uid", "uid", "locale"))
        content_type = "" if kind in _ASSET_TYPES else kind
        title = self._sides.subject("", uid, content_type, locale).title or text(item.get("title"))
        subject = Subject("release_items", release, self._release(release), content_type, locale)
        return subject, f"{kind}/{uid}", {"item": uid, "item_title": title, "action": item.get("action")}

    def _release(self, uid: str) -> str:
        return self._sides.title("releases", uid)

    # --- schedules ---

    def schedules(self) -> Iterator[Change]:
        """What is to be published, unpublished or deployed, and when; what was carried out is no edit."""
        left, right = (self._scheduled(store) for store in (self._sides.left, self._sides.right))
        for one in left.keys() & right.keys():
            self._sides.compared["schedules"] += bool(one)
        for key in sorted(left.keys() ^ right.keys()):
            is_left = key in left
            change = self._schedule((left if is_left else right)[key], is_left=is_left)
            is_over = is_left and self._is_over(left[key])
            if not is_over and self._sides.can_tell(change.subject, is_left=is_left):
                yield change

    def _scheduled(self, store: RecordStore) -> dict[tuple[str, ...], Schedule]:
        found = {}
        waiting = (one for one in waiting_schedules(store) if not is_deployment(one, store))
        for one in (*waiting, *_planned(store)):
            places = sorted(map(self._sides.environment, one.environments))
            what = (one.action, one.content_type, one.uid, one.locale, str(one.version), one.variant)
            found[(*what, one.at, *places)] = one
        return found

    def _is_over(self, one: Schedule) -> bool:
        """Whether it was carried out, or its object is gone."""
        if is_deployment(one, self._sides.left):
            return not is_deployment(one, self._sides.right) or self._is_deployed(one)
        if not self._sides.holds(self._sides.right, one.content_type, one.uid):
            return True
        due, live = epoch_seconds(one.at), [*self._live_since(one)]
        if one.action == "unpublish":
            return not live
        return due is not None and any(when is not None and when >= due for when in live)

    def _is_deployed(self, one: Schedule) -> bool:
        done = {(row.release, row.environment) for row in deployments(self._sides.right, 0)}
        return (one.uid, *one.environments) in done

    def _live_since(self, one: Schedule) -> Iterator[float | None]:
        """Since when the object is live in the environments of a schedule."""
        sides, wanted = self._sides, {*map(self._sides.environment, one.environments)}
        for stream in sides.streams("entries", one.content_type) if one.content_type else [Stream("assets")]:
            for row in objects((sides.right.get(stream, one.uid) or {}).get("publish_details")):
                if sides.environment(text(row.get("environment"))) in wanted:
                    yield epoch_seconds(text(row.get("time")))

    def _schedule(self, one: Schedule, *, is_left: bool) -> Change:
        title = self._sides.subject("", one.uid, one.content_type, one.locale).title
        subject = Subject("schedules", one.uid, title or self._release(one.uid), one.content_type, one.locale)
        environments = ", ".join(sorted(map(self._sides.environment, one.environments)))
        facts: dict[str, Json] = {"action": one.action, "environment": environments, "at": one.at}
        version: Side = one.version or ABSENT
        if is_left:
            return Change(subject, REMOVED, left=version, facts=facts)
        return Change(subject, ADDED, right=version, facts=facts)

    # --- names of versions ---

    def version_names(self) -> Iterator[Change]:
        """Versions that have another name; only of those that both snapshots know."""
        rows = self._scratch.table(6)
        for side, store in enumerate((self._sides.left, self._sides.right)):
            rows.add(_names_of_versions(store, side))
        for (content_type, uid, locale, number), listed in groupby(rows, key=itemgetter(0, 1, 2, 3)):
            names: tuple[set[str], set[str]] = (set(), set())
            for row in listed:
                names[row[4]].add(row[5])
            if names[0] and names[1] and not names[0] & names[1]:
                sides: list[Side] = [max(side) or ABSENT for side in names]
                subject = self._sides.subject("version_names", uid, content_type, locale)
                yield Change(subject, CHANGED, f"version {number}", sides[0], sides[1])


def _names_of_versions(store: RecordStore, side: int) -> Iterator[tuple[str, str, str, int, int, str]]:
    for kind in ("entries", "versions", "history"):
        for stream, uid, number, name in named_versions(store, kind):
            if name or kind == "history":  # only a list of versions says that one has no name
                yield stream.type, uid, stream.locale, number, side, name


def _version(item: JsonObject | None) -> Side:
    return ABSENT if item is None else item.get("version")


def _planned(store: RecordStore) -> Iterator[Schedule]:
    """Deployments of releases that are still to come."""
    for one in deployments(store, 0):
        if one.is_planned:
            yield Schedule("", "deploy", "", one.release, "", 0, (one.environment,), one.at)


def _with_actions_paired(
    items: dict[tuple[str, str], list[JsonObject | None]],
) -> dict[tuple[str, str], list[JsonObject | None]]:
    """An item that is to be unpublished now instead of published is one item, where there is no other of its object."""
    found = dict(items)
    by_object: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key in items:
        by_object.setdefault((key[0], key[1].rpartition("\0")[0]), []).append(key)
    for keys in by_object.values():
        gone = [key for key in keys if items[key][1] is None]
        come = [key for key in keys if items[key][0] is None]
        if len(keys) == 2 and len(gone) == len(come) == 1:
            found[come[0]] = [items[gone[0]][0], items[come[0]][1]]
            del found[gone[0]]
    return found


def _versions(rows: Iterable[Row], locale: str) -> Side:
    """The version that is live; with its language where it is of another than the one that shows it."""
    shown: list[Json] = [
        int(version) if owner in ("", locale) else f"{version} of {owner}" for version, owner in rows
    ]
    return ABSENT if not shown else shown[0] if len(shown) == 1 else shown
