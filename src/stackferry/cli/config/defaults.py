"""What the command line does not say of a command's options: the environment and the configuration file.

A flag goes before an environment variable, that before the defaults of the profile that the command line names, those
before the defaults for all places, and these before what is built in. click takes them in this order; here the file's
defaults are found, checked and merged. An error names the file and the line.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from stackferry.cli.config.place_argument import PlaceType
from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError
from stackferry.io.profiles import VARIABLE, Configuration, read_configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_GIVEN = frozenset({ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT})
_NEVER_SET = frozenset({"help", "config"})
_OF_A_PROFILE = frozenset({"rate", "bulk-rate"})  # keys of the profile itself


class ConfigurationError(click.ClickException):
    """The configuration file says what it may not."""

    exit_code = 2


@contextmanager
def configured(path: Path) -> Iterator[None]:
    """Take this configuration file: what this process starts takes it, too."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(path)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def name_variables(context: click.Context) -> None:
    """Give each option of a command its variable: --versions of `export` has STACKFERRY_EXPORT_VERSIONS.

    click would make the name of that of the value, which for some options is not the flag.
    """
    path = [str(one.info_name) for one in _contexts(context)[1:]]
    for param in _settable(context.command):
        words = ["stackferry", *path, min(_flags(param), key=len)]
        name = "_".join(words).replace("-", "_").upper()
        others = [param.envvar] if isinstance(param.envvar, str) else param.envvar or ()
        param.envvar = [*dict.fromkeys((name, *others))]


def set_defaults(context: click.Context, words: Sequence[str], profiles: Sequence[str] | None = None) -> None:
    """Give the command of a context the defaults of the configuration file; `words` are its arguments.

    `profiles`: those whose defaults hold; None: those that the arguments name. Raises ConfigurationError, with file and
    line.
    """
    try:
        configuration = read_configuration()
        if configuration.file is not None:
            named = _profiles(context, words) if profiles is None else profiles
            context.default_map = _found(context, configuration, named)
    except UsageError as error:
        raise ConfigurationError(str(error)) from error


def values_for(context: click.Context, profile: str, words: Sequence[str]) -> dict[str, Any]:
    """The values of a command's options for one of several profiles that its command line names.

    `words` are a command line of this profile alone, with what the command requires. What was given on the real one, or
    by the environment, holds for all profiles. Raises ConfigurationError, with file and line.
    """
    command = context.command
    own = click.Context(command, parent=context.parent, info_name=context.info_name)
    set_defaults(own, words, [profile])
    click.Command.parse_args(command, own, [*words])
    given = {name for name in own.params if context.get_parameter_source(name) in _GIVEN}
    return {name: (context if name in given else own).params[name] for name in own.params}


def check_defaults(root: click.Context, configuration: Configuration, profile: str = "") -> None:
    """Check the defaults of a profile for all commands; without one, those for all places.

    Raises UsageError, with file and line.
    """
    table = _of_profile(configuration, profile) if profile else _of_all(configuration)
    _Reader(root, configuration).check(table, root.command)


class _Default(NamedTuple):
    """A value of the file, or a table of them, and where it stands."""

    keys: tuple[str, ...]
    value: Any

    @property
    def flag(self) -> str:
        return self.keys[-1].replace("_", "-")

    def below(self, key: str) -> _Default:
        return _Default((*self.keys, key), self.value[key])


def _of_all(configuration: Configuration) -> _Default:
    return _Default(("defaults",), configuration.defaults)


def _of_profile(configuration: Configuration, name: str) -> _Default:
    return _Default(("profiles", name, "defaults"), configuration.profile(name).defaults)


def _found(context: click.Context, configuration: Configuration, profiles: Iterable[str]) -> dict[str, Any]:
    """The values of a command's options by the names of its parameters."""
    named = [name for name in profiles if name in configuration.names]
    reader, values = _Reader(context, configuration), dict[str, Any]()
    for table in (_of_all(configuration), *(_of_profile(configuration, name) for name in named)):
        values |= reader.values(table)
    return values


def _profiles(context: click.Context, words: Sequence[str]) -> Iterator[str]:
    """What may be profiles on the command line. A source stands before a target, whose defaults so win."""
    given, _, _ = context.command.make_parser(context).parse_args([*words])
    for param in context.command.params:
        word = given.get(param.name or "")
        if isinstance(param.type, PlaceType) and isinstance(word, str):
            yield param.type.profile_of(word)


