"""An editor writes what an import is about to write: it is named, and never overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_bench import TARGET, make_space_bench
from states_space import fill_states, titles
from workbench import RecordingTransport

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from space_bench import SpaceBench


class Editor(RecordingTransport):
    """Saves a document right before the import sends its first request of that method and path."""

    def __init__(self, bench: SpaceBench, method: str, path: str, kind: str, uid: str) -> None:
        super().__init__(bench.emulator)
        self._bench, self._when, self._what = bench, (method, path), (kind, uid)
        self.has_saved = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/environments/master")[2]
        if (request.method, path) == self._when and not self.has_saved:
            self.has_saved = True
            environment = self._bench.emulator.spaces[TARGET].master
            document = getattr(environment, self._what[0])[self._what[1]]
            document.body = {**document.body, "fields": {"title": titles(en="Saved meanwhile")}}
            document.sys["version"] = document.version + 1
            environment.changed()
        return await super().handle_async_request(request)


WRITES: list[tuple[str, str, str, str]] = [
    ("PUT", "/entries/linked", "entries", "linked"),  # over what was read
    ("POST", "/bulk_actions/publish", "entries", "all"),  # before it is published in bulk
    ("PUT", "/assets/both", "assets", "both"),
]


@pytest.mark.parametrize(("method", "path", "kind", "uid"), WRITES)
def test_what_was_saved_meanwhile_is_named_and_stays(
    root: Path, method: str, path: str, kind: str, uid: str
) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    for table, one in (("entries", "linked"), ("assets", "both")):
        document = getattr(bench.target.master, table)[one]
        document.body = {**document.body, "fields": {**document.body["fields"], "title": titles(en="Edited")}}
        document.sys["version"] = document.version + 1
    entry = bench.target.master.entries["all"]
    entry.body = {**entry.body, "fields": {"title": titles(en="Edited")}}
    entry.sys["version"] = entry.version + 1
    bench.target.master.changed()
    editor = Editor(bench, method, path, kind, uid)
    done = bench.import_snapshot(snapshot, "again", on_conflict="update", transport=editor)
    assert editor.has_saved
    (gap,) = done.gaps
    assert (gap["kind"], gap["uid"]) == (kind, uid)
    told: list[Any] = done.remarks["meanwhile"]
    assert [(row["kind"], row["uid"]) for row in told] == [(kind, uid)]
    document = getattr(bench.target.master, kind)[uid]
    assert document.body["fields"]["title"] == titles(en="Saved meanwhile")
    if kind == "entries":  # it is told again, and is no edit of after the import
        assert bench.import_snapshot(snapshot, "again").gaps == [gap]
