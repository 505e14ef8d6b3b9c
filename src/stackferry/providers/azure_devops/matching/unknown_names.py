"""Names in a mapping that nothing in the snapshot has: a name that is misspelled must not look like one that was used.

They are refused before anything is read of the target. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.pointers import pointers
from stackferry.providers.azure_devops.kinds import DEFINITIONS
from stackferry.providers.azure_devops.matching.mapping import known_ids
from stackferry.providers.azure_devops.matching.names import Names, id_of, like
from stackferry.providers.azure_devops.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.places import Objects
    from stackferry.providers.system import Held
    from stackferry.providers.target import WriteOptions


@dataclass(frozen=True, slots=True)
class _Records:
    held: Held

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return iter(self.held(stream))


def refuse_unknown_names(source: Objects, options: WriteOptions) -> None:
    """Raise UsageError for what a mapping names and the snapshot has not, with the names that come close."""
    for told in unknown_mapped(source.objects, options):
        raise UsageError(told)


def unknown_mapped(held: Held, options: WriteOptions, *, is_whole: bool = True) -> list[str]:
    """The same as a message, if the source `is_whole`; `held` gives its records."""
    unknown = [*_unknown(_Records(held), write_options(options).mapping)] if is_whole else []
    return ["\n".join(["--map names what the snapshot has not:", *unknown])] if unknown else []


def _unknown(source: Objects, mapping: Mapping[str, str]) -> Iterator[str]:
    asked: dict[str, list[str]] = {}
    for key in sorted(mapping):
        kind, _, name = key.partition(":")
        asked.setdefault(kind, []).append(name)
    for kind, names in asked.items():
        held = _held(source, kind)
        for name in names:
            if name not in held:
                near = like(name, held.values())
                shown = f": did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
                yield f"  {kind}:{name}{shown}"


def _held(source: Objects, kind: str) -> dict[str, str]:
    """The names and ids of everything of a kind, and what each is called."""
    names, known, found = Names(source), known_ids(source), dict[str, str]()
    for row in names.rows(kind):
        called = names.name(kind, id_of(row))
        found |= {id_of(row): called, called: called}
    for definition in source.objects(Stream(DEFINITIONS.name)):
        for one in pointers(definition, known):
            if one.kind == kind:
                called = names.name(kind, one.id) or one.name or one.id
                found |= {one.id: called, one.name: called, called: called}
    found.pop("", None)
    return found
