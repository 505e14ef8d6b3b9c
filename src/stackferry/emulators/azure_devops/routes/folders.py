"""Folders of definitions. Their paths are written with backslashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import ApiError, invalid
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.words import FOLDER_ORDER, word
from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def _path(call: Call) -> str:
    """The path of the request as folders are named."""
    return "\\" + call.args.get("path", "").replace("/", "\\").strip("\\")


def _find(call: Call) -> JsonObject:
    for path, folder in call.project.folders.items():
        if path.lower() == _path(call).lower():
            return folder
    raise ApiError(404, "FolderNotFoundException", f"Folder {_path(call)} does not exist.")


def _list(call: Call) -> Answer:
    above = _path(call)
    order = word(FOLDER_ORDER, call.param("queryOrder", "ascending"), "queryOrder")
    rows = sorted(call.project.folders.items(), reverse=order == "descending")
    return wrapped([row for path, row in rows if path.lower().startswith(above.lower())])


def _create(call: Call) -> Answer:
    body = call.json()
    call.args.setdefault("path", text(body.get("path")))
    path = _path(call)
    if path.lower() in {one.lower() for one in call.project.folders}:
        raise ApiError(400, "FolderExistsException", f"Folder {path} already exists.")
    if path == "\\":
        raise invalid("A folder must have a name.")
    above = path.rpartition("\\")[0]
    if above and above.lower() not in {one.lower() for one in call.project.folders}:
        raise ApiError(400, "FolderNotFoundException", f"Folder {above} does not exist.")
    now = call.service.now()
    call.project.put_folder(
        path,
        description=body.get("description"),
        createdBy=call.me,
        createdOn=now,
        lastChangedBy=call.me,
        lastChangedDate=now,
    )
    return Answer(call.project.folders[path])


def _patch(call: Call) -> Answer:
    folder, body, before = _find(call), call.json(), _path(call)
    wanted = text(body.get("path"))
    if wanted and wanted.lower() != before.lower():
        _move(call, before, wanted)
        folder["path"] = wanted
    if "description" in body:
        folder["description"] = body["description"]
    folder.update({"lastChangedBy": call.me, "lastChangedDate": call.service.now()})
    return Answer(dict(folder))


def _move(call: Call, before: str, after: str) -> None:
    """Rename a folder with the folders and definitions in it."""
    project = call.project

    def renamed(path: str) -> str:
        is_in = path.lower() == before.lower() or path.lower().startswith(f"{before.lower()}\\")
        return after + path[len(before) :] if is_in else path

    project.folders = {renamed(path): {**row, "path": renamed(path)} for path, row in project.folders.items()}
    for definition in project.definitions.values():
        definition.raw["path"] = renamed(text(definition.raw.get("path")))


def _delete(call: Call) -> Answer:
    """Delete a folder with what is in it, definitions too."""
    _find(call)
    path = _path(call).lower()
    for name in [one for one in call.project.folders if _is_in(one.lower(), path)]:
        del call.project.folders[name]
    for definition in call.project.definitions.values():
        home = text(definition.raw.get("path")).lower()
        if _is_in(home, path) and definition.deleted_at is None:
            definition.deleted_at = call.service.time()
            definition.raw["isDeleted"] = True
    return Answer(b"", 204)


def _is_in(home: str, path: str) -> bool:
    """Whether a folder is this one or below it. Both in lower case."""
    return home == path or home.startswith(f"{path}\\")


_ONE = "release/folders/{path}"
RULES = (
    rule("GET", "release/folders", _list, "folders"),
    rule("POST", "release/folders", _create, "folders", "release:manage"),
    rule("GET", _ONE, _list, "folders"),
    rule("POST", _ONE, _create, "folders", "release:manage"),
    rule("PATCH", _ONE, _patch, "folders", "release:manage"),
    rule("DELETE", _ONE, _delete, "folders", "release:manage"),
)
