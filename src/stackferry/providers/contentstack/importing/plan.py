"""The plan of an import: what its answers and refusals mean, and how a dry run reads it. Its stages are in `stages`.

Pure: everything comes from the snapshot, the target as it was before the import, and the identities that earlier steps
found or made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects, text
from stackferry.providers.contentstack.importing import deleted
from stackferry.providers.contentstack.importing.stages import stages
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.contentstack.requests.build import sent_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.target import ImportContext, ImportStage, WaitFor

_ACTIONS: Final = {"POST": "create", "PUT": "update", "DELETE": "delete"}


class ContentstackImportPlan:
    """Contentstack's side of an import."""

    missing = staticmethod(deleted.missing)
    forget = staticmethod(deleted.forget)

    def plan(self, context: ImportContext) -> Iterator[ImportStage | WaitFor]:
        """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
        return stages(context)

    def action(self, kind: str, request: Request) -> str:
        if kind == "publications":
            return "unpublish" if request.path.endswith("/unpublish") else "publish"
        if request.path.endswith("/restore"):
            return "restore"
        return _ACTIONS.get(request.method, request.method)

    def dry_run_answer(self, request: Request, note: JsonObject, serial: int) -> JsonObject:
        """The object that is sent, under its name, with a uid and a version: what the readers of answers expect."""
        version = note.get("version")
        made: JsonObject = {"uid": f"planned-{serial}", "_version": version if version else 1}
        sent = sent_body(request) or ({"asset": {}} if request.parts else {})
        return {name: {**value, **made} for name, value in sent.items() if isinstance(value, dict)}

    def label(self, answer: JsonObject) -> str:
        named = next(iter(objects([*answer.values()])), {})
        return text(named.get("uid")) or text(named.get("code")) or text(named.get("name")) or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)