class _Reader(NamedTuple):
    """Reads tables of options, and checks them against the commands that have these options."""

    context: click.Context
    configuration: Configuration

    def values(self, table: _Default) -> dict[str, Any]:
        """What a table says for the context's command: for all commands, for its group, for itself; the last wins."""
        values: dict[str, Any] = {}
        for context in _contexts(self.context):
            if context.parent is not None:
                if context.info_name not in table.value:
                    break
                table = table.below(str(context.info_name))
            for one in self._options(table, context.command):
                param = self._param(self.context.command, one)
                if param is None:
                    self._check_flag(one, context.command)
                elif not self._is_for_others(param, one, context.command):
                    values[str(param.name)] = self._checked(param, one)
        return values

    def _is_for_others(self, param: click.Option, one: _Default, command: click.Command) -> bool:
        """Whether a value for several commands fits others than this one: some take one content type, some a list."""
        if not isinstance(command, click.Group) or not _wanted(param, one.value):
            return False
        return any(not _wanted(other, one.value) for other in self._having(one, command))

    def _having(self, one: _Default, command: click.Command) -> Iterator[click.Option]:
        """The options of the commands of a group that are called as a default is."""
        return filter(None, (self._param(leaf, one) for leaf in _leaves(command, self.context)))

    def check(self, table: _Default, command: click.Command) -> None:
        """Check a table of a command or a group, with the tables of commands in it."""
        for one in self._options(table, command):
            self._check_flag(one, command)
            having = sorted(self._having(one, command), key=lambda param: bool(_wanted(param, one.value)))
            if having:
                self._checked(having[0], one)
        for name, below in _commands(command, self.context):
            if name in table.value:
                self.check(table.below(name), below)

    def _options(self, table: _Default, command: click.Command) -> Iterator[_Default]:
        """The options in a table. Raises UsageError for a table of what is no command."""
        if not isinstance(table.value, dict):
            raise self.configuration.error(f"'{table.keys[-1]}' must be a table of options", table.keys)
        commands = command.list_commands(self.context) if isinstance(command, click.Group) else []
        for one in (table.below(key) for key in table.value if key not in commands):
            if isinstance(one.value, dict):
                near = suggestion(one.keys[-1], commands)
                raise self.configuration.error(f"'{one.keys[-1]}' is no command{near}", one.keys)
            yield one

    def _check_flag(self, one: _Default, command: click.Command) -> None:
        leaves = _leaves(command, self.context)
        known = {flag for leaf in leaves for param in _settable(leaf) for flag in _flags(param)}
        if one.flag not in known:
            near = suggestion(one.flag, known)
            raise self.configuration.error(f"'{one.flag}' is no option{near}", one.keys)

    def _param(self, command: click.Command, one: _Default) -> click.Option | None:
        """The option of a command that a default is for; None where it has none of that name."""
        param = next((param for param in _settable(command) if one.flag in _flags(param)), None)
        if param is not None and one.keys[0] == "profiles" and one.flag in _OF_A_PROFILE:
            raise self.configuration.error(
                f"{one.keys[-1]} is a key of the profile itself: it goes below [profiles.{one.keys[1]}]",
                one.keys,
            )
        return param

    def _checked(self, param: click.Option, one: _Default) -> Any:
        """The value as click takes it. Raises UsageError for one that the option does not take."""
        if wanted := _wanted(param, one.value):
            raise self.configuration.error(f"{one.flag} must be {wanted}", one.keys)
        value = str(one.value) if _is_number(one.value) and param.type is click.STRING else one.value
        try:
            param.process_value(self.context, value)
        except click.BadParameter as error:
            raise self.configuration.error(f"{one.flag}: {error.message}", one.keys) from error
        return value


def _contexts(context: click.Context) -> list[click.Context]:
    """The contexts of the program, of the command's groups, and of the command."""
    return [*(_contexts(context.parent) if context.parent else ()), context]


def _commands(group: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group by name; where each system has its own of one name, all of them."""
    if not isinstance(group, click.Group):
        return
    own: Mapping[str, click.Group] = getattr(group, "own", {})
    for one in own.values():
        yield from one.commands.items()
    for name in () if own else group.list_commands(context):
        if (found := group.get_command(context, name)) is not None:
            yield name, found


def _leaves(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    """A command, or all commands of a group."""
    if not isinstance(command, click.Group):
        yield command
    for _, below in _commands(command, context):
        yield from _leaves(below, context)


def _settable(command: click.Command) -> Iterator[click.Option]:
    return (param for param in command.params if isinstance(param, click.Option) and _flags(param))


def _flags(param: click.Option) -> set[str]:
    """The long flags of an option, without the dashes in front."""
    return {flag[2:] for flag in (*param.opts, *param.secondary_opts) if flag.startswith("--")} - _NEVER_SET


def _wanted(param: click.Option, value: Any) -> str:
    """What the value of an option must be, where it is not."""
    if param.is_flag:
        return "" if isinstance(value, bool) else "true or false"
    if param.multiple:
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return "" if is_list else 'a list of texts, as in ["a", "b"]'
    if param.count or isinstance(param.type, click.types.IntParamType):
        return "" if _is_number(value) and isinstance(value, int) else "a number without a fraction"
    if isinstance(param.type, click.types.FloatParamType):
        return "" if _is_number(value) else "a number"
    is_text = isinstance(value, str) or (_is_number(value) and param.type is click.STRING)
    return "" if is_text else "a text, in quotes"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
