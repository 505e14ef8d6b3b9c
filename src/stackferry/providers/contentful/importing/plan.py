"""The plan of an import: what its answers and refusals mean, and how a dry run reads it. Its stages are in `stages`.

Pure: everything comes from the snapshot, the target as it was before the import, and the identities that earlier steps
found or made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import nested, text
from stackferry.providers.contentful.importing.deleted.forget import forget
from stackferry.providers.contentful.importing.deleted.missing import missing
from stackferry.providers.contentful.importing.described import DescribedWrites
from stackferry.providers.contentful.importing.publishing.without_rules import undo_now
from stackferry.providers.contentful.importing.releases.items import locales_now
from stackferry.providers.contentful.importing.stages import stages
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.refusals import refusal
from stackferry.providers.contentful.requests.build import end_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from stackferry.model import JsonObject, Place, Request, Response
    from stackferry.providers.identities import Memory
    from stackferry.providers.made_anew import Forgotten, Made
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, ImportStage, WaitFor, Write


class ContentfulImportPlan:
    """Contentful's side of an import into one environment."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def missing(self, context: ImportContext, memory: Memory, present: RecordStore) -> Iterable[Made]:
        return missing(context, memory, present)

    def seen_now(self, context: ImportContext, present: RecordStore) -> Iterable[tuple[str, str, str]]:
        del context
        return locales_now(present)

    def forget(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
        return forget(context, memory, gone)

    def plan(self, context: ImportContext) -> Iterator[ImportStage | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        return stages(context, self._place)

    def before_writes(self, context: ImportContext) -> Iterable[Write]:
        del context
        return ()

    undo_now = staticmethod(undo_now)

    def action(self, kind: str, request: Request) -> str:
        del kind
        last = end_of(request.path)
        if last in ("published", "archived"):
            verb = {"published": "publish", "archived": "archive"}[last]
            return f"un{verb}" if request.method == "DELETE" else verb
        if last == "process":
            return "process"
        if "bulk_actions" in request.path:
            return "publish"
        return {"POST": "create", "DELETE": "delete"}.get(request.method) or _of_put(request)

    def described(self, context: ImportContext, memory: Memory) -> DescribedWrites:
        return DescribedWrites(context, memory)

    def label(self, answer: JsonObject) -> str:
        return sys_id(answer) or text(nested(answer, "name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)


def _of_put(request: Request) -> str:
    """Whether a PUT makes an object or changes one: a change names a version."""
    versions = [value for name, value in request.headers if name == "x-contentful-version"]
    return "update" if versions and versions[0] != "0" else "create"
