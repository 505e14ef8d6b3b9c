"""Writes a profile into the configuration file: a new file that its owner alone may read, or a file that is there.

What is there is never changed: a profile is added behind it.
"""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stackferry.errors import StackferryError, UsageError
from stackferry.io.profiles import Profile, read_configuration
from stackferry.io.toml_lines import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE: Final = 0o600
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = ("place", "token_env", "token_file", "keyring")


def profile_text(profile: Profile) -> str:
    """A profile as TOML; what it does not say is left out."""
    return "\n".join([f"[profiles.{profile.name}]", *_lines(profile), ""])


def check_name(name: str) -> None:
    """Raise UsageError for a name that would have to be quoted in the file or on the command line."""
    if not _BARE.fullmatch(name):
        raise UsageError(f"'{name}' is no name of a profile: letters, digits, - and _")


def write_profile(path: Path, profile: Profile, *, add: bool = False) -> None:
    """Write a new file with a profile, or `add` the profile to the file. The file is its owner's alone.

    Raises UsageError where there is a file already, or with `add` a profile of this name, and StackferryError where it
    cannot be written.
    """
    check_name(profile.name)
    try:
        if add and path.exists():
            _add(path, profile)
        else:
            write_private(path, profile_text(profile))
    except OSError as error:
        if path.exists() and not add:
            raise UsageError(
                f"{path} is there already and stays as it is: `stackferry config init --add` adds a profile to it"
            ) from error
        raise StackferryError(f"cannot create {path}: {error.strerror}") from error


def write_private(path: Path, text: str) -> None:
    """Write a new file that nobody else may read. Raises FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8"
    ) as file:
        file.write(text)


def _add(path: Path, profile: Profile) -> None:
    configuration = read_configuration(path)
    if profile.name in configuration.names:
        raise configuration.error(
            f"there is a profile '{profile.name}' already, and it stays as it is",
            ("profiles", profile.name),
        )
    before = path.read_text("utf-8")
    text = f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}\n{profile_text(profile)}"
    new = Path(f"{path}.new")
    new.unlink(missing_ok=True)
    write_private(new, text)
    new.replace(path)


def _lines(profile: Profile) -> Iterator[str]:
    default = Profile("")
    for one in fields(profile):
        value = getattr(profile, one.name)
        if value == getattr(default, one.name) or one.name in ("name", "file"):
            continue
        if one.name == "token":
            yield f"token = {quoted(value.reveal())}"
        elif one.name == "token_command":
            yield f"token_command = [{', '.join(map(quoted, value))}]"
        elif one.name in (*_TEXTS, "token_kind"):
            yield f"{one.name} = {quoted(value)}"
