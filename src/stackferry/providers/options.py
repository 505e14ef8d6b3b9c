"""The options of one system alone: how its options class and its rows on the command line are described.

`ReadOptions` and `WriteOptions` keep what every system has. A system subclasses them, and lists the fields that it
adds as rows, from which the command line builds its flags. Pure data: `--help` imports nothing else of a system.
"""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions

T = TypeVar("T", bound="ReadOptions | WriteOptions")


class Value(Enum):
    """What is written after a flag, and the type of the field that it becomes."""

    SWITCH = "nothing: True when given"
    NAMES = "a name, any number of times: frozenset[str]"
    PAIRS = "SOURCE=TARGET, any number of times: dict[str, str]"


class OptionRow(NamedTuple):
    """One flag of a system: the field that it sets, and the commands that take it."""

    flag: str
    field: str
    value: Value
    help: str
    commands: frozenset[str]


class SystemOptions(NamedTuple):
    """All flags of one system, below its own heading in `--help`. `system` is the scheme of its places."""

    system: str
    heading: str
    read: tuple[OptionRow, ...] = ()
    write: tuple[OptionRow, ...] = ()


def as_own(options: ReadOptions | WriteOptions, kind: type[T], system: str) -> T:
    """Options as a system's own class, with its defaults where they are the neutral ones.

    Raises UsageError for the options of another system.
    """
    if isinstance(options, kind):
        return options
    if type(options) not in kind.__mro__:
        raise UsageError(f"{type(options).__name__} are not options of {system}")
    return kind(**{field.name: getattr(options, field.name) for field in fields(options)})
