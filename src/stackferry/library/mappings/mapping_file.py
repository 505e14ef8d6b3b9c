"""Mapping files: what things of a source are called in a target, by kind, as TOML or JSON."""

from __future__ import annotations

import tomllib
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import JsonRefused, UsageError
from stackferry.io.toml_lines import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.providers.mapping import MappedName

_TABLE = 'tables of names, such as [queues] with "Own pool" = "Azure Pipelines"'


def read_mapping(file: str | Path) -> dict[str, str]:
    """What a mapping file says, as "KIND:NAME" and the name or id in the target. What is left empty says nothing.

    Raises UsageError for a file that is no such table, or cannot be read.
    """
    found: dict[str, str] = {}
    file = Path(file)
    for kind, table in _content(file).items():
        if not isinstance(table, dict):
            raise UsageError(f"{file}: '{kind}' is no table; a mapping file has {_TABLE}")
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise UsageError(f"{file}: [{kind}] {name!r} is neither a name nor an id")
            if value != "":
                found[f"{kind}:{name}"] = str(value)
    return found


def _content(file: Path) -> dict[str, object]:
    try:
        content = file.read_bytes()
        found = _parsed(content, is_json=file.suffix.lower() == ".json")
    except OSError as error:
        raise UsageError(f"{file}: the mapping file cannot be read: {error.strerror}") from error
    except (JsonRefused, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: the mapping file is neither TOML nor JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{file}: a mapping file has {_TABLE}")
    return found


def _parsed(content: bytes, *, is_json: bool) -> object:
    if is_json or content.lstrip().startswith(b"{"):
        return exact_json.loads(content)
    return tomllib.loads(content.decode("utf-8-sig"))


def mapping_lines(found: Iterable[MappedName]) -> Iterator[str]:
    """The lines of a mapping file (TOML): what is empty is to be filled in."""
    yield "# What things of the source are called in the target. What is empty is not there: give a name or an id."
    for kind, rows in groupby(found, key=lambda one: one.kind):
        yield ""
        yield f"[{kind}]"
        for one in rows:
            if not one.target:
                yield f"# needed by {_one_line('; '.join(one.places))}"
            if one.like:
                yield f"# the target has {_one_line(', '.join(one.like))}"
            yield f"{quoted(one.name)} = {quoted(one.target)}"


def _one_line(words: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in words)[:200]
