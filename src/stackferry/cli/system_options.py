"""The options that only some systems have: built from each system's table, listed below its heading in `--help`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from stackferry.cli.config.completing import from_snapshot
from stackferry.cli.lazy_group import OwnOption
from stackferry.cli.option_values import pairs
from stackferry.cli.options import Option, bundled, named, option
from stackferry.errors import UsageError
from stackferry.providers.options import OptionRow, SystemOptions, Value
from stackferry.providers.registry import system_options as registered_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from stackferry.cli.options import F
    from stackferry.model import Place
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.system import System
    from stackferry.providers.target import WriteOptions


@dataclass(frozen=True, slots=True)
class GivenOptions:
    """What the user gave of the options that only some systems have: values by flag.

    `typed`: flags of every system that stand on the command line, and not in a configuration.
    """

    tables: tuple[SystemOptions, ...]
    values: Mapping[str, object]
    typed: frozenset[str] = frozenset()

    def read(self, options: ReadOptions, system: System, place: Place) -> ReadOptions:
        """The options of an export from `place`. Raises UsageError for an option of another system."""
        return replace(system.read_options(options), **self._fields(place, lambda table: table.read))

    def write(self, options: WriteOptions, system: System, place: Place) -> WriteOptions:
        """The options of an import into `place`. Raises UsageError for an option of another system."""
        return replace(system.write_options(options), **self._fields(place, lambda table: table.write))

    def place(self, place: Place, side: str = "") -> Place:
        """The place, reached as the options say. Raises UsageError for an option of another system.

        `side`: which of two places it is, "source" or "target"; what is said of it alone goes before.
        """
        given = dict(place.settings)
        for about in ("", side):
            fields = self._fields(place, lambda table, about=about: _of_side(table, about))  # type: ignore[misc]  # a default
            given |= {name: str(value) for name, value in fields.items()}
        return replace(place, settings=tuple(sorted(given.items())))

    def offline(self) -> None:
        """Raise UsageError for an option that says how a place is reached: the command reaches none."""
        for row in (row for table in self.tables for row in table.place if row.flag in self.values):
            raise UsageError(f"{row.flag} says how a place is reached, and this command is given none")

    def _fields(self, place: Place, rows: Callable[[SystemOptions], Iterable[OptionRow]]) -> dict[str, Any]:
        for flag in self.values:
            having = [table for table in self.tables if flag in _flags(table)]
            if place.system not in [table.system for table in having]:
                names = " and ".join(table.heading for table in having)
                instead = (
                    table.instead.get(flag, "") for table in self.tables if table.system == place.system
                )
                hint = "".join(f"; {words}" for words in instead if words)
                raise UsageError(
                    f"{flag} is an option of {names}, and {place} is a place of {place.system}{hint}"
                )
        self._refuse_unused(place)
        own = (row for table in self.tables if table.system == place.system for row in rows(table))
        return {row.field: self.values[row.flag] for row in own if row.flag in self.values}

    def _refuse_unused(self, place: Place) -> None:
        """Raise UsageError for a flag that does nothing here: it must not look as if it had done something."""
        for table in self.tables:
            unused = {flag: words for flag, words in table.unused.items() if flag in self.typed}
            for flag, words in unused.items() if table.system == place.system else ():
                raise UsageError(f"{flag} means nothing to {table.heading}: {words}")


def _typed(tables: Iterable[SystemOptions]) -> frozenset[str]:
    """The flags on this command line that mean nothing to one of the systems.

    None of a backup, which may be one of places of several systems.
    """
    context = click.get_current_context()
    if context.command.name == "backup":
        return frozenset()
    unused = {flag for table in tables for flag in table.unused}
    return frozenset(
        flag
        for param in context.command.params
        for flag in unused.intersection(param.opts)
        if param.name and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    )


def own_options(command: str, tables: Iterable[SystemOptions] | None = None) -> Callable[[F], F]:
    """A decorator: the systems' options that a command takes, handed to it as one value, `own`."""
    known = tuple(registered_options() if tables is None else tables)
    headings: dict[str, dict[str, None]] = {}
    rows: dict[str, OptionRow] = {}
    for table in known:
        for row in _rows(table):
            if command in row.commands:
                headings.setdefault(row.flag, {})[table.heading] = None
                rows[row.flag] = _both(rows.get(row.flag, row), row)
    made = {flag: _option(row, [*headings[flag]]) for flag, row in rows.items()}

    def build(**values: object) -> GivenOptions:
        given = {flag: values[option.name] for flag, option in made.items() if values[option.name]}
        return GivenOptions(known, given, _typed(known))

    return bundled("own", build, *made.values())


def _both(one: OptionRow, other: OptionRow) -> OptionRow:
    """One option of two rows: of a copy, what reads takes other names than what writes."""
    choices = tuple(dict.fromkeys((*one.choices, *other.choices)))
    if choices == one.choices:
        return one
    return one._replace(choices=choices, help=f"{one.help.removesuffix('.')}; {other.help}")


def _rows(table: SystemOptions) -> tuple[OptionRow, ...]:
    return (*table.read, *table.write, *table.place)


def _of_side(table: SystemOptions, side: str) -> list[OptionRow]:
    """The flags that say how a place is reached: those of every place, or of one of two."""
    return [row for row in table.place if row.side == side]


def _flags(table: SystemOptions) -> set[str]:
    return {row.flag for row in _rows(table)}


def _option(row: OptionRow, headings: list[str]) -> Option:
    shape: dict[str, Any] = {"multiple": True, "metavar": row.metavar or "NAME", "callback": _names}
    if row.value is Value.MAPPING:
        shape = {"multiple": True, "metavar": row.metavar, "callback": partial(_mapping, row.choices)}
    elif row.choices:
        shape = {"multiple": True, "type": click.Choice(row.choices), "callback": _names}
    elif row.value is Value.SWITCH:
        shape = {"is_flag": True}
    elif row.value is Value.TEXT:
        shape = {"default": "", "show_default": False, "metavar": row.metavar or "TEXT", "callback": named}
    elif row.value is Value.PAIRS:
        names = from_snapshot(row.field, "=")
        shape = {"multiple": True, "metavar": "SOURCE=TARGET", "callback": pairs, "shell_complete": names}
    return option(row.flag, cls=OwnOption, headings=headings, help=row.help, **shape)


def _names(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(named(context, option, values))


_ONE = re.compile(r'([a-z_]+):(?:"([^"]*)"|([^=]*))=(?:"([^"]*)"|(.*))', re.DOTALL)


def _mapping(
    kinds: tuple[str, ...], context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """`queues:Own pool=Azure Pipelines`, or files of such, as one mapping; a single one goes before those of files.

    `kinds`: the tables that a file may have.
    """
    from stackferry.library.mappings.mapping_file import read_mapping

    singles, found = dict[str, str](), dict[str, str]()
    for value in values:
        one = _ONE.fullmatch(value)
        if one is not None:
            name, other = (one[2] or one[3] or "").strip(), (one[4] or one[5] or "").strip()
            if not (name and other):
                raise click.BadParameter(f"'{value}' is not of the form KIND:NAME=NAME", context, option)
            singles[f"{one[1]}:{name}"] = other
            continue
        try:
            found |= read_mapping(Path(value), kinds)
        except UsageError as error:
            raise click.BadParameter(str(error), context, option) from error
    return found | singles
