"""Where an option's value comes from: the flag, the environment, the profile, the defaults of the file, in this order.

Every option of every command that takes a place is tried at each of these levels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click
import pytest

from stackferry.cli.app import app
from stackferry.cli.config.defaults import ConfigurationError
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACES = {
    "export": ("harbour", "snapshot"),
    "import": ("snapshot", "harbour"),
    "copy": ("harbour", "contentstack://blt9@eu"),
    "verify": ("snapshot", "--against", "harbour"),
    "diff": ("snapshot", "harbour"),
    "restore": ("blt1", "harbour", "--from", "snapshot"),
    "places": ("harbour",),
    "mapping": ("harbour", "snapshot"),
}
OWN_KEYS = {"rate", "bulk-rate"}  # of the profile itself
NOT_TRIED = {"from", "config", "against"}  # required, names the file, names the profile
SAMPLES = (
    ("1", "2", "3", "4"),
    ('{"a": 1}', '{"a": 2}', '{"a": 3}', '{"a": 4}'),
    ("a=b", "a=c", "a=d", "a=e"),
    ("queues:a=b", "queues:a=c", "queues:a=d", "queues:a=e"),
)


def command_of(name: str) -> click.Command:
    found = app.get_command(click.Context(app), name)
    assert found is not None
    return found


def options_of(name: str) -> Iterator[click.Option]:
    for param in command_of(name).params:
        if isinstance(param, click.Option) and flag_of(param) not in NOT_TRIED:
            yield param


def flag_of(param: click.Option) -> str:
    return next(flag for flag in param.opts if flag.startswith("--"))[2:]


def samples(param: click.Option) -> tuple[str, ...]:
    """Four values, each unlike the one before; all the same where an option takes one word alone."""
    if isinstance(param.type, click.Choice):
        choices = [str(one) for one in param.type.choices]
        return tuple(choices[at % len(choices)] for at in range(4))
    for values in SAMPLES:
        try:
            param.process_value(
                click.Context(click.Command("x")), [values[0]] if param.multiple else values[0]
            )
        except click.BadParameter:
            continue
        return values
    raise AssertionError(f"no sample for {param.name}")


def value_of(name: str, param: click.Option, *words: str) -> Any:
    """What the command gets as the value of an option."""
    root = click.Context(app, info_name="stackferry", **app.context_settings)
    with command_of(name).make_context(name, [*PLACES[name], *words], parent=root) as context:
        return context.params[str(param.name)]


def toml(param: click.Option, value: str) -> str:
    is_number = isinstance(param.type, click.types.IntParamType | click.types.FloatParamType)
    text = value if is_number or param.count else dumps(value).decode()
    return f"{flag_of(param)} = {f'[{text}]' if param.multiple else text}\n"


CASES = [(name, flag_of(param)) for name in PLACES for param in options_of(name)]


@pytest.mark.parametrize(("name", "flag"), CASES)
def test_the_order_of_an_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, flag: str
) -> None:
    param = next(one for one in options_of(name) if flag_of(one) == flag)
    file = tmp_path / "config.toml"
    profile = '[profiles.harbour]\nplace = "contentstack://blt1@eu"\n'
    file.write_text(profile, "utf-8")
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    for variable in ("STACKFERRY_RATE", "STACKFERRY_BULK_RATE"):
        monkeypatch.delenv(variable)
    if param.is_flag:
        file.write_text(f"{profile}[defaults.{name}]\n{flag} = true\n", "utf-8")
        assert value_of(name, param) is True
        file.write_text(
            f"[defaults.{name}]\n{flag} = false\n{profile}[profiles.harbour.defaults]\n{flag} = true\n",
            "utf-8",
        )
        assert value_of(name, param) is True
        monkeypatch.setenv(f"STACKFERRY_{name}_{flag}".replace("-", "_").upper(), "0")
        assert value_of(name, param) is False
        assert value_of(name, param, f"--{flag}") is True
        return
    values = samples(param)
    given = (f"--{flag}",) if param.count else (f"--{flag}", values[3])
    alone = [value_of(name, param, f"--{flag}", one) if not param.count else int(one) for one in values]
    has_one_word = len({*values}) == 1  # then there is no other value that could go before it
    assert has_one_word or all(one != other for one, other in pairwise(alone))
    default = f"[defaults.{name}]\n{toml(param, values[0])}"
    file.write_text(f"[defaults]\n{toml(param, values[1])}{default}{profile}", "utf-8")
    assert value_of(name, param) == alone[0]
    if flag not in OWN_KEYS:
        of_profile = f"[profiles.harbour.defaults.{name}]\n{toml(param, values[1])}"
        file.write_text(f"{default}{profile}{of_profile}", "utf-8")
        assert value_of(name, param) == alone[1]
    monkeypatch.setenv(f"STACKFERRY_{name}_{flag}".replace("-", "_").upper(), values[2])
    assert value_of(name, param) == alone[2]
    assert value_of(name, param, *given) == (1 if param.count else alone[3])


PROFILE = '[profiles.harbour]\nplace = "contentstack://blt1@eu"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[defaults]\nverions = "all"', ":2: 'verions' is no option; did you mean 'versions' or 'version'"),
        ("[defaults.exprt]\nquiet = true", ":1: 'exprt' is no command; did you mean 'export'"),
        ('[defaults.export]\nplan = "x"', ":2: 'plan' is no option"),
        ('[defaults.export]\nversions = "al"', ":2: versions: 'al' is not one of"),
        ("[defaults.export]\nversions = true", ":2: versions must be a text"),
        ("[defaults.export]\nlimit = '5'", ":2: limit must be a number"),
        ("[defaults.export]\nlimit = 0", ":2: limit: 0 is not in the range"),
        ("[defaults.export]\nquiet = 1", ":2: quiet must be true or false"),
        ("[defaults.export]\nlocale = 'en-us'", ":2: locale must be a list of texts"),
        ("[defaults.export]\nhelp = true", ":2: 'help' is no option"),
        ("[defaults.export]\nquery = '{'", ":2: query: it is not JSON"),
        ("[defaults]\nexport = true", ":2: 'export' must be a table of options"),
        (f"{PROFILE}[profiles.harbour.defaults]\nrate = 3", ":4: rate is a key of the profile itself"),
        (f"{PROFILE}[profiles.harbour.defaults.export]\nstage = 3", ":4: stage must be a list of texts"),
    ],
)  # fmt: skip
def test_a_default_that_no_option_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, told: str
) -> None:
    """It is told with file and line before anything is done."""
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    with pytest.raises(ConfigurationError) as wrong:
        value_of("export", next(options_of("export")))
    assert f"{file}{told}" in wrong.value.message
    assert wrong.value.exit_code == 2


def test_options_of_other_commands_are_left_to_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[defaults]\nplan = "x"\n[defaults.import]\npublish = "none"\n', "utf-8")
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    publish = next(one for one in options_of("import") if flag_of(one) == "publish")
    assert value_of("import", publish) == "none"
    assert value_of("export", next(options_of("export"))) is None


def test_of_two_profiles_the_target_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'{PROFILE}[profiles.harbour.defaults.copy]\nlimit = 1\npublish = "none"\n'
        '[profiles.quay]\nplace = "contentstack://blt2@eu"\n[profiles.quay.defaults.copy]\nlimit = 2\n',
        "utf-8",
    )
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    root = click.Context(app, info_name="stackferry", **app.context_settings)
    with command_of("copy").make_context("copy", ["harbour", "quay"], parent=root) as context:
        assert (context.params["limit"], context.params["publish"]) == (2, "none")
