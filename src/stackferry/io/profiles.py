"""The configuration file: named places, where their credentials are kept, how fast they may be used, defaults.

    [defaults]                              # options of every command that has them, by their flags
    rate = 8
    [defaults.export]                       # of one command
    versions = "all"

    [profiles.production]
    place = "SYSTEM://KEY@HOST/NAME"
    token_file = "~/.secrets/production"    # or token_env, keyring, token_command
    rate = 5
    organization = "acme"                   # whose places count against one rate limit, in any words
    settings = { NAME = "VALUE" }           # how it is reached, where its system has such settings
    [profiles.production.defaults.export]   # of one command, at this place
    locale = ["en-us"]

The file is that of `STACKFERRY_CONFIG`, or `config.toml` in the platform's configuration directory. Which options a
command has is not known here: the command line checks the defaults. This module must never print a credential and
never talk to a service.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import platformdirs

from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError
from stackferry.io.toml_lines import TomlFile, read_toml
from stackferry.model import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE: Final = "STACKFERRY_CONFIG"
TOKEN_KINDS: Final = ("token", "authtoken", "oauth")
TOKEN_SOURCES: Final = ("token_env", "token_file", "keyring", "token_command", "token")
_TEXTS: Final = ("place", "token_env", "token_file", "keyring", "token", "token_kind", "organization")
_RATES: Final = ("rate", "bulk_rate")
_KEYS: Final = (*_TEXTS, "token_command", *_RATES, "settings", "defaults")


@dataclass(frozen=True, slots=True)
class Profile:
    """A named place, where its credential is kept, how fast it may be used, and settings of how it is reached.

    One of `token_env` (a variable's name), `token_file`, `keyring`, `token_command` (a program with its arguments) and
    `token` says where the credential is. `token_kind`: "token", "authtoken" or "oauth". `rate`, `bulk_rate`: requests a
    second; None: as if there were no profile. `organization`: profiles of one host that say the same here share a rate
    limit when they are backed up together. `defaults`: options by flag, and tables of them by command.
    """

    place: str
    token_env: str = ""
    token_file: str = ""
    keyring: str = ""
    token_command: tuple[str, ...] = ()
    token: Secret | None = None
    token_kind: str = "token"  # noqa: S105 - a kind
    rate: float | None = None
    bulk_rate: float | None = None
    organization: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    file: TomlFile | None = field(default=None, repr=False, compare=False)

    def error(self, message: str, *keys: str) -> UsageError:
        """An error about what the profile says at these keys, with file and line."""
        if self.file is None:
            return UsageError(message)
        return self.file.error(message, ("profiles", self.name, *keys))


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the configuration file says. `file` is None where there is none."""

    path: Path
    file: TomlFile | None = None

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Options by flag, and tables of them by command."""
        return self._table("defaults")

    @property
    def names(self) -> list[str]:
        """The names of all profiles, in the order of the file."""
        return list(self._table("profiles"))

    def profile(self, name: str) -> Profile:
        """The profile of this name. Raises UsageError where there is none, or where it says what no profile may."""
        facts = self._table("profiles").get(name)
        if self.file is None or facts is None:
            raise UsageError(
                f"'{name}' is neither a place (SYSTEM://KEY@HOST/NAME) nor a profile with a place in {self.path}"
                f"{suggestion(name, self.names)}{_hint(name)}"
            )
        return _Reader(self.file, name).profile(facts)

    def error(self, message: str, keys: Sequence[str]) -> UsageError:
        """An error about what the file says at these keys, with its line."""
        return self.file.error(message, keys) if self.file else UsageError(message)

    def _table(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.file.data.get(name, {}) if self.file else {}
        return found


def _hint(name: str) -> str:
    """What a word is instead that is no profile."""
    return "; it is a directory here, and a place is asked for" if Path(name).is_dir() else ""


def configuration_file() -> Path:
    """The path of the configuration file, whether there is one or not."""
    named = os.environ.get(VARIABLE)
    return (
        Path(named).expanduser() if named else Path(platformdirs.user_config_dir("stackferry"), "config.toml")
    )


def read_configuration(path: Path | None = None) -> Configuration:
    """The configuration; one that says nothing where there is no file.

    Raises UsageError, with file and line, for what is no TOML, for keys that mean nothing, and where the file that
    STACKFERRY_CONFIG names is missing. What a profile says is checked when it is asked for.
    """
    path = path or configuration_file()
    try:
        file = read_toml(path)
    except FileNotFoundError as error:
        if os.environ.get(VARIABLE) and path == configuration_file():
            raise UsageError(
                f"there is no configuration file {path}, which {VARIABLE} or --config names; `stackferry config init` "
                "writes one"
            ) from error
        return Configuration(path)
    for key, value in file.data.items():
        if key not in ("defaults", "profiles"):
            near = suggestion(key, ("defaults", "profiles"))
            raise file.error(f"'{key}' means nothing here{near}", (key,))
        if not isinstance(value, dict):
            form = "[profiles.NAME]" if key == "profiles" else "[defaults] or [defaults.COMMAND]"
            raise file.error(f"{key} must be tables, {form}", (key,))
    return Configuration(path, file)


def read_profile(name: str, path: Path | None = None) -> Profile:
    """A profile of the configuration file. Raises UsageError where there is none of that name."""
    return read_configuration(path).profile(name)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what the file says of one profile."""

    file: TomlFile
    name: str

    def profile(self, facts: Any) -> Profile:
        if not isinstance(facts, dict):
            raise self._error("a profile is a table")
        if not self.name.strip() or "://" in self.name:
            raise self._error(f"'{self.name}' cannot name a profile: no command would take it as one")
        for key in facts:
            if key not in _KEYS:
                raise self._error(f"'{key}' is no key of a profile{suggestion(key, _KEYS)}", key)
        texts = {key: self._text(facts, key) for key in _TEXTS if key in facts}
        if not texts.get("place"):
            raise self._error(f"the profile '{self.name}' has no place: place = \"SYSTEM://KEY@HOST/NAME\"")
        self._check_token(facts, texts)
        return Profile(
            place=texts["place"],
            token_env=texts.get("token_env", ""),
            token_file=texts.get("token_file", ""),
            keyring=texts.get("keyring", ""),
            token_command=self._command(facts),
            token=Secret(texts["token"]) if "token" in texts else None,
            token_kind=texts.get("token_kind", "token"),
            rate=self._rate(facts, "rate"),
            bulk_rate=self._rate(facts, "bulk_rate"),
            organization=texts.get("organization", ""),
            settings=self._settings(facts),
            defaults=self._defaults(facts),
            name=self.name,
            file=self.file,
        )

    def _error(self, message: str, *keys: str) -> UsageError:
        return self.file.error(message, ("profiles", self.name, *keys))

    def _text(self, facts: Mapping[str, Any], key: str) -> str:
        value = facts[key]
        if not isinstance(value, str):
            raise self._error(f"{key} must be a text, in quotes", key)
        if not value.strip():
            raise self._error(f"{key} is empty", key)
        return value

    def _check_token(self, facts: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        given = [key for key in TOKEN_SOURCES if key in facts]
        if len(given) > 1:
            raise self._error(f"{given[0]} and {given[1]} are given: a profile has one credential", given[1])
        kind = texts.get("token_kind", "token")
        if kind not in TOKEN_KINDS:
            raise self._error(f"token_kind '{kind}' is none{suggestion(kind, TOKEN_KINDS)}", "token_kind")

    def _rate(self, facts: Mapping[str, Any], key: str) -> float | None:
        if key not in facts:
            return None
        value = facts[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise self._error(f"{key} must be a number of requests a second, 0 for no limit", key)
        return float(value)

    def _command(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        words = facts.get("token_command", [])
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise self._error(
                'token_command must be a list of texts: ["PROGRAM", "ARGUMENT"]', "token_command"
            )
        if "token_command" in facts and not words:
            raise self._error("token_command is empty", "token_command")
        return tuple(words)

    def _settings(self, facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        settings = facts.get("settings", {})
        if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
            form = 'settings = { NAME = "VALUE" }'
            raise self._error(f"the settings of a profile are texts by name, {form}", "settings")
        return tuple(sorted(settings.items()))

    def _defaults(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        defaults = facts.get("defaults", {})
        if not isinstance(defaults, dict):
            raise self._error(
                f"defaults must be a table, [profiles.{self.name}.defaults.COMMAND]", "defaults"
            )
        return defaults
