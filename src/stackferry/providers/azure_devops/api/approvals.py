"""Approvals over all releases: listed, given, refused. API page: "Approvals"."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from stackferry.errors import Refused
from stackferry.json_values import text
from stackferry.providers.azure_devops.api.client import Client, Found, RowPage, params
from stackferry.providers.azure_devops.requests import releases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import JsonObject, Request


class ApprovalFilters(TypedDict, total=False):
    """What a list of approvals is narrowed and sorted by; `FILTERS` has the page's own names.

    Without `status_filter` the service gives those that are pending.
    """

    assigned_to_filter: str
    status_filter: str
    release_ids_filter: Sequence[int]
    type_filter: str
    top: int
    continuation_token: str
    query_order: str
    include_my_group_approvals: bool


FILTERS: Final[Mapping[str, str]] = {
    "assigned_to_filter": "assignedToFilter",
    "status_filter": "statusFilter",
    "release_ids_filter": "releaseIdsFilter",
    "type_filter": "typeFilter",
    "top": "top",
    "continuation_token": "continuationToken",
    "query_order": "queryOrder",
    "include_my_group_approvals": "includeMyGroupApprovals",
}


class Approvals(Client):
    """Who is asked before and after a deployment."""

    async def get_all(self, **filters: Unpack[ApprovalFilters]) -> RowPage:
        """One page of approvals. Section "Get a list of approvals"."""
        request = releases.list_approvals(self._root, params(FILTERS, filters))
        return await self._page(request, "the list of approvals")

    async def find(self, most: int | None = None, **filters: Unpack[ApprovalFilters]) -> Found:
        """Approvals, each once, from as many pages as that takes: all, or at most so many."""

        def ask(token: str, rows: int) -> Request:
            page: ApprovalFilters = {**filters, "top": rows}
            page = {**page, "continuation_token": token} if token else page
            return releases.list_approvals(self._root, params(FILTERS, page))

        token = filters.get("continuation_token", "")
        return await self._found(ask, "the list of approvals", token=token, most=most)

    async def update(self, *, approval_id: int, status: str, comments: str = "") -> JsonObject:
        """Answer an approval: "approved" or "rejected"; the approval as it is then. Section "Update an approval"."""
        body: JsonObject = {"status": status, **({"comments": comments} if comments else {})}
        request = releases.update_approval(self._root, approval_id, body)
        return await self._object(request, f"approval {approval_id}", approval_id)

    async def get(self, *, approval_id: int) -> JsonObject:
        """One approval. In the vendor's own clients."""
        request = releases.get_approval(self._root, approval_id)
        return await self._object(request, f"approval {approval_id}", approval_id)

    async def decide(self, *, approval_id: int, status: str, comments: str = "") -> JsonObject:
        """Answer an approval; the approval as it is then. Nothing is wrong where it has this answer already.

        Raises Refused where the service did not take it, and AnswerLost as every write does.
        """
        try:
            answer = await self.update(approval_id=approval_id, status=status, comments=comments)
        except Refused as refused:
            with suppress(Refused):
                found = await self.get(approval_id=approval_id)
                if text(found.get("status")).lower() == status:
                    return found
            raise refused from None
        if text(answer.get("status")).lower() != status:
            said = f"approval {approval_id} is {answer.get('status')}, although the service took the call"
            raise Refused(said, status=200)
        return answer
