"""TOML files: reading one with the lines of its keys, which `tomllib` does not tell, and writing texts into one."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackferry import exact_json
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file says, and where."""

    path: Path
    lines: tuple[str, ...]
    data: dict[str, Any]

    def line_of(self, keys: Sequence[str]) -> int:
        """The line on which the value at these keys begins, counted from 1; 0 where there is no such key.

        The parser itself finds it: the value is there as soon as the lines so far are a document that has it. A file
        of settings is short, so parsing it line by line takes no time.
        """
        begins = 1
        for end in range(1, len(self.lines) + 1):
            data = _parsed("".join(self.lines[:end]))
            if data is None:  # in the middle of a value of several lines
                continue
            if _value(data, keys) is not _MISSING:
                return begins
            begins = end + 1
        return 0

    def error(self, message: str, keys: Sequence[str] = ()) -> UsageError:
        """An error that names the file, and the line of these keys."""
        line = self.line_of(keys) if keys else 0
        return UsageError(f"{self.path}:{line}: {message}" if line else f"{self.path}: {message}")


def read_toml(path: Path, what: str = "configuration file") -> TomlFile:
    """Read a file; messages call it `what`. Editors of Windows may have put a byte order mark in front.

    Raises FileNotFoundError where there is none, and UsageError, with the line, for what is no TOML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        return TomlFile(path, tuple(text.splitlines(keepends=True)), tomllib.loads(text))
    except FileNotFoundError:
        raise
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = (at and at[1]) or len(text.splitlines())
        raise UsageError(f"{path}:{line}: this is not TOML: {_AT_LINE.sub('', str(error))}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: the {what} cannot be read: it is not text in UTF-8") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the {what} {path} cannot be read: {reason}") from error


def quoted(value: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON; DEL must be escaped as well."""
    return exact_json.dumps(value).decode().replace("\x7f", "\\u007f")


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _value(data: Any, keys: Sequence[str]) -> object:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return _MISSING
        data = data[key]
    return data
