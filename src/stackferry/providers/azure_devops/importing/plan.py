"""The plan of an import: what its answers and refusals mean, and how a dry run reads it. Its stages are in `stages`.

Pure: everything comes from the snapshot, the target as it was before the import, and the identities that earlier steps
found or made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.importing.described import DescribedWrites, sent_body
from stackferry.providers.azure_devops.importing.missing import forget, missing
from stackferry.providers.azure_devops.importing.nothing_starts import starting_parts
from stackferry.providers.azure_devops.importing.stages import stages
from stackferry.providers.azure_devops.kinds import DEFINITIONS
from stackferry.providers.azure_devops.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Place, Request, Response
    from stackferry.providers.identities import Memory
    from stackferry.providers.made_anew import Forgotten, Made
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, ImportStage, Write


class AzureImportPlan:
    """Azure DevOps's side of an import into one project."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def missing(self, context: ImportContext, memory: Memory, present: RecordStore) -> Iterable[Made]:
        return missing(context, memory, present)

    def seen_now(self, context: ImportContext, present: RecordStore) -> Iterable[tuple[str, str, str]]:
        del context, present
        return ()

    def forget(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
        del context, memory
        return forget(gone)

    def plan(self, context: ImportContext) -> Iterator[ImportStage]:
        return stages(context, self._place)

    def before_writes(self, context: ImportContext) -> Iterable[Write]:
        del context
        return ()

    def undo_now(self, requests: Sequence[Request]) -> None:
        """No change is temporary."""
        del requests

    def action(self, kind: str, request: Request) -> str:
        *_, last = request.path.split("/")
        if last == "tags":
            return "tag"
        if "/environments/" in request.path:
            return "deploy"
        if kind == DEFINITIONS.name and request.method == "PUT" and [*starting_parts(sent_body(request))]:
            return "enable"
        return "create" if request.method == "POST" else "update"

    def described(self, context: ImportContext, memory: Memory) -> DescribedWrites:
        return DescribedWrites(context, memory)

    def label(self, answer: JsonObject) -> str:
        return f"{release_id(answer) or ''} {text(answer.get('name'))}".strip() or "?"

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)
