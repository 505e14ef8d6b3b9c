"""Two nights, and an editor in between: the edits that tests make, and what `diff` says of them, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from small_stack import EGG, HEN, PICTURE, RELEASE
from story_stack import OTHER, STORY, StoryEditor, fill_story
from workbench import SYSTEM, make_workbench, memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentstack import Switches

    Edit = Callable[[StoryEditor], object]

STORY_PATH, HEN_PATH = f"/content_types/story/entries/{STORY}", f"/content_types/page/entries/{HEN}"
EVERYWHERE = {"delete_all_localized": "true"}


def two_nights(
    *edits: Edit, before: Edit = lambda _: None, switches: Switches | None = None, **reading: Any
) -> VerifyResult:
    """What `diff` says after the edits; what is done `before` belongs to the first night."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_story, switches=switches)
        editor = StoryEditor(bench, 1)
        editor.stack.publish_rules.clear()
        editor.stack.main.releases[RELEASE].raw["locked"] = False
        before(editor)
        monday = bench.export("monday", **reading)
        for edit in edits:
            edit(editor)
        return diff_snapshots(SYSTEM, monday, bench.export("tuesday", **reading))


def lines(found: VerifyResult) -> list[str]:
    """Each row in short: change, kind, title, language, path, from where to where, and both values."""
    assert found.gaps == []
    return [line(row) for row in found.differences]


def line(row: Any) -> str:
    names = (
        "change",
        "kind",
        "title",
        "locale",
        "path",
        "from",
        "to",
        "environment",
        "item_title",
        "variant",
    )
    words = [str(row[name]) for name in names if row.get(name)]
    values = [_short(row[side]) if side in row else "-" for side in ("left", "right")]
    return " ".join([*words, *(["->".join(values)] if {"left", "right"} & row.keys() else [])])


def _short(value: Any) -> str:
    shown = value if isinstance(value, str) else dumps(value).decode()
    return shown if len(shown) <= 24 else f"{shown[:24]}…"


def save(edit: Callable[[Any], object], **which: Any) -> Edit:
    return lambda editor: editor.change(edit, **which)


def put(name: str, value: Any) -> Callable[[Any], object]:
    return lambda entry: entry.update({name: value})


def move(name: str, there: int, here: int) -> Callable[[Any], object]:
    """Take an element of a list out and put it elsewhere."""
    return lambda entry: entry[name].insert(here, entry[name].pop(there))


def send(method: str, path: str, **request: Any) -> Edit:
    return lambda editor: editor.do(method, path, **request)


def publish(
    action: str, path: str, version: int, *environments: str, locale: str = "en-us", **more: Any
) -> Edit:
    where = {"environments": environments, "locales": [locale]}
    name = "asset" if path.startswith("/assets") else "entry"
    body = {name: where, "locale": locale, "version": version, **more}
    return send("POST", f"{path}/{action}", json=body)


def heading(text: str) -> Callable[[Any], object]:
    return lambda entry: entry["sections"][0]["hero"].update(heading=text)


def schema(edit: Callable[[list[Any]], list[Any]]) -> Edit:
    """The fields of the story's type, edited."""

    def save_type(editor: StoryEditor) -> None:
        made: Any = editor.stack.main.content_types["story"]
        editor.do(
            "PUT", "/content_types/story", json={"content_type": {**made, "schema": edit(made["schema"])}}
        )

    return save_type


def item(method: str, path: str, **facts: Any) -> Edit:
    """Add an item to the release, or take it out."""
    row = {
        "version": 1,
        "uid": STORY,
        "content_type_uid": "story",
        "action": "publish",
        "locale": "en-us",
        **facts,
    }
    body: Any = {"item": row} if method == "POST" else {"items": [row]}
    return send(method, f"/releases/{RELEASE}/{path}", json=body)


def pinned(**facts: Any) -> Edit:
    """Set in the emulator's state: its first item, as a person of another tool may have left it."""
    return lambda editor: editor.stack.main.releases[RELEASE].items[0].update(facts)


def folder(editor: StoryEditor) -> None:
    row: Any = {
        "uid": "bltfolder9",
        "name": "Deep",
        "is_dir": True,
        "parent_uid": None,
        "_version": 1,
        "tags": [],
    }
    editor.stack.main.put_asset({**row, "content_type": "application/vnd.contenstack.folder"})


def without_uids(entry: Any) -> Any:
    """As an API client writes that knows nothing of the uids of instances: the service gives new ones."""
    for holder in [*(one for row in entry["sections"] for one in row.values()), *entry["facts"]]:
        holder.pop("_metadata", None)
    return entry


def picture_gone(editor: StoryEditor) -> None:
    """An asset is deleted, and the service shows its field empty from then on: the entry was not saved."""
    editor.do("DELETE", f"/assets/{PICTURE}")
    for uid in (STORY, OTHER):
        for document in editor.stack.main.entries["story"][uid].documents.values():
            latest: Any = document.latest
            latest["picture"] = None
            latest["sections"][0]["hero"]["image"] = None


def page_gone(editor: StoryEditor) -> None:
    """An entry is deleted, and the service leaves links to it out of what it shows."""
    editor.do("DELETE", f"/content_types/page/entries/{EGG}", params=EVERYWHERE)
    for table in editor.stack.main.entries.values():
        for entry in table.values():
            for document in entry.documents.values():
                latest: Any = document.latest
                for name in ("related", "partner"):
                    links = latest.get(name, [])
                    latest[name] = [one for one in links if one["uid"] != EGG]
