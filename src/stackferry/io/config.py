"""Settings of a run: places by URL or profile, credentials by environment, file or keyring.

A credential never comes from a URL or an argument (I8), and is a `Secret` from the moment it is read.
Profiles are in the platform's configuration directory, `config.toml`:

    [profiles.production]
    place = "SYSTEM://KEY@HOST/NAME"
    token_file = "~/.secrets/production"    # or keyring = "production"
    settings = { NAME = "VALUE" }           # how it is reached, where its system has such settings

This module must never print and never talk to a service.
"""

from __future__ import annotations

import os
import pwd
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import platformdirs

from stackferry.errors import UsageError
from stackferry.model import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS = {"TOKEN": "token", "AUTHTOKEN": "authtoken", "OAUTH_TOKEN": "oauth"}


@dataclass(frozen=True, slots=True)
class Profile:
    """A named place, where its credential is kept, and settings of how it is reached."""

    place: str
    token_file: str = ""
    keyring: str = ""
    settings: tuple[tuple[str, str], ...] = ()


class PlaceParts(NamedTuple):
    """The parts of a place's URL, decoded. What the URL lacks is empty; the system says what it needs."""

    system: str
    key: str
    host: str
    path: str
    secure: bool


def split_place(text: str) -> PlaceParts:
    """The parts of `SYSTEM://KEY@HOST/PATH`, or of `SYSTEM+http://…` for plain HTTP.

    Raises UsageError for anything else; a credential in the URL is refused without being repeated.
    """
    url = _split_url(text)
    system, _, plain = url.scheme.partition("+")
    if not system or plain not in ("", "http"):
        raise UsageError(f"'{url.scheme}://' is not a system; a place reads SYSTEM://KEY@HOST/NAME")
    if url.password is not None:
        raise UsageError("a place holds no credential: give it in STACKFERRY_TOKEN or a token file")
    host = url.netloc.rpartition("@")[2] if url.hostname else ""
    return PlaceParts(system, unquote(url.username or ""), host, unquote(url.path.strip("/")), not plain)


def _split_url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise UsageError(f"this place is not a URL: {error}") from error
    if url.query or url.fragment:
        raise UsageError("a place has no query and no fragment")
    return url


def is_place(text: str) -> bool:
    """Whether a word on the command line is meant as a URL, not as a directory or a profile."""
    return "://" in text


def credential(role: str, profile: Profile | None = None) -> tuple[str, Secret]:
    """The credential for the `source` or the `target`: its kind and its text.

    Looked for in STACKFERRY_{SOURCE,TARGET}_TOKEN (…_AUTHTOKEN, …_OAUTH_TOKEN), then STACKFERRY_TOKEN and its
    like, then the file named by …_TOKEN_FILE, then the profile's. Raises UsageError where there is none.
    """
    for prefix in (f"STACKFERRY_{role.upper()}_", "STACKFERRY_"):
        if found := _from_environment(prefix):
            return found
    if profile is not None and profile.token_file:
        return "token", _from_file(profile.token_file)
    if profile is not None and profile.keyring:
        return "token", _from_keyring(profile.keyring)
    raise UsageError(
        f"no credential for the {role}: set STACKFERRY_{role.upper()}_TOKEN (a management token), or STACKFERRY_TOKEN "
        "for both sides, or …_TOKEN_FILE to a file that holds it"
    )


def _from_environment(prefix: str) -> tuple[str, Secret] | None:
    for name, kind in _KINDS.items():
        if value := os.environ.get(prefix + name, "").strip():
            return kind, Secret(value)
    if file := os.environ.get(f"{prefix}TOKEN_FILE"):
        return "token", _from_file(file)
    return None


def _from_file(name: str) -> Secret:
    path = Path(name).expanduser()
    try:
        value = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {path} cannot be read: {type(error).__name__}") from error
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


def read_profile(name: str, path: Path | None = None) -> Profile:
    """A profile of the configuration file. Raises UsageError where there is none of that name."""
    file = path or Path(platformdirs.user_config_dir("stackferry")) / "config.toml"
    try:
        profiles = tomllib.loads(file.read_text("utf-8")).get("profiles", {})
    except FileNotFoundError:
        profiles = {}
    except (OSError, ValueError) as error:
        raise UsageError(f"the configuration file {file} cannot be read: {error}") from error
    if not isinstance(profiles, dict):
        raise UsageError(f"{file}: profiles must be tables, [profiles.NAME]")
    profile = profiles.get(name)
    if not isinstance(profile, dict) or not isinstance(profile.get("place"), str):
        raise UsageError(
            f"'{name}' is neither a place (SYSTEM://KEY@HOST/NAME) nor a profile with a place in {file}"
        )
    facts = {key: str(profile.get(key, "")) for key in ("place", "token_file", "keyring")}
    return Profile(**facts, settings=_settings(profile, file))


def _settings(profile: Mapping[str, Any], file: Path) -> tuple[tuple[str, str], ...]:
    settings = profile.get("settings", {})
    if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
        raise UsageError(
            f'{file}: the settings of a profile are texts by name, settings = {{ NAME = "VALUE" }}'
        )
    return tuple(sorted(settings.items()))


def state_directory() -> Path:
    """The directory of imports' checkpoints and of copies under way."""
    return Path(platformdirs.user_state_dir("stackferry"))


def lock_directory() -> Path:
    """Where all runs of this user on this machine look for the locks of targets.

    In the home directory of the account, whatever HOME and XDG_STATE_HOME say: two runs with other settings still write
    to the same target. STACKFERRY_LOCK_DIR moves it, for tests.
    """
    moved = os.environ.get("STACKFERRY_LOCK_DIR")
    return (
        Path(moved) if moved else Path(pwd.getpwuid(os.getuid()).pw_dir) / ".local/state/stackferry/targets"
    )
