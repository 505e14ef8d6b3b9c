"""The options of one system alone: how its options class and its rows on the command line are described.

`ReadOptions` and `WriteOptions` keep what every system has. A system subclasses them, and lists the fields that it
adds as rows, from which the command line builds its flags. Pure data: `--help` imports nothing else of a system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from stackferry.errors import JsonRefused, UsageError

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions

T = TypeVar("T", bound="ReadOptions | WriteOptions")
W = TypeVar("W", bound="WriteOptions")


class Value(Enum):
    """What is written after a flag, and the type of the field that it becomes."""

    SWITCH = "nothing: True when given"
    NAMES = "a name, any number of times: frozenset[str]"
    PAIRS = "SOURCE=TARGET, any number of times: dict[str, str]"
    TEXT = "one value: str"
    MAPPING = "KIND:SOURCE=TARGET, or a file of such, any number of times: dict[str, str]"


class OptionRow(NamedTuple):
    """One flag of a system: the field that it sets, and the commands that take it. `metavar`: what `--help` calls its
    value, where that is a name or a text. `side`: "source" or "target", where it is about one of two places alone.
    `choices`: the names that it takes, where these are known."""

    flag: str
    field: str
    value: Value
    help: str
    commands: frozenset[str]
    metavar: str = ""
    side: str = ""
    choices: tuple[str, ...] = ()


class SystemOptions(NamedTuple):
    """All flags of one system, below its own heading in `--help`. `system` is the scheme of its places.

    `place`: flags that say how a place is reached; the field of each names a setting of the place (`Place.settings`).
    `instead`: what to do here in place of a flag of another system, by the flag. `unused`: flags of every system that
    mean nothing here, with what does.
    """

    system: str
    heading: str
    read: tuple[OptionRow, ...] = ()
    write: tuple[OptionRow, ...] = ()
    place: tuple[OptionRow, ...] = ()
    instead: Mapping[str, str] = {}
    unused: Mapping[str, str] = {}


_VALUES = {
    "versions": ("latest", "pinned", "all"),
    "publish": ("same", "none"),
    "on_conflict": ("", "update", "skip", "fail"),
    "conflicts": ("", "keep", "stop"),
}

_COUNTS = {"limit": "all", "with_references": "none", "max_asset_size": "as announced"}


def check_values(options: ReadOptions | WriteOptions) -> None:
    """Raise UsageError for a value that no option has: a program may pass anything, the command line may not.

    Every system calls this once a run, where it takes the options; plans ask for their own options far more often.
    """
    if not hasattr(options, "versions"):  # ReadOptions and WriteOptions have it
        raise UsageError(f"options are ReadOptions or WriteOptions, not a {type(options).__name__}")
    for name, values in _VALUES.items():
        value = getattr(options, name, values[0])
        if value not in values:
            raise UsageError(f"{name}={value!r}: it must be one of {', '.join(map(repr, values))}")
    selection = cast("Selection", getattr(options, "selection", options))
    for name in _COUNTS:
        _check_count(name, getattr(selection, name, 0))
    if selection.query:
        _check_query(selection.query)
    if selection.release:
        _refuse_beside_release(selection)
    if selection is options and (selection.uids or selection.version):
        raise UsageError("uids and version select what is restored from a snapshot, not what is exported")


def _check_count(name: str, value: int | None) -> None:
    if value is not None and value < 0:
        raise UsageError(f"{name}={value}: it must be 0 ({_COUNTS[name]}) or more")


def _check_query(query: str) -> None:
    from stackferry import exact_json  # here, because `--help` does without orjson

    try:
        is_object = isinstance(exact_json.loads(query.encode()), dict)
    except JsonRefused as error:
        raise UsageError(f"query={query!r}: {error}") from error
    if not is_object:
        raise UsageError(f'query={query!r}: it must be a JSON object, such as {{"tags": "demo"}}')


def _refuse_beside_release(selection: Selection) -> None:
    beside = {**selection.narrowing_json(), "release": None}
    given = [name.replace("_", " ") for name, value in beside.items() if value]
    if given:
        raise UsageError(
            f"a release selects its items with everything that they refer to: leave out {', '.join(given)}"
        )


def as_own(options: ReadOptions | WriteOptions, kind: type[T], system: str) -> T:
    """Options as a system's own class, with its defaults where they are the neutral ones.

    Raises UsageError for the options of another system.
    """
    if isinstance(options, kind):
        return options
    if type(options) not in kind.__mro__:
        raise UsageError(f"{type(options).__name__} are not options of {system}")
    return kind(**{field.name: getattr(options, field.name) for field in fields(options)})


def options_of_plan(given: W, facts: JsonObject) -> W:
    """The options that `options_as_json` recorded, in the class of those that were `given` beside them.

    Raises UsageError for one that is given and says something else.
    """
    from stackferry.providers.selection import selection_from_json

    planned, mine = options_as_json(type(given)(**_read(facts, selection_from_json))), options_as_json(given)
    for name, value in mine.items():
        if value != planned.get(name) and value != options_as_json(type(given)()).get(name):
            raise UsageError(
                f"the plan is for an import with {name}={planned.get(name)!r}, and {value!r} is given: leave it out, "
                "or make a plan with it"
            )
    return type(given)(**_read(facts, selection_from_json), now=given.now)


def _read(facts: JsonObject, selection: Callable[[JsonObject], Selection]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if isinstance(value, list):
            found[name] = frozenset(map(str, value))
        elif isinstance(value, dict):
            found[name] = selection(value) if name == "selection" else value
        else:
            found[name] = value
    return found


def options_as_json(options: WriteOptions) -> JsonObject:
    """What of an import's options is not the default, field by field; not the time when it was asked for."""
    from stackferry.providers.selection import Selection

    facts: JsonObject = {}
    for one in fields(options):
        value = getattr(options, one.name)
        if one.name == "now" or not value:
            continue
        if isinstance(value, Selection):
            facts |= {one.name: value.narrowing_json()} if value.is_narrow else {}
        elif isinstance(value, frozenset):
            facts[one.name] = [*sorted(value)]
        else:
            facts[one.name] = {**value} if isinstance(value, Mapping) else value
    return facts
