"""Files of the target that look like those of the source: their bytes are read before anything is planned. Pure.

A name, a type and a size may be equal where the bytes are not. Which file of the source an address of the target
serves is known where an import has put it there: that is kept for all later imports, and needs no look.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Budget, Request
from stackferry.providers.contentful.importing.assets.files import HELD_BYTES, AssetFiles
from stackferry.providers.contentful.importing.documents import Documents
from stackferry.providers.contentful.importing.releases.bodies import ReleaseBodies
from stackferry.providers.contentful.kinds import ASSETS
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps


def compare_held(context: ImportContext, root: Root) -> Steps:
    """Read the files of which only their bytes tell whether the target has them, each once."""
    files, asked = context.once(AssetFiles), set[str]()
    for content, row in _held(context, root) if context.options.on_conflict == "update" else ():
        for url in files.doubtful(content, row):
            if url not in asked:
                asked.add(url)
                yield Await(
                    key=f"bytes held/{url}",
                    kind="files",
                    request=Request(method="GET", path=url, budget=Budget.ASSET),
                    observe=partial(_digest, url),
                    reads_initial_state=True,
                )


def _held(context: ImportContext, root: Root) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Each body of an asset that the target held: what it is to be, and the target's row of it."""
    documents = context.once(Documents)
    for document, row in documents.all(ASSETS.name):
        held = documents.row_held(document)
        if held is None:
            continue
        wanted = documents.planned(document, row).wanted
        yield wanted.bodies[-1].content, held
        if wanted.live_at is not None:
            live = context.target.get(document.live_stream, document.uid)
            yield wanted.bodies[wanted.live_at].content, live or held
    yield from ReleaseBodies(context, root).held_assets()


def _digest(url: str, seen: JsonObject) -> Observation:
    return Observation([(HELD_BYTES, url, text(seen.get("sha256")))] if seen else ())
