"""What `stackferry emulate` serves: stacks, spaces and projects on one port, each from what is on disk, or empty."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.cli import summary
from stackferry.core.nearest import did_you_mean
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.azure_devops import Emulator as Projects
    from stackferry.emulators.azure_devops import Project
    from stackferry.emulators.combined import Combined
    from stackferry.emulators.contentful import Emulator as Spaces
    from stackferry.emulators.contentful import Environment
    from stackferry.emulators.contentstack import Branch
    from stackferry.emulators.contentstack import Emulator as Stacks

SYSTEMS = ("contentstack", "contentful", "azure-devops")
_KEY = re.compile(r"[A-Za-z0-9_.-]+")
_PROJECT = re.compile(r"[A-Za-z0-9_.-]+/[^/:]+")  # ORGANIZATION/PROJECT
_LONGEST_SPACE = 64


@dataclass(slots=True)
class Emulated:
    """The emulators of all systems, the token that opens everything, and what was added, in its order."""

    stacks: Stacks
    spaces: Spaces
    projects: Projects
    app: Combined
    token: str
    added: list[tuple[str, str]] = field(default_factory=list)  # system and key

    def add(self, path: Path) -> None:
        """Serve what is at a path. A directory names its system, a JSON file is an export of Contentful."""
        from stackferry.emulators.azure_devops.seed.snapshot import names_in
        from stackferry.emulators.contentful.seed.load import add_seeded_space, holds_space

        if names := names_in(path):
            self._add_project(path, *names)
            return
        wanted = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.resolve().name).strip("-.")
        if holds_space(path):
            key = self._free_key("contentful", wanted.removesuffix(".json")[:_LONGEST_SPACE] or "space")
            add_seeded_space(self.spaces, path, key=key, token=self.token)
        else:
            key = self._free_key("contentstack", wanted or "stack")
            self._add_stack(path, key)

    def _add_project(self, path: Path, organization: str, name: str) -> None:
        """A snapshot of a project, under its own names; a second one of it with a number."""
        from stackferry.emulators.azure_devops.seed.snapshot import add_project

        key = self._free_key("azure-devops", f"{organization}/{name}")
        organization, _, name = key.partition("/")
        add_project(self.projects, path, organization, name, token=self.token)

    def _add_stack(self, path: Path, key: str) -> None:
        from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seeds

        seeds = read_seeds(path)
        first = "main" if "main" in seeds else next(iter(seeds))
        others = {name: seed for name, seed in seeds.items() if name != "main"}
        add_seeded_stack(self.stacks, seeds[first], api_key=key, management_token=self.token, branches=others)

    def add_empty(self, word: str) -> None:
        """Serve an empty one: `KEY[:LOCALE]` is a stack, `SYSTEM:KEY[:LOCALE]` says what it is. Raises UsageError."""
        system, rest = _system_of(word, "contentstack")
        key, _, locale = rest.partition(":")
        if system == "azure-devops":
            self._empty_project(key, locale, f"--empty {word}")
            return
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
        """Serve what is made up: a space, `KEY[:SEED]`, or a project. Raises UsageError."""
        from stackferry.emulators.contentful.seed.generator import generate

        system, rest = _system_of(word, "contentful")
        key, _, seed = rest.partition(":")
        if system == "azure-devops":
            self._generate_project(key, seed, f"--generated {word}")
            return
        is_right = bool(_KEY.fullmatch(key)) and system == "contentful" and (seed or "0").isdigit()
        if not is_right or ("contentful", key) in self.added:
            raise UsageError(f"--generated {word}: a key as for --empty, and a number")
        self.added.append(("contentful", key))
        generate(self.spaces, key=key, token=self.token, seed=int(seed or 0))

    def _empty_project(self, key: str, seed: str, option: str) -> None:
        """An empty project; with a seed it has the queues, groups, connections and people of a made-up one."""
        from stackferry.emulators.azure_devops.seed.furnish import furnish

        if seed and not seed.isdigit():
            raise UsageError(f"{option}: after the project a number")
        organization, project = self._project_of(key, option)
        if seed:
            furnish(self.projects, organization, project, token=self.token, seed=int(seed))
        else:
            self.projects.add_project(organization, project, token=self.token)

    def _generate_project(self, key: str, seed: str, option: str) -> None:
        from stackferry.emulators.azure_devops.seed.generator import generate

        if not (seed or "0").isdigit():
            raise UsageError(f"{option}: after the project a number")
        organization, project = self._project_of(key, option)
        generate(self.projects, organization, project, token=self.token, seed=int(seed or 0))

    def _project_of(self, key: str, option: str) -> tuple[str, str]:
        """The names of an organization and a project, each pair once."""
        if not _PROJECT.fullmatch(key) or ("azure-devops", key) in self.added:
            raise UsageError(f"{option}: expected ORGANIZATION/PROJECT, each one once")
        self.added.append(("azure-devops", key))
        organization, _, project = key.partition("/")
        return organization, project

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
            if system == "azure-devops":
                organization, _, name = key.partition("/")
                held = _in_project(self.projects.project(organization, name))
                yield f"azure-devops{mark}://{organization}@{host}/{quote(name)}   {held}"
            elif system == "contentful":
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


def _in_project(project: Project) -> str:
    if not project.definitions and not project.releases:
        return "empty"
    live = [one for one in project.definitions.values() if one.deleted_at is None]
    definitions = summary.plural(len(live), "definition")
    return f"{definitions}, {summary.plural(len(project.releases), 'release')}"


def _system_of(word: str, usual: str) -> tuple[str, str]:
    """The system that a word begins with, and the rest of it. Raises UsageError for one that is nearly a system."""
    first, colon, rest = word.partition(":")
    if colon and first not in SYSTEMS and (near := did_you_mean(first, SYSTEMS)):
        raise UsageError(f"{word}: there is no system '{first}'{near}")
    return (first, rest) if colon and first in SYSTEMS else (usual, word)


def _holds(types: int, entries: int) -> str:
    if not entries and not types:
        return "empty"
    return f"{summary.plural(types, 'content type')}, {summary.plural(entries, 'entry', 'entries')}"
