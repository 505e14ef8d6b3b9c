"""Mapping files: what things of a source are called in a target, by kind, as TOML or JSON."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.nearest import nearest
from stackferry.errors import JsonRefused, UsageError
from stackferry.io.toml_lines import TomlFile, quoted, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from stackferry.providers.mapping import MappedName

_TABLE = 'tables of names, such as [queues] with "Own pool" = "Azure Pipelines"'


def read_mapping(file: str | Path, kinds: Collection[str] = ()) -> dict[str, str]:
    """What a mapping file says, as "KIND:NAME" and the name or id in the target. What is left empty says nothing.

    `kinds`: the tables that it may have; none: any. Raises UsageError, with the line, for a file that is no such table,
    that cannot be read, or that has a table of another name or an empty one: a table that was misspelt must not look
    like one that was used.
    """
    found: dict[str, str] = {}
    held = _content(Path(file))
    if not held.data:
        raise held.error(f"the mapping file is empty: it has {_TABLE}")
    for kind, table in held.data.items():
        for name, value in _checked_table(held, kind, table, kinds).items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise held.error(f"[{kind}] {name!r} is neither a name nor an id", [kind, name])
            if value != "":
                found[f"{kind}:{name}"] = str(value)
    return found


def _checked_table(held: TomlFile, kind: str, table: object, kinds: Collection[str]) -> dict[str, object]:
    """A table of names. Raises UsageError for what is none, has another name than these, or is empty."""
    if not isinstance(table, dict):
        raise held.error(f"'{kind}' is no table; a mapping file has {_TABLE}", [kind])
    if kinds and kind not in kinds:
        near = next(iter(nearest(kind, kinds)), "")
        hint = f"did you mean [{near}]? " if near else ""
        raise held.error(f"[{kind}] is no table of a mapping file; {hint}It has {', '.join(kinds)}", [kind])
    if not table:
        raise held.error(f"[{kind}] is empty: give it names, or take it away", [kind])
    return table


def _content(file: Path) -> TomlFile:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: the mapping file cannot be read: {error.strerror}") from error
    if file.suffix.lower() != ".json" and not content.lstrip().startswith(b"{"):
        return read_toml(file, "mapping file")
    try:
        found = exact_json.loads(content)
    except JsonRefused as error:
        raise UsageError(f"{file}: the mapping file is neither TOML nor JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{file}: a mapping file has {_TABLE}")
    return _JsonFile(file, tuple(content.decode().splitlines()), found)


class _JsonFile(TomlFile):
    """The same for a file of JSON."""

    def line_of(self, keys: Sequence[str]) -> int:
        """The first line, from that of the table on, that has the last of these keys."""
        line = 0
        for key in keys:
            sought = exact_json.dumps(key).decode()
            after = (
                number for number, words in enumerate(self.lines, 1) if number >= line and sought in words
            )
            line = next(after, line)
        return line


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
