"""The atomic operators of an entry update as options: `--push FIELD=JSON` and its like.

API page: "CMA | Entries", section "Atomic Updates to Entries". Values are sent as typed, numbers digit by digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import click

from stackferry import exact_json
from stackferry.cli.options import Option, bundled, repeatable
from stackferry.errors import JsonRefused, UsageError
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import Json, JsonObject

Operation: TypeAlias = "tuple[str, JsonObject]"  # a field, and what is done to it
Operand: TypeAlias = "Callable[[Json, int | None], Json]"

_WORD = re.compile(r"(?P<field>[^=\[\]]+)(\[(?P<index>[0-9]{1,9})\])?=(?P<value>.*)", re.DOTALL)


def _push(value: Json, _: int | None) -> Json:
    return {"data": value}


def _pull(value: Json, _: int | None) -> Json:
    if not isinstance(value, dict):
        raise UsageError('a query is a JSON object, such as {"$in": [2, 3]}')
    return {"query": value}


def _update(value: Json, index: int | None) -> Json:
    return {**given(index=index), "data": value}


def _number(value: Json, _: int | None) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError("it takes a number")
    return value


def _operation(name: str, operand: Operand, word: str) -> Operation:
    """Raises UsageError, or JsonRefused, for a word that is none."""
    match = _WORD.fullmatch(word)
    if match is None:
        raise UsageError("it is not of the form FIELD=JSON")
    index = None if match["index"] is None else int(match["index"])
    if index is not None and name != "UPDATE":
        raise UsageError("only --update takes an index")
    value = exact_json.loads(match["value"].encode())
    return match["field"], {name: operand(value, index)}


def _option(name: str, form: str, what: str, operand: Operand) -> Option:
    def convert(
        context: click.Context, option: click.Parameter, words: Iterable[str]
    ) -> tuple[Operation, ...]:
        found = []
        for word in words:
            try:
                found.append(_operation(name, operand, word))
            except (UsageError, JsonRefused) as error:
                raise click.BadParameter(f"'{word}': {error}", context, option) from error
        return tuple(found)

    return repeatable(f"--{name.lower()}", name.lower(), callback=convert, metavar=form, what=what)


operators_options = bundled(
    "operations",
    lambda **found: [one for several in found.values() for one in several],
    _option("PUSH", "FIELD=JSON", "Append a value, or each of a list, to a field", _push),
    _option("PULL", "FIELD=QUERY", 'Take out of a field what {"$in": [2, 3]} finds', _pull),
    _option("UPDATE", "FIELD[N]=JSON", "Change the value at index N, or FIELD=JSON a single one", _update),
    _option("ADD", "FIELD=NUMBER", "Add to a number, whatever it is by then", _number),
    _option("SUB", "FIELD=NUMBER", "Subtract from a number, whatever it is by then", _number),
)


def with_operations(entry: JsonObject, operations: Iterable[Operation]) -> JsonObject:
    """The fields of an update, and operators on others. Raises UsageError where one field is given twice."""
    fields = {**entry}
    for field, operation in operations:
        if field in fields:
            raise UsageError(f"{field} is given twice; one request changes a field once")
        fields[field] = operation
    pulled = [field for field, value in fields.items() if isinstance(value, dict) and [*value] == ["PULL"]]
    if len(pulled) > 1:
        # The page's note: of several the service heeds the first alone.
        raise UsageError(f"one request takes one PULL, not {len(pulled)}: {', '.join(pulled)}")
    return fields
