"""Releases that retention is to spare: `keepForever`, one request each. Section "Modify the status of a release"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import AnswerLost
from stackferry.providers.azure_devops.api.client import Call, Client
from stackferry.providers.azure_devops.api.releases import Releases

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.hosts import Root


class Keeper(Client):
    """Lets releases be kept, or no longer."""

    def __init__(self, call: Call, root: Root) -> None:
        super().__init__(call, root)
        self._releases = Releases(call, root)

    async def keep(self, *, release_id: int, keep: bool = True, comment: str = "") -> JsonObject:
        """Set `keepForever`; the release as it is then. Raises AnswerLost where the service did not do it.

        After a lost answer the release is looked at; if it is not kept, the change is sent once more: it sets a value.
        """
        changes: JsonObject = {"keepForever": keep, **({"comment": comment} if comment else {})}
        try:
            answer = await self._releases.update(release_id=release_id, changes=changes)
        except AnswerLost:
            answer = await self._releases.get(release_id=release_id)
            if answer.get("keepForever") is not keep:
                answer = await self._releases.update(release_id=release_id, changes=changes)
        if answer.get("keepForever") is not keep:
            said = "is not kept" if keep else "is kept"
            raise AnswerLost(f"release {release_id} {said}, although the service took the change")
        return answer
