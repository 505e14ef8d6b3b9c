"""A space from the JSON file of the vendor's export tool: what it holds as it is, and what it cannot hold made up.

The file has no published bodies and no history. A "changed" entity gets a live body that differs in one text, and an
entity that was published several times gets older snapshots, each with a text of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from stackferry import exact_json
from stackferry.emulators.contentful.files import file_details
from stackferry.emulators.contentful.history import snapshot_of
from stackferry.emulators.contentful.images import stand_in
from stackferry.emulators.contentful.space import StoredFile
from stackferry.emulators.values import integer_or
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.emulators.contentful.space import Space
    from stackferry.model import Json, JsonObject

HISTORY = 3
"""How many snapshots of an entity are made up, at most: as many as it was published, up to this number."""

_HEAD = 1 << 16  # bytes of a file that tell an image's width and height
KINDS = frozenset({"contentTypes", "entries", "assets", "locales", "editorInterfaces"})


def is_vendor_file(content: Json) -> bool:
    """Whether a document looks like an export."""
    return isinstance(content, dict) and bool(KINDS & set(content))


def read_file(path: Path) -> JsonObject:
    """The document. Raises `SnapshotCorrupt`, naming the file, for what is no export."""
    try:
        content = exact_json.loads(path.read_bytes())
    except OSError as error:
        raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error
    except JsonRefused as error:
        raise SnapshotCorrupt(f"{path} is not JSON that can be kept: {error}") from error
    if not isinstance(content, dict) or not is_vendor_file(content):
        raise SnapshotCorrupt(f"{path} is no export of Contentful: it has none of {', '.join(sorted(KINDS))}")
    return content


def add_space(
    service: Emulator,
    content: JsonObject,
    *,
    key: str,
    token: str,
    folder: Path | None = None,
    invent_files: bool = True,
    history: int = HISTORY,
) -> Space:
    """A new space that holds an export in `master`.

    Files are looked for below `folder`, as the vendor's tool lays them out. One that is not there gets bytes that are
    made up, or with `invent_files` off answers 404.
    """
    default = next((row for row in objects(content.get("locales")) if row.get("default") is True), {})
    space = service.add_space(key=key, token=token, locale=text(default.get("code")) or "en-US")
    load(space, space.master, content, folder=folder, invent_files=invent_files, history=history)
    return space


def load(
    space: Space,
    environment: Environment,
    content: JsonObject,
    *,
    folder: Path | None = None,
    invent_files: bool = True,
    history: int = HISTORY,
) -> None:
    """Put an export into an environment."""
    for raw in objects(content.get("locales")):
        environment.put("locales", raw)
    for raw in objects(content.get("tags")):
        environment.put("tags", raw)
    for raw in objects(content.get("contentTypes")):
        environment.put_content_type(raw, snapshots=_snapshots(raw, raw, "name", history))
    for raw in objects(content.get("editorInterfaces")):
        environment.put_editor_interface(raw)
    displayed = {_id(raw): text(raw.get("displayField")) for raw in objects(content.get("contentTypes"))}
    for raw in objects(content.get("assets")):
        stored = _with_files(space, raw, folder, invent_files=invent_files)
        environment.put_asset(stored, _live(stored, "title"))
    for raw in objects(content.get("entries")):
        field = displayed.get(text(nested(raw, "sys", "contentType", "sys", "id")), "")
        live = _live(raw, field)
        environment.put_entry(raw, live, _snapshots(raw, live or raw, field, history))
    for raw in objects(content.get("webhooks")):
        space.put("webhooks", raw)
    for raw in objects(content.get("roles")):
        space.put("roles", raw)
    for raw in objects(content.get("releases")):
        environment.put_release(raw)


def _id(raw: JsonObject) -> str:
    return text(as_object(raw.get("sys")).get("id"))


def _live(raw: JsonObject, field: str) -> JsonObject | None:
    """A published body of a changed entity: the same with another text; None where what is edited is live."""
    sys = as_object(raw.get("sys"))
    published = sys.get("publishedVersion")
    if (
        published is None
        or "archivedVersion" in sys
        or integer_or(sys.get("version")) <= integer_or(published) + 1
    ):
        return None
    version, time = integer_or(published) + 1, sys.get("publishedAt")
    return {**_marked(raw, field, "as published"), "sys": {**sys, "version": version, "updatedAt": time}}


def _marked(raw: JsonObject, field: str, mark: str) -> JsonObject:
    """The same entity with a text more in one field: the one that is displayed, or the first that holds a text."""
    if "fields" not in raw or isinstance(raw["fields"], list):  # a content type
        return {**raw, field: f"{text(raw.get(field))} ({mark})"}
    fields = as_object(raw["fields"])
    for name in (field, *fields):
        values = as_object(fields.get(name))
        if any(isinstance(value, str) for value in values.values()):
            marked = {code: f"{v} ({mark})" if isinstance(v, str) else v for code, v in values.items()}
            return {**raw, "fields": {**fields, name: {**marked}}}
    return raw


def _snapshots(raw: JsonObject, live: JsonObject, field: str, most: int) -> list[JsonObject]:
    """One snapshot for each time that it was published, oldest first; the newest is what is live."""
    sys = as_object(live.get("sys"))
    count = min(integer_or(as_object(raw.get("sys")).get("publishedCounter")), most)
    published = sys.get("publishedVersion")
    if not count or published is None:
        return []
    made = []
    for number in range(1, count + 1):
        before = count - number  # publishes that came after it
        version = max(number, integer_or(published) - 2 * before)
        body = live if not before else _marked(live, field, f"publish {number}")
        inner: JsonObject = {
            **sys,
            "version": version + 1,
            "publishedVersion": version,
            "publishedCounter": number,
        }
        inner = {name: value for name, value in inner.items() if name not in ("space", "environment", "urn")}
        kept = {name: value for name, value in body.items() if name not in ("sys", "metadata")}
        made.append(snapshot_of(f"{_id(raw)[:50]}.{number}", kept, inner))
    return made


def _with_files(space: Space, raw: JsonObject, folder: Path | None, *, invent_files: bool) -> JsonObject:
    """The asset with its files' URLs as paths of this space, and the files put behind them."""
    fields = as_object(raw.get("fields"))
    files = as_object(fields.get("file"))
    if not files:
        return raw
    stored = {
        code: _file(space, raw, as_object(file), folder, invent=invent_files) for code, file in files.items()
    }
    return {**raw, "fields": {**fields, "file": {**stored}}}


