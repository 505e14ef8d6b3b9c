"""`stackferry release entries` and `assets` on a space: the bodies that a Timeline release holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.contentful.item_options import RELEASE, checked_id
from stackferry.cli.contentful.release_group import command
from stackferry.cli.contentful.space_command import columns, of_sys, space_command
from stackferry.cli.json_format import pretty
from stackferry.cli.live.command import FILE, read_json, read_object
from stackferry.errors import UsageError
from stackferry.json_values import integer, nested, objects
from stackferry.providers.contentful.requests.build import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.cli.contentful.space_command import LiveSpace, Space
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


def _client(space: Space, kind: str) -> Any:
    return space.entries if kind == "entries" else space.assets


def _add_commands(kind: str, one: str) -> None:
    """The commands of entries, or of assets."""
    group = click.Group(
        f"release {kind}",
        help=f"Show the {kind} of a Timeline release as they will be, or change them there.",
    )
    command.add_command(group, kind)
    entity = click.argument("entity", metavar=one.upper(), callback=checked_id)
    described = columns(of_sys("id"), of_sys("contentType", "sys", "id"), of_sys("version"))

    @space_command(group, "list")
    @RELEASE
    def list_(space: LiveSpace, release: str) -> None:
        space.answer(lambda space: _every_body(space, kind, release), described)

    @space_command(group, "get")
    @RELEASE
    @entity
    def get(space: LiveSpace, release: str, entity: str) -> None:
        space.answer(lambda space: _client(space, kind).get(release_id=release, entity_id=entity), _pretty)

    @space_command(group, "put")
    @RELEASE
    @entity
    @FILE_ARGUMENT
    @VERSION
    def put(space: LiveSpace, release: str, entity: str, file: Path, version: int | None) -> None:
        body = read_object(file)
        known = version or integer(nested(body, "sys", "version"))

        async def send(space: Space) -> JsonObject:
            current = await _version(space, kind, release, entity, known)
            facts = {"release_id": release, "entity_id": entity, "version": current}
            answer: JsonObject = await _client(space, kind).update(**facts, body=_without_sys(body))
            return answer

        space.answer(send, _written)

    @space_command(group, "patch")
    @RELEASE
    @entity
    @FILE_ARGUMENT
    @VERSION
    def patch(space: LiveSpace, release: str, entity: str, file: Path, version: int | None) -> None:
        operations = read_json(file)
        if not isinstance(operations, list) or len(objects(operations)) != len(operations):
            raise click.UsageError(f"{file}: not a JSON list of operations")

        async def send(space: Space) -> JsonObject:
            current = await _version(space, kind, release, entity, version)
            facts = {"release_id": release, "entity_id": entity, "version": current}
            answer: JsonObject = await _client(space, kind).patch(**facts, operations=operations)
            return answer

        space.answer(send, _written)

    @space_command(group, "create")
    @RELEASE
    @FILE_ARGUMENT
    @click.option(
        "--id", "entity", metavar="ID", callback=_given_id, help="Its id; else the service chooses one."
    )
    def create(space: LiveSpace, release: str, file: Path, entity: str | None, **more: str) -> None:
        body = _without_sys(read_object(file))
        facts = {"release_id": release, "entity_id": entity, "body": body, **more}
        space.answer(lambda space: _client(space, kind).create(**facts), _written)

    if kind == "entries":
        content_type = click.option(
            "--content-type",
            "content_type_id",
            metavar="ID",
            required=True,
            callback=checked_id,
            help="Its type.",
        )
        content_type(create)

    list_.help = f"List the {kind} of a Timeline release: id, content type, version."
    create.help = (
        f"Make an {one} that exists in a Timeline release alone, of FILE ('-' for stdin), a JSON object with `fields`, "
        "and print its id. It joins the items of the release."
    )
    get.help = f"Print an {one} as a Timeline release holds it."
    put.help = (
        f"Replace the body of an {one} in a Timeline release by FILE ('-' for stdin), a JSON object with `fields`. "
        "What FILE leaves out is gone; nothing is published by this."
    )
    patch.help = (
        f"Change an {one} in a Timeline release by the JSON Patch in FILE ('-' for stdin). It cannot add below a "
        "field that is not set: send that field whole. Nothing is published by this."
    )


async def _every_body(space: Space, kind: str, release: str) -> JsonObject:
    """All pages, by offset."""
    rows: list[JsonObject] = []
    while True:
        page: JsonObject = await _client(space, kind).get_all(
            release_id=release, skip=len(rows), limit=PAGE, order="sys.id"
        )
        found = objects(page.get("items"))
        rows += found
        if not found or len(rows) >= (integer(page.get("total")) or 0):
            return {"items": [*rows]}


async def _version(space: Space, kind: str, release: str, entity: str, known: int | None) -> int | None:
    """The version that is known, or that the release's copy has now."""
    if known is not None:
        return known
    found = await _client(space, kind).get(release_id=release, entity_id=entity)
    return integer(nested(found, "sys", "version"))


def _without_sys(body: JsonObject) -> JsonObject:
    """What is written of a body that was printed by `get`. Raises UsageError where it has no fields."""
    if not isinstance(body.get("fields"), dict):
        raise UsageError('the file holds no `fields`: a body is {"fields": {FIELD: {LOCALE: VALUE}}}')
    return {name: value for name, value in body.items() if name != "sys"}


def _pretty(report: Report) -> Iterator[str]:
    yield pretty(report.facts["answer"])


_add_commands("entries", "entry")
_add_commands("assets", "asset")
