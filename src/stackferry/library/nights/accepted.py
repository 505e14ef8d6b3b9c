"""The file of accepted gaps: TOML, written by `snapshots --write-gaps`, edited by people, read by `backup --accept`.

    [[gap]]
    profile = "production"     # only there; without it in every profile
    kind = "assets"
    uid = "blt0000000000000001"
    reason = "the service has no bytes for it"
    note = "lost in 2021"      # for people

A gap is accepted where all that an entry names is equal: one without `uid` accepts all gaps of its kind and reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from stackferry.errors import UsageError
from stackferry.io.storage.named_file import write_named
from stackferry.io.toml_lines import quoted, read_toml
from stackferry.json_values import text
from stackferry.library.nights.gaps import FIELDS, Accepted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from stackferry.model import JsonObject

_KEYS: Final = ("profile", *FIELDS, "note")
_ENTRY: Final = re.compile(r"^\s*\[\[\s*gap\s*\]\]")
_HEAD: Final = """\
# Gaps that are known: `stackferry backup --accept` this file, and exit code 3 means that something new is missing.
# An entry accepts the gaps where all that it names is equal. Remove an entry to hear of its gap again.
"""


def read_accepted(file: Path) -> list[Accepted]:
    """The entries of a file. Raises UsageError, with the line, for no such file and for unknown keys."""
    what = "file of accepted gaps"
    try:
        read = read_toml(file, what)
    except FileNotFoundError as error:
        raise UsageError(f"the {what} {file} cannot be read: {error.strerror}") from error
    data = dict(read.data)
    entries = data.pop("gap", [])
    if data or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise UsageError(f"{file}: accepted gaps are tables [[gap]], and nothing else is in this file")
    lines = [number for number, line in enumerate(read.lines, 1) if _ENTRY.match(line)]
    # Inline tables (gap = [{…}]) have no such lines.
    numbered = lines if len(lines) == len(entries) else [0] * len(entries)
    return [_entry(file, line, entry) for line, entry in zip(numbered, entries, strict=True)]


def _entry(file: Path, line: int, entry: dict[str, Any]) -> Accepted:
    where = f"{file}:{line}" if line else str(file)
    for key, value in entry.items():
        if key not in _KEYS:
            raise UsageError(f"{where}: '{key}' means nothing in an accepted gap; it has {', '.join(_KEYS)}")
        if not isinstance(value, str) or not value:
            raise UsageError(f"{where}: {key} must be a text, in quotes")
    says = {name: str(entry[name]) for name in FIELDS if name in entry}
    if not says:
        raise UsageError(f"{where}: this entry would accept every gap; say at least of which kind")
    return Accepted(says, str(entry.get("profile", "")), line)


def write_accepted(file: Path, gaps: Iterable[tuple[str, JsonObject]]) -> int:
    """Add gaps, each with its profile, to a file of accepted ones, new or as it is; returns how many were added.

    What the file accepts already is not added, and what it says stays as it is. Raises UsageError as `read_accepted`.
    """
    known = read_accepted(file) if file.exists() else []
    new = [
        (profile, gap)
        for profile, gap in gaps
        if _can_be_written(gap) and not any(one.covers(gap, profile) for one in known)
    ]
    before = file.read_text("utf-8-sig") if file.exists() else _HEAD
    rows = [_row(profile, gap) for profile, gap in new]
    write_named(file, ["\n".join([before.rstrip("\n"), "", *rows]).encode()])
    return len(rows)


def _can_be_written(gap: JsonObject) -> bool:
    """Whether TOML can hold it: JSON's halves of characters it cannot."""
    return not any("\ud800" <= letter <= "\udfff" for name in FIELDS for letter in text(gap.get(name)))


def _row(profile: str, gap: JsonObject) -> str:
    return "\n".join(
        ["[[gap]]", *_lines({"profile": profile, **{name: text(gap.get(name)) for name in FIELDS}}), ""]
    )


def _lines(facts: dict[str, str]) -> Iterator[str]:
    for name, value in facts.items():
        if value:
            yield f"{name} = {quoted(value)}"
