"""Whether a place is the one that a snapshot was exported from, which may be named otherwise by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.drivers.answers import decoded
from stackferry.json_values import as_object
from stackferry.providers.places import KnowsSpellings

if TYPE_CHECKING:
    from stackferry.drivers.run import Run
    from stackferry.model import JsonObject, Place
    from stackferry.providers.places import Objects


async def is_origin(run: Run, origin: Place, source: Objects) -> bool:
    """Whether `source` was exported from the place of a run. Where only the service can tell, it is asked once."""
    return await Origins(run).has(origin, source)


@dataclass(slots=True)
class Origins:
    """Tells snapshots of the place of a run from others; the service is asked once at most for all of them."""

    run: Run
    _answer: JsonObject | None = None

    async def has(self, origin: Place, source: Objects) -> bool:
        """Whether `source`, whose manifest names `origin`, was exported from the place of the run."""
        system, place = self.run.system, self.run.place
        if origin.identity == place.identity:
            return True
        if origin.system != place.system or not isinstance(system, KnowsSpellings):
            return False
        request = system.spelling_request(origin, place)
        if request is None:
            return False
        if self._answer is None:
            response = await self.run.session.call(request)
            self._answer = as_object(decoded(request, response)) if response.ok else {}
        return system.is_spelling(origin, place, source, self._answer)
