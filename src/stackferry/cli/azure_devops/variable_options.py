"""Variables on the command line: NAME=VALUE, or a file of a JSON object where a value is secret or is no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.live.command import FILE, read_object
from stackferry.cli.options import Option, bundled, option, repeatable
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from stackferry.cli.options import F
    from stackferry.model import Json


def assignments(context: click.Context, option: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` given any number of times. A value may be empty, and hold anything."""
    form = option.make_metavar(context)
    found: dict[str, str] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not (name.strip() and equals):
            raise click.BadParameter(f"'{value}' is not of the form {form}", context, option)
        if found.setdefault(name.strip(), text) != text:
            raise click.BadParameter(f"'{name.strip()}' is given two values", context, option)
    return found


def assignment_option(*declared: str, what: str, metavar: str = "NAME=VALUE") -> Option:
    return repeatable(*declared, metavar=metavar, callback=assignments, what=what)


def _variables(given: dict[str, str], file: Path | None) -> dict[str, Json]:
    if file is None:
        return {**given}
    try:
        found = read_object(file)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    for name, value in found.items():
        if isinstance(value, list) or (isinstance(value, dict) and "value" not in value):
            words = f"variable '{name}' is neither a text nor an object with a value"
            raise click.UsageError(f"{file}: {words}")
    return {**found, **given}


def variable_options(where: str) -> Callable[[F], F]:
    """`--variable` and `--variables`, handed over as `variables`: an object by name."""
    return bundled(
        "variables",
        _variables,
        assignment_option("--variable", "given", what=f"A variable {where}"),
        option(
            "--variables",
            "file",
            type=FILE,
            metavar="FILE",
            help='Variables of a JSON object: {"NAME": "VALUE", "NAME": {"value": …, "isSecret": true}}; - is stdin.',
        ),
    )
