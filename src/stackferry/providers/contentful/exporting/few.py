"""What is read of an environment where a few objects are to be written: these, what they link to, the model. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting import live_bodies, releases, taxonomy
from stackferry.providers.contentful.exporting.listings import batch_name, listing
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.options import read_options
from stackferry.providers.contentful.requests.read import among, id_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import ExportStage, GrowingStore, Job, ReadOptions, RecordStore


class FewStages:
    """The stages of one such reading. What is wanted is named by kind and id: "entries/ID"."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self.stages: tuple[ExportStage, ...] = (self.named, self.live_bodies, self.beside)

    def named(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The objects themselves, and what every space has few of."""
        own = (kinds.CONTENT_TYPES, kinds.LOCALES, kinds.TAGS, kinds.UI_CONFIG)
        with_taxonomy = (kinds.SPACE,) if read_options(options).taxonomy else ()
        for kind in (*own, *with_taxonomy):
            yield listing(self._root, kind, options)
        for kind in (kinds.ENTRIES, kinds.ASSETS):
            for batch in id_batches(sorted(_wanted(options, kind.name))):
                name = f"{kind.name}/{batch_name(batch)}"
                yield listing(self._root, kind, options, among(batch), name=name)
        if _wanted(options, kinds.RELEASES.name):
            yield from releases.timeline_releases(self._root, options)

    def live_bodies(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What is live otherwise; and the other list of releases."""
        yield from live_bodies.live_bodies(self._root, staged, options)
        if _wanted(options, kinds.RELEASES.name):
            yield from releases.other_releases(self._root, staged, options)

    def beside(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The bodies that these releases hold; concepts, where the objects have any."""
        yield from releases.bodies_of(self._root, _releases(staged, options), options)
        if read_options(options).taxonomy:
            yield from taxonomy.taxonomy(self._root, staged, options)


def _wanted(options: ReadOptions, kind: str) -> set[str]:
    named = (one.partition("/") for one in read_options(options).wanted)
    return {uid for of_kind, _, uid in named if of_kind == kind}


def _releases(staged: RecordStore, options: ReadOptions) -> list[JsonObject]:
    """The releases of these ids or titles; all of them where one that is wanted is called otherwise by now."""
    wanted = _wanted(options, kinds.RELEASES.name)
    held = [*staged.objects(Stream(kinds.RELEASES.name))] if wanted else []
    found = [row for row in held if wanted & {sys_id(row), str(row.get("title"))}]
    names = {name for row in found for name in (sys_id(row), str(row.get("title")))}
    return found if wanted <= names else held
