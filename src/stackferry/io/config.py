"""What a command is told: places by URL or profile, credentials by environment, file or keyring.

A credential never comes from a URL or an argument (I8), and is a `Secret` from the moment it is read.
Profiles live in the platform's configuration directory, `config.toml`:

    [profiles.production]
    place = "contentstack://blt0123@eu/main"
    token_file = "~/.secrets/production"    # or keyring = "production"

This module must never print and never talk to a service.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

import platformdirs

from stackferry.errors import UsageError
from stackferry.model import Place, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEMS = ("contentstack", "contentful", "azure-devops")
_KINDS = {"TOKEN": "token", "AUTHTOKEN": "authtoken", "OAUTH_TOKEN": "oauth"}


@dataclass(frozen=True, slots=True)
class Profile:
    """A named place and where its credential is kept."""

    place: str
    token_file: str = ""
    keyring: str = ""


def parse_place(text: str, regions: Mapping[str, str]) -> Place:
    """A place from its URL, `contentstack://API_KEY@REGION_OR_HOST/BRANCH`.

    Raises UsageError, with the form that was expected, for anything else; a credential in the URL is refused
    without being repeated.
    """
    parts = _split(text)
    system, _, plain = parts.scheme.partition("+")
    if system not in SYSTEMS or plain not in ("", "http"):
        raise UsageError(
            f"'{parts.scheme}://' is not a system; places begin with {', '.join(f'{s}://' for s in SYSTEMS)}"
        )
    if parts.password is not None:
        raise UsageError("a place holds no credential: give it in STACKFERRY_TOKEN or a token file")
    if not parts.username or not parts.hostname:
        raise UsageError(f"a place reads {system}://KEY@HOST/BRANCH; '{parts.path}' lacks a key or a host")
    host = parts.netloc.rpartition("@")[2]
    return Place(
        system=system,
        key=unquote(parts.username),
        host=regions.get(host, host),
        name=unquote(parts.path.strip("/")) or "main",
        secure=not plain,
    )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"this place is not a URL: {error}") from error
    if parts.query or parts.fragment:
        raise UsageError("a place ends with its branch: no query and no fragment")
    return parts


def is_place(text: str) -> bool:
    """Whether a word on the command line is meant as a URL, not as a directory or a profile."""
    return "://" in text


def credential(role: str, profile: Profile | None = None) -> tuple[str, Secret]:
    """The credential for the `source` or the `target`: its kind and its text.

    Looked for in STACKFERRY_{SOURCE,TARGET}_TOKEN (…_AUTHTOKEN, …_OAUTH_TOKEN), then STACKFERRY_TOKEN and its
    like, then the file named by …_TOKEN_FILE, then the profile's. Raises UsageError where there is none.
    """
    for prefix in (f"STACKFERRY_{role.upper()}_", "STACKFERRY_"):
        for name, kind in _KINDS.items():
            if value := os.environ.get(prefix + name, "").strip():
                return kind, Secret(value)
        if file := os.environ.get(f"{prefix}TOKEN_FILE"):
            return "token", _from_file(file)
    if profile is not None and profile.token_file:
        return "token", _from_file(profile.token_file)
    if profile is not None and profile.keyring:
        return "token", _from_keyring(profile.keyring)
    raise UsageError(
        f"no credential for the {role}: set STACKFERRY_{role.upper()}_TOKEN (a management token), or STACKFERRY_TOKEN "
        "for both sides, or …_TOKEN_FILE to a file that holds it"
    )


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
    profile = profiles.get(name)
    if not isinstance(profile, dict) or not isinstance(profile.get("place"), str):
        raise UsageError(
            f"'{name}' is neither a place (SYSTEM://KEY@HOST/BRANCH) nor a profile with a place in {file}"
        )
    facts = {key: str(profile.get(key, "")) for key in ("place", "token_file", "keyring")}
    return Profile(**facts)


def state_directory() -> Path:
    """Where imports keep their checkpoints unless told otherwise."""
    return Path(platformdirs.user_state_dir("stackferry"))