def _file(
    space: Space, raw: JsonObject, file: JsonObject, folder: Path | None, *, invent: bool
) -> JsonObject:
    parts = urlsplit(text(file.get("url")))
    if not parts.path:
        return file
    steps = parts.path.strip("/").split("/")
    path = "/".join(["", space.id, *steps[1:]])
    content: Path | bytes | None = _in_folder(folder, parts.netloc, steps)
    if content is None and invent:
        content = _invented(f"{_id(raw)}/{steps[-1]}", file)
    space.files[path] = StoredFile(content, text(file.get("contentType")), secure="secure." in parts.netloc)
    details = as_object(file.get("details")) if content is None else _details(content)
    return {**file, "url": path, "details": details}


def _details(content: bytes | Path) -> JsonObject:
    if isinstance(content, bytes):
        return file_details(content)
    with content.open("rb") as stream:
        return {**file_details(stream.read(_HEAD)), "size": content.stat().st_size}


def _in_folder(folder: Path | None, host: str, steps: list[str]) -> Path | None:
    """Where the vendor's tool puts a file: host, then the path of its URL, the name decoded."""
    if folder is None:
        return None
    names = [host, *steps[:-1], unquote(steps[-1])]
    if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in names):
        return None
    found = folder.joinpath(*names)
    return found if found.is_file() else None


def _invented(name: str, file: JsonObject) -> bytes:
    width, height = nested(file, "details", "image", "width"), nested(file, "details", "image", "height")
    if isinstance(width, int) and isinstance(height, int):
        return stand_in(name, width, height)
    return f"stand-in for {name}\n".encode()
