"""A target that holds what its source does, and more: what a mirror of it deletes."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from editors import Editors
from round_trip import explain_differences
from small_stack import fill_small
from workbench import SOURCE, TARGET, RecordingTransport

if TYPE_CHECKING:
    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot

Log = list[str]
PAGES = "/content_types/page/entries"
EDITS = ("edit", "localize", "create", "create", "delete", "publish", "unpublish", "new_file", "other_file",
         "rename_asset", "publish_asset", "delete_asset")  # fmt: skip
Filled = tuple["Workbench", "Snapshot", dict[str, str], list[str]]
"""The stacks, a snapshot of the source, the uids of what only the target has, and how both differed before."""


def mirror(
    bench: Workbench, snapshot: Snapshot, state: str = "state", **options: Any
) -> tuple[ImportResult, Log]:
    """The result of a mirror, and the writes that it sent."""
    transport = RecordingTransport(bench.emulator)
    asked = {"mirror": True, "on_conflict": "update", **options}
    done = bench.import_snapshot(snapshot, state, transport=transport, **asked)
    return done, [call for call in transport.log if not call.startswith("GET")]


def add_surplus(bench: Workbench) -> dict[str, str]:
    """One more object of every kind that a mirror deletes, in a target that was filled; their uids."""
    editor, main = Editors(bench, key=TARGET), bench.target.main
    egg = next(uid for uid, one in main.entries["page"].items() if "Egg" in titles(one))
    fields: Any = {"partner": [{"uid": egg, "_content_type_uid": "page"}]}

    def made(method: str, path: str, **request: Any) -> Any:
        return editor.call(method, path, **request).raise_for_status().json()

    entry = made("POST", "/content_types/page/entries", json={"entry": {"title": "Surplus", **fields}})[
        "entry"
    ]
    hen = next(uid for uid, one in main.entries["page"].items() if "Hen, revised" in titles(one))
    for uid, title in ((entry["uid"], "De trop"), (hen, "Poule")):
        sent = {"entry": {"title": title, **fields}}
        made("PUT", f"/content_types/page/entries/{uid}", params={"locale": "fr-fr"}, json=sent)
    file = {"asset[upload]": ("surplus.txt", b"surplus", "text/plain")}
    asset = made("POST", "/assets", files=file)["asset"]
    (spring,) = main.releases
    release = made("POST", "/releases", json={"release": {"name": "Surplus"}})["release"]
    main.releases[spring].raw["locked"] = False
    item = {
        "uid": entry["uid"],
        "version": 1,
        "locale": "en-us",
        "content_type_uid": "page",
        "action": "publish",
    }
    made("POST", f"/releases/{spring}/items", json={"items": [item]})
    main.releases[spring].raw["locked"] = True
    return {
        "entries": entry["uid"],
        "assets": asset["uid"],
        "releases": release["uid"],
        "hen": hen,
        "spring": spring,
    }


def titles(entry: Any) -> set[str]:
    return {document.latest["title"] for document in entry.documents.values()}


def differences(bench: Workbench) -> list[str]:
    """How the target differs from the source, modulo uids."""
    return explain_differences(bench.dump(SOURCE), bench.dump(TARGET), []).unexplained


def in_place(bench: Workbench, snapshot: Snapshot, state: str = "place") -> tuple[ImportResult, Log]:
    return mirror(bench, snapshot, state, key=SOURCE, in_place=True)


def twin(bench: Workbench) -> Filled:
    """A target that was filled like its source: with the same uids."""
    fill_small(bench.target)
    return bench, bench.export(), add_surplus(bench), []


def fill_target(bench: Workbench) -> Filled:
    """A target that was filled by an import."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = differences(bench)
    return bench, snapshot, add_surplus(bench), before


def edit_at_random(editor: Editors, seed: int, times: int) -> None:
    """Edits of entries and assets, as long as there is an entry; types stay."""
    chance = Random(seed)
    for _ in range(times):
        if any(editor.content.entries.values()):
            getattr(editor, chance.choice(EDITS))()
