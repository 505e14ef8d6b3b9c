"""What was edited between two JSON documents, as a person would tell it: each edit once, a move as one.

`json_diff` compares lists place by place, so that one element put in front changes all that follow. Here the elements
of a list are recognised: by the name that the caller gives them, else by being equal, else by standing between the same
neighbours. An element that stands elsewhere among those that stayed has moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.core.json_diff import ABSENT, Side, equal, escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import Json

    # Two values that are still to be compared: their path, the left one, the right one.
    Pending = tuple[str, Side, Side]


class JsonChange(NamedTuple):
    """One edit. `path` is a JSON pointer into the right document, of what is gone into the left one.

    `origin` is the path in the left document of an element that has moved; its sides are absent. `name` is the name
    of an element of a list that was moved, added or taken away. `is_element`: it is one.
    """

    path: str
    left: Side
    right: Side
    origin: str = ""
    name: str = ""
    is_element: bool = False


class NamedList(list["Json"]):
    """A list whose elements have names by which they are recognised; an empty name is none.

    Several edits in a list that is `whole` are one edit of the list.
    """

    def __init__(self, items: Iterable[Json], names: Iterable[str], *, whole: bool = False) -> None:
        super().__init__(items)
        self.names, self.whole = [*names], whole


def json_changes(left: Side, right: Side, path: str = "") -> list[JsonChange]:
    """Every edit between two documents. Lists may be `NamedList`s, at any depth.

    Two objects are one that was edited unless both have a `uid` and it is another.
    """
    found = [*_changes(left, right, path)]
    gone, come = _put_elsewhere(found)
    result: list[JsonChange] = []
    for one in found:
        if one is not come.get(one.name) and one is not gone.get(one.name):
            result.append(one)
        elif one.left is ABSENT:  # it was taken out of one list and put into another
            before = gone[one.name]
            result.append(JsonChange(one.path, ABSENT, ABSENT, before.path, one.name))
            result += json_changes(before.left, one.right, one.path)
    return result


def _put_elsewhere(found: list[JsonChange]) -> tuple[dict[str, JsonChange], dict[str, JsonChange]]:
    """The elements that were taken out of one list and put into another, by name: as they went, and as they came."""
    gone, come = _alone(found, is_gone=True), _alone(found, is_gone=False)
    both = gone.keys() & come.keys()
    return {name: gone[name] for name in both}, {name: come[name] for name in both}


def _alone(found: list[JsonChange], *, is_gone: bool) -> dict[str, JsonChange]:
    """The elements that were taken away, or added, by name, where one alone has that name."""
    those = [one for one in found if one.name and _is_on_one_side(one, is_left=is_gone)]
    counts = Counter(one.name for one in those)
    return {one.name: one for one in those if counts[one.name] == 1}


def _is_on_one_side(one: JsonChange, *, is_left: bool) -> bool:
    return not one.origin and (one.right if is_left else one.left) is ABSENT


def _changes(left: Side, right: Side, path: str) -> Iterator[JsonChange]:
    pending: list[Pending | JsonChange] = [(path, left, right)]  # a stack: children go on it last first
    while pending:
        one = pending.pop()
        if isinstance(one, JsonChange):
            yield one
            continue
        at, a, b = one
        if isinstance(a, dict) and isinstance(b, dict) and a.get("uid") == b.get("uid"):
            keys = sorted(a.keys() | b.keys(), reverse=True)
            pending += [(f"{at}/{escaped(key)}", a.get(key, ABSENT), b.get(key, ABSENT)) for key in keys]
        elif isinstance(a, list) and isinstance(b, list):
            pending += reversed([*_of_lists(a, b, at)])
        elif a is ABSENT or b is ABSENT or not equal(a, b):
            yield JsonChange(at, a, b)


def _of_lists(left: list[Json], right: list[Json], path: str) -> Iterator[Pending | JsonChange]:
    edits = [*_element_changes(left, right, path)]
    if isinstance(right, NamedList) and right.whole:
        told = [
            change
            for edit in edits
            for change in ([edit] if isinstance(edit, JsonChange) else _changes(*edit[1:], edit[0]))
        ]
        edits = [*told] if len(told) < 2 else [JsonChange(path, left, right)]
    yield from edits


def _element_changes(left: list[Json], right: list[Json], path: str) -> Iterator[Pending | JsonChange]:
    pairs = _pairs(left, right)
    partner, taken = {there: here for here, there in pairs.items()}, pairs.keys()
    moved, names, old_names = _moved(pairs), _names(right), _names(left)
    for here, item in enumerate(left):
        if here not in taken:
            yield JsonChange(f"{path}/{here}", item, ABSENT, name=old_names[here], is_element=True)
    for there, item in enumerate(right):
        at = f"{path}/{there}"
        if there not in partner:
            yield JsonChange(at, ABSENT, item, name=names[there], is_element=True)
            continue
        if there in moved:
            yield JsonChange(at, ABSENT, ABSENT, f"{path}/{partner[there]}", names[there])
        yield at, left[partner[there]], item


def _pairs(left: list[Json], right: list[Json]) -> dict[int, int]:
    """Which element is which: places on the left and on the right."""
    found = _equal_keys(_names(left), _names(right), {})
    if len(found) < max(len(left), len(right)):
        found |= _equal_keys([*map(_text, left)], [*map(_text, right)], found)
        found |= _between_the_same(left, right, found)
    return found


def _names(items: list[Json]) -> list[str]:
    return items.names if isinstance(items, NamedList) else [""] * len(items)


def _text(value: Json) -> str:
    return exact_json.dumps(value).decode("utf-8", "surrogatepass")


def _equal_keys(left: list[str], right: list[str], known: dict[int, int]) -> dict[int, int]:
    """Pairs of places with equal keys, in their order, but for places that are in a pair and keys that are empty."""
    taken = {*known.values()}
    free = defaultdict[str, "deque[int]"](deque)
    for place, key in enumerate(right):
        if key and place not in taken:
            free[key].append(place)
    return {
        place: free[key].popleft()
        for place, key in enumerate(left)
        if place not in known and key and free[key]
    }


def _between_the_same(left: list[Json], right: list[Json], known: dict[int, int]) -> dict[int, int]:
    """Of the elements that are in no pair those that stand behind the same one, in their order."""
    before, runs = {there: here for here, there in known.items()}, defaultdict[int, "deque[int]"](deque)
    last = -1
    for there in range(len(right)):
        last = there if there in before else last
        if there not in before:
            runs[last].append(there)
    found: dict[int, int] = {}
    names, other_names, last = _names(left), _names(right), -1
    for here, item in enumerate(left):
        if here in known:
            last = known[here]
            continue
        for there in runs[last]:
            if not (names[here] and other_names[there]) or _are_alike(item, right[there]):
                found[here] = there
                while runs[last][0] != there:
                    runs[last].popleft()
                runs[last].popleft()
                break
    return found


def _are_alike(left: Json, right: Json) -> bool:
    """Whether two elements with different names are one that got a new name: half of their members are equal."""
    if not isinstance(left, dict) or not isinstance(right, dict) or left.get("uid") != right.get("uid"):
        return False
    if len(left) == 1 and left.keys() == right.keys():  # a block names its kind by its only key
        (key,) = left
        return _are_alike(left[key], right[key])
    same = sum(1 for key in left.keys() & right.keys() if equal(left[key], right[key]))
    return 2 * same >= len(left.keys() | right.keys())


def _moved(pairs: dict[int, int]) -> set[int]:
    return moved_places([pairs[here] for here in sorted(pairs)])


def moved_places(places: Sequence[int]) -> set[int]:
    """The fewest of these numbers that must have moved, so that the others ascend."""
    ends: list[int] = []  # of each length of an ascending sequence the smallest number that ends one
    at: list[int] = []  # and where that stands
    before: list[int] = []
    for number, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1], at[length : length + 1] = [place], [number]
    stayed, number = set[int](), at[-1] if at else -1
    while number >= 0:
        stayed.add(places[number])
        number = before[number]
    return {*places} - stayed
