"""Pairing the small kinds: by uid, by code, by the natural key that a kind's row names. Pure."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import fallback_chain
from stackferry.providers.contentstack.target_names import environment_name
from stackferry.providers.pairs import Pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject, Row
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.pairs import ByUid
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import WriteOptions

    # The target's uid of an object of a kind, if it is in a pair.
    TargetOf = Callable[[str, str], str | None]


def pair_objects(
    kind: Kind,
    source: RecordStore,
    target: RecordStore,
    options: WriteOptions,
    pairs: Pairs,
    target_of: TargetOf,
) -> Pairs:
    """Adds the objects of a kind that natural keys pair. `target_of` translates what the key refers to."""

    def translated(name: str, value: Json) -> Json:
        if kind is kinds.ENVIRONMENTS:
            return environment_name(options, value) if isinstance(value, str) else value
        if name not in kind.refers_to:
            return value
        found = [target_of(kind.refers_to[name], text(one)) or one for one in as_list(value) or [value]]
        return found if isinstance(value, list) else found[0]

    for with_parents in (True, False) if kind.parent else (False,):
        pairs.pair_by_key(
            _keys(kind, source, translated, pairs.is_free_source, with_parents=with_parents),
            _keys(kind, target, lambda _, value: value, pairs.is_free_target, with_parents=with_parents),
        )
    return pairs


def pair_by_uid(source: RecordStore, target: RecordStore, kind: str, by_uid: ByUid, pairs: Pairs) -> Pairs:
    """Adds the objects of a kind that uids pair."""
    stream = Stream(kind)
    return by_uid.pair(
        pairs,
        kind,
        lambda: (text(row.get("uid")) for row in source.objects(stream)),
        lambda _, other: target.get(stream, other) is not None,
    )


def pair_terms(source: RecordStore, target: RecordStore, scratch: TempTables) -> Pairs:
    """The terms that have the same uid in the same taxonomy."""
    pairs, stream = Pairs(scratch), Stream("terms")
    for row in source.objects(stream):
        uid = text(as_object(row.get("term")).get("uid"))
        key = f"{text(row.get('taxonomy'))}\0{uid}"
        if target.get(stream, key) is not None:
            pairs.add(key, uid)
    return pairs


def pair_locales(
    source: RecordStore, target: RecordStore, locales: Mapping[str, str], scratch: TempTables
) -> Pairs:
    """The locales by their codes; `locales` gives the target's code for a source's code."""
    pairs, stream = Pairs(scratch), Stream("locales")
    for row in source.objects(stream):
        code = text(row.get("code"))
        if target.get(stream, locales.get(code, code)) is not None:
            pairs.add(code, locales.get(code, code))
    return pairs


def pair_members(
    sources: Json, targets: Json, ways: Sequence[Callable[[str], str | None]] = ()
) -> list[tuple[str, str]]:
    """The uids of stages of one workflow, or variants of one group: by uid, else by name, else by position.

    Both sides are lists of objects with a `uid` and a `name`. A name counts where it is unique on both sides.
    `ways` give what an object's uid may be in the target, the surest first.
    """
    left, right = objects(sources), objects(targets)
    held = {text(row.get("uid")): place for place, row in enumerate(right)}
    places, others = _unique_names(left), _unique_names(right)
    found: dict[int, int] = {}
    keys = [
        [(place, held.get(way(text(row.get("uid"))) or "")) for place, row in enumerate(left)] for way in ways
    ]
    keys += [
        [(place, others.get(name)) for name, place in places.items()],
        [(place, place) for place in range(min(len(left), len(right)))],
    ]
    for place, other in chain.from_iterable(keys):
        if other is not None and place not in found and other not in found.values():
            found[place] = other
    return [
        (text(left[one].get("uid")), text(right[other].get("uid"))) for one, other in sorted(found.items())
    ]


def _unique_names(rows: list[JsonObject]) -> dict[str, int]:
    """The position of every row whose name no other row has."""
    names = [text(row.get("name")) for row in rows]
    return {name: place for place, name in enumerate(names) if name and names.count(name) == 1}


def _keys(
    kind: Kind,
    staged: RecordStore,
    translated: Callable[[str, Json], Json],
    is_free: Callable[[str], bool],
    *,
    with_parents: bool,
) -> Iterator[Row]:
    """The natural key and the uid of every free object; with the keys of all that it lies in, or without."""

    def key(row: JsonObject) -> list[Json]:
        return [translated(name, row.get(name)) for name in kind.match_fields]

    def free(rows: Iterable[JsonObject]) -> Iterator[tuple[str, JsonObject]]:
        for row in rows:
            if (uid := text(row.get("uid"))) and is_free(uid) and any(key(row)):
                yield uid, row

    if not with_parents:  # there may be many: none is kept in memory
        for uid, row in free(staged.objects(Stream(kind.name))):
            yield exact_json.dumps([key(row)]), uid
        return
    rows = {text(row.get("uid")): row for row in staged.objects(Stream(kind.name))}
    parents = {uid: kind.parent_of(row) for uid, row in rows.items()}
    for uid, _ in free(rows.values()):
        # The object, and all that it lies in, the nearest first.
        path = [key(rows[one]) for one in fallback_chain(uid, parents) if one in rows]
        yield exact_json.dumps([*path]), uid
