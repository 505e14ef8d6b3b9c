"""The plan of an import: what its answers and refusals mean, and how a dry run reads it. Its stages are in `stages`.

Pure: everything comes from the snapshot, the target as it was before the import, and the identities that earlier steps
found or made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text
from stackferry.providers.contentstack.importing import deleted, held_webhooks
from stackferry.providers.contentstack.importing.deletions.moved import IF_NOT_RESTORED
from stackferry.providers.contentstack.importing.described.writes import DescribedWrites
from stackferry.providers.contentstack.importing.stages import stages
from stackferry.providers.contentstack.importing.types.relaxed_types import undo_now
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.contentstack.requests.build import sent_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.identities import Memory
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, ImportStage, WaitFor, Write

_ACTIONS: Final = {"POST": "create", "PUT": "update", "DELETE": "delete"}

_NEW: Final = ("/entries/import", "/taxonomies/import")


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    missing = staticmethod(deleted.missing)
    forget = staticmethod(deleted.forget)

    def seen_now(self, context: ImportContext, present: RecordStore) -> Iterable[tuple[str, str, str]]:
        """Nothing but what is gone counts."""
        del context, present
        return ()

    def plan(self, context: ImportContext) -> Iterator[ImportStage | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        return stages(context)

    def before_writes(self, context: ImportContext) -> Iterator[Write]:
        return held_webhooks.hold(context)

    undo_now = staticmethod(undo_now)

    def action(self, kind: str, request: Request) -> str:
        if kind == held_webhooks.HELD:
            return "hold" if as_object(sent_body(request).get("webhook")).get("disabled") else "give back"
        if kind == "publications" or (kind == IF_NOT_RESTORED and request.path.endswith("/publish")):
            return "unpublish" if request.path.endswith("/unpublish") else "publish"
        if request.path.endswith("/restore"):
            return "restore"
        if request.path.endswith("/import") and not request.path.endswith(_NEW):
            return "update"  # of an existing entry
        return _ACTIONS.get(request.method, request.method)

    def described(self, context: ImportContext, memory: Memory) -> DescribedWrites:
        return DescribedWrites(context, memory)

    def label(self, answer: JsonObject) -> str:
        named = next(iter(objects([*answer.values()])), {})
        return text(named.get("uid")) or text(named.get("code")) or text(named.get("name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)
