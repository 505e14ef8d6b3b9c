"""What `stackferry emulate` serves: stacks and spaces on one port, each from what is on disk, or empty."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.cli import summary
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.combined import Combined
    from stackferry.emulators.contentful import Emulator as Spaces
    from stackferry.emulators.contentful import Environment
    from stackferry.emulators.contentstack import Branch
    from stackferry.emulators.contentstack import Emulator as Stacks

SYSTEMS = ("contentstack", "contentful")
_KEY = re.compile(r"[A-Za-z0-9_.-]+")
_LONGEST_SPACE = 64


@dataclass(slots=True)
class Emulated:
    """The emulators of all systems, the token that opens everything, and what was added, in its order."""

    stacks: Stacks
    spaces: Spaces
    app: Combined
    token: str
    added: list[tuple[str, str]] = field(default_factory=list)  # system and key

    def add(self, path: Path) -> None:
        """Serve what is at a path. A directory names its system, a JSON file is an export of Contentful."""
        from stackferry.emulators.contentful.seed.load import add_seeded_space, holds_space

        wanted = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.resolve().name).strip("-.")
        if holds_space(path):
            key = self._free_key("contentful", wanted.removesuffix(".json")[:_LONGEST_SPACE] or "space")
            add_seeded_space(self.spaces, path, key=key, token=self.token)
        else:
            key = self._free_key("contentstack", wanted or "stack")
            self._add_stack(path, key)

    def _add_stack(self, path: Path, key: str) -> None:
        from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seeds

        seeds = read_seeds(path)
        first = "main" if "main" in seeds else next(iter(seeds))
        others = {name: seed for name, seed in seeds.items() if name != "main"}
        add_seeded_stack(self.stacks, seeds[first], api_key=key, management_token=self.token, branches=others)

    def add_empty(self, word: str) -> None:
        """Serve an empty one: `KEY[:LOCALE]` is a stack, `SYSTEM:KEY[:LOCALE]` says what it is. Raises UsageError."""
        first, colon, rest = word.partition(":")
        named = first in SYSTEMS and bool(colon)
        system = first if named else "contentstack"
        key, _, locale = (rest if named else word).partition(":")
        if not _KEY.fullmatch(key) or (system, key) in self.added:
            raise UsageError(
                f"--empty {word}: the key is of letters, digits, '-', '_' and '.', each one once"
            )
        self.added.append((system, key))
        if system == "contentful":
            self.spaces.add_space(key=key, token=self.token, locale=locale or "en-US")
        else:
            self.stacks.add_stack(api_key=key, management_token=self.token, master_locale=locale or "en-us")

    def add_generated(self, word: str) -> None:
        """Serve a space that is made up: `KEY[:SEED]`. Raises UsageError."""
        from stackferry.emulators.contentful.seed.generator import generate

        key, _, seed = word.partition(":")
        if not _KEY.fullmatch(key) or ("contentful", key) in self.added or not (seed or "0").isdigit():
            raise UsageError(f"--generated {word}: a key as for --empty, and a number")
        self.added.append(("contentful", key))
        generate(self.spaces, key=key, token=self.token, seed=int(seed or 0))

    def _free_key(self, system: str, wanted: str) -> str:
        key = next(key for key in _keys(wanted) if (system, key) not in self.added)
        self.added.append((system, key))
        return key

    def open_all(self) -> None:
        """Let every kind of credential of Contentstack open every stack."""
        for stack in self.stacks.stacks.values():
            stack.authtokens.add(self.token)
            stack.oauth_tokens.add(self.token)

    def keys(self, system: str) -> list[str]:
        return [key for name, key in self.added if name == system]

    def places(self, host: str, *, tls: bool) -> Iterator[str]:
        """A line for each branch and environment: its place, and what it holds."""
        mark = "" if tls else "+http"
        for system, key in self.added:
            if system == "contentful":
                for name, environment in self.spaces.spaces[key].environments.items():
                    yield f"contentful{mark}://{key}@{host}/{name}   {_in_environment(environment)}"
            else:
                for name, branch in self.stacks.stacks[key].branches.items():
                    yield f"contentstack{mark}://{key}@{host}/{name}   {_in_branch(branch)}"


def _keys(wanted: str) -> Iterator[str]:
    """The key for a directory, and those for further directories of the same name."""
    yield wanted
    yield from (f"{wanted}-{number}" for number in itertools.count(2))


def _in_branch(branch: Branch) -> str:
    return _holds(len(branch.content_types), sum(len(entries) for entries in branch.entries.values()))


def _in_environment(environment: Environment) -> str:
    return _holds(len(environment.content_types), len(environment.entries))


def _holds(types: int, entries: int) -> str:
    if not entries and not types:
        return "empty"
    return f"{summary.plural(types, 'content type')}, {summary.plural(entries, 'entry', 'entries')}"
