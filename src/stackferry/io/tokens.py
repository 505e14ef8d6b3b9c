"""The credential of a run: from the environment, a file, a keyring or a program, never from a URL or an argument (I8).

It is a `Secret` from the moment it is read, and comes with words for where it was found, which messages name.
This module must never print, and never talk to a service.
"""

from __future__ import annotations

import logging
import os
import stat
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stackferry.errors import UsageError
from stackferry.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.io.profiles import Profile

_LOG = logging.getLogger(__name__)
_KINDS = {"TOKEN": "token", "AUTHTOKEN": "authtoken", "OAUTH_TOKEN": "oauth"}
_PATIENCE = 120  # seconds that a program may take; it may ask a person to unlock something
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FoundToken(NamedTuple):
    """A credential: its kind, its text, and where it was found, as in "STACKFERRY_TOKEN"."""

    kind: str
    secret: Secret
    origin: str


def credential(role: str, profile: Profile | None = None) -> FoundToken:
    """The credential for the `source` or the `target`.

    Looked for in STACKFERRY_{SOURCE,TARGET}_TOKEN (…_AUTHTOKEN, …_OAUTH_TOKEN), then in the file that
    STACKFERRY_{SOURCE,TARGET}_TOKEN_FILE names, then in STACKFERRY_TOKEN and its like, then where the profile says.
    Raises UsageError where there is none.
    """
    found = _from_environment(f"STACKFERRY_{role.upper()}_") or _from_environment("STACKFERRY_")
    if found is None and profile is not None:
        found = _from_profile(profile)
    if found is not None:
        return _checked(found)
    raise UsageError(
        f"no credential for the {role}: set STACKFERRY_{role.upper()}_TOKEN (a management token), or STACKFERRY_TOKEN "
        "for both sides, or …_TOKEN_FILE to a file that holds it"
    )


def _checked(found: FoundToken) -> FoundToken:
    """Raises UsageError for what no service takes: the credential itself is told to nobody."""
    text = found.secret.reveal()
    if text.isascii() and text.isprintable():
        return found
    what = "several lines" if "\n" in text or "\r" in text else "characters that no credential has"
    raise UsageError(f"the credential from {found.origin} holds {what}")


def _from_environment(prefix: str) -> FoundToken | None:
    for name, kind in _KINDS.items():
        if value := os.environ.get(prefix + name, "").strip():
            return FoundToken(kind, Secret(value), prefix + name)
    if file := os.environ.get(f"{prefix}TOKEN_FILE"):
        return FoundToken("token", _from_file(file), f"{prefix}TOKEN_FILE ({file})")
    return None


def _from_profile(profile: Profile) -> FoundToken | None:
    kind, of_profile = profile.token_kind, f"of the profile '{profile.name}'"
    if profile.token_env:
        if value := os.environ.get(profile.token_env, "").strip():
            return FoundToken(kind, Secret(value), f"{profile.token_env} {of_profile}")
        raise profile.error(f"the variable {profile.token_env} is not set", "token_env")
    if profile.token_file:
        secret = _of_profile(profile, "token_file", _from_file)
        return FoundToken(kind, secret, f"the token file {profile.token_file} {of_profile}")
    if profile.keyring:
        secret = _of_profile(profile, "keyring", _from_keyring)
        return FoundToken(kind, secret, f"the keyring entry '{profile.keyring}' {of_profile}")
    if profile.token_command:
        return FoundToken(kind, _from_command(profile), f"the token_command {of_profile}")
    if profile.token is not None:
        if profile.file is not None:
            warn_if_readable(profile.file.path)
        return FoundToken(kind, profile.token, f"the token {of_profile}")
    return None


def _of_profile(profile: Profile, key: str, read: Callable[[str], Secret]) -> Secret:
    """Where a credential cannot be read, the message names the line of the profile."""
    try:
        return read(getattr(profile, key))
    except UsageError as error:
        raise profile.error(str(error), key) from error


@lru_cache  # once for each file
def warn_if_readable(path: Path) -> None:
    """Warn of a file with a credential that others than its owner may read."""
    mode = path.stat().st_mode
    if mode & _OF_OTHERS and stat.S_ISREG(mode):  # what a shell hands over as a pipe has no mode of its own
        _LOG.warning("%s holds a credential and others may read it: chmod 600 %s", path, path)


def _from_file(name: str) -> Secret:
    path = Path(name).expanduser()
    try:
        value = path.read_text("utf-8").strip()
        warn_if_readable(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UsageError(f"the token file {path} cannot be read: {reason}") from error
    if not value:
        raise UsageError(f"the token file {path} is empty")
    return Secret(value)


def _from_keyring(entry: str) -> Secret:
    try:
        import keyring
    except ImportError as error:
        raise UsageError("this profile keeps its token in a keyring: install stackferry[keyring]") from error
    value = keyring.get_password("stackferry", entry)
    if not value:
        raise UsageError(f"the keyring has no entry '{entry}' for the service 'stackferry'")
    return Secret(value)


def _from_command(profile: Profile) -> Secret:
    """The first line that a program prints. What else it prints is told to nobody: it may be a credential, too."""
    program = profile.token_command[0]
    try:
        done = subprocess.run(  # noqa: S603 - the program that the user's own configuration names, without a shell
            profile.token_command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"'{program}' printed no credential within {_PATIENCE} seconds"
        raise profile.error(message, "token_command") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise profile.error(f"'{program}' cannot be run: {reason}", "token_command") from None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    if done.returncode or not lines:
        how = f"ended with exit code {done.returncode}" if done.returncode else "printed nothing"
        raise profile.error(f"'{program}' {how}: run it by hand to see why", "token_command")
    return Secret(lines[0].strip())
