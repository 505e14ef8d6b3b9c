"""`stackferry release entries` and `assets` on a space: the bodies that a Timeline release holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from stackferry.cli.contentful.item_options import RELEASE, checked_id
from stackferry.cli.contentful.release_group import command
from stackferry.cli.contentful.space_command import columns, of_sys, space_command
from stackferry.cli.json_format import pretty
from stackferry.cli.lazy_group import Group
from stackferry.cli.live.command import FILE, read_json, read_object
from stackferry.errors import UsageError
from stackferry.json_values import integer, nested, objects
from stackferry.providers.contentful.api.release_rows import every_row
from stackferry.providers.contentful.requests.build import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.cli.contentful.space_command import LiveSpace, Space
    from stackferry.cli.options import F
    from stackferry.cli.report import Report
    from stackferry.model import JsonObject

FILE_ARGUMENT = click.argument("file", type=FILE)
VERSION = click.option(
    "--version",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only if the release's copy still has this version; otherwise that of FILE, or the one it has now.",
)
_written = columns(of_sys("id"), of_sys("version"))


def _given_id(context: click.Context, option: click.Parameter, word: str | None) -> str | None:
    return None if word is None else checked_id(context, option, word)


class _Bodies(NamedTuple):
    """The entries of Timeline releases, or their assets: `kind` and `one` are their words."""

    kind: str
    one: str

    def client(self, space: Space) -> Any:
        return space.entries if self.kind == "entries" else space.assets

    async def every(self, space: Space, release: str) -> JsonObject:
        """All that a release holds of this kind."""
        pages = self.client(space).pages(release_id=release, limit=PAGE, order="sys.id")
        rows, _ = await every_row(pages)
        return {"items": [*rows]}

    async def get(self, space: Space, release: str, entity: str) -> JsonObject:
        found: JsonObject = await self.client(space).get(release_id=release, entity_id=entity)
        return found

    async def put(
        self, space: Space, release: str, entity: str, file: Path, version: int | None
    ) -> JsonObject:
        body = read_object(file)
        fields = _without_sys(body)
        facts = await self._versioned(
            space, release, entity, version or integer(nested(body, "sys", "version"))
        )
        answer: JsonObject = await self.client(space).update(**facts, body=fields)
        return answer

    async def patch(
        self, space: Space, release: str, entity: str, file: Path, version: int | None
    ) -> JsonObject:
        operations = read_json(file)
        if not isinstance(operations, list) or len(objects(operations)) != len(operations):
            raise UsageError(f"{file}: not a JSON list of operations")
        facts = await self._versioned(space, release, entity, version)
        answer: JsonObject = await self.client(space).patch(**facts, operations=operations)
        return answer

    async def create(
        self, space: Space, release: str, file: Path, entity: str | None, more: dict[str, str]
    ) -> JsonObject:
        body = _without_sys(read_object(file))
        facts = {"release_id": release, "entity_id": entity, **more}
        answer: JsonObject = await self.client(space).create(**facts, body=body)
        return answer

    async def _versioned(self, space: Space, release: str, entity: str, known: int | None) -> dict[str, Any]:
        """What a write names: release, entity, and the version that is known, or that the copy has now."""
        if known is None:
            known = integer(nested(await self.get(space, release, entity), "sys", "version"))
        return {"release_id": release, "entity_id": entity, "version": known}


def _add_reading(group: click.Group, of: _Bodies) -> None:
    described = columns(of_sys("id"), of_sys("contentType", "sys", "id"), of_sys("version"))

    @space_command(group, "list")
    @RELEASE
    def list_(space: LiveSpace, release: str) -> None:
        space.answer(lambda space: of.every(space, release), described)

    @space_command(group, "get")
    @RELEASE
    @_entity(of)
    def get(space: LiveSpace, release: str, entity: str) -> None:
        space.answer(lambda space: of.get(space, release, entity), _pretty)

    list_.help = f"List the {of.kind} of a Timeline release: id, content type, version."
    get.help = f"Print an {of.one} as a Timeline release holds it."


def _add_writing(group: click.Group, of: _Bodies) -> None:
    @space_command(group, "put")
    @RELEASE
    @_entity(of)
    @FILE_ARGUMENT
    @VERSION
    def put(space: LiveSpace, **facts: Any) -> None:
        space.answer(lambda space: of.put(space, **facts), _written)

    @space_command(group, "patch")
    @RELEASE
    @_entity(of)
    @FILE_ARGUMENT
    @VERSION
    def patch(space: LiveSpace, **facts: Any) -> None:
        space.answer(lambda space: of.patch(space, **facts), _written)

    put.help = (
        f"Replace the body of an {of.one} in a Timeline release by FILE ('-' for stdin), a JSON object with `fields`. "
        "What FILE leaves out is gone; nothing is published by this."
    )
    patch.help = (
        f"Change an {of.one} in a Timeline release by the JSON Patch in FILE ('-' for stdin). It cannot add below a "
        "field that is not set: send that field whole. Nothing is published by this."
    )


def _add_creating(group: click.Group, of: _Bodies) -> None:
    @space_command(group, "create")
    @RELEASE
    @FILE_ARGUMENT
    @_content_type(of)
    @click.option(
        "--id", "entity", metavar="ID", callback=_given_id, help="Its id; else the service chooses one."
    )
    def create(space: LiveSpace, release: str, file: Path, entity: str | None, **more: str) -> None:
        space.answer(lambda space: of.create(space, release, file, entity, more), _written)

    create.help = (
        f"Make an {of.one} that exists in a Timeline release alone, of FILE ('-' for stdin), a JSON object with "
        "`fields`, and print its id. It joins the items of the release."
    )


def _content_type(of: _Bodies) -> Callable[[F], F]:
    """The option that names the type of an entry; an asset has none."""
    if of.kind != "entries":
        return lambda function: function
    facts: dict[str, Any] = {"metavar": "ID", "required": True, "callback": checked_id}
    return click.option("--content-type", "content_type_id", help="Its content type.", **facts)


def _entity(of: _Bodies) -> Callable[[F], F]:
    return click.argument("entity", metavar=of.one.upper(), callback=checked_id)


def _without_sys(body: JsonObject) -> JsonObject:
    """What is written of a body that was printed by `get`. Raises UsageError where it has no fields."""
    if not isinstance(body.get("fields"), dict):
        raise UsageError('the file holds no `fields`: a body is {"fields": {FIELD: {LOCALE: VALUE}}}')
    return {name: value for name, value in body.items() if name != "sys"}


def _pretty(report: Report) -> Iterator[str]:
    yield pretty(report.facts["answer"])


for bodies in (_Bodies("entries", "entry"), _Bodies("assets", "asset")):
    own = Group(
        f"release {bodies.kind}",
        help=f"Show the {bodies.kind} of a Timeline release as they will be, or change them there.",
    )
    for add in (_add_reading, _add_writing, _add_creating):
        add(own, bodies)
    command.add_command(own, bodies.kind)
