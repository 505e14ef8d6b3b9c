"""Whether a place is the one that a snapshot was exported from, which may be named otherwise by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.drivers.answers import decoded
from stackferry.json_values import as_object
from stackferry.providers.places import KnowsSpellings

if TYPE_CHECKING:
    from stackferry.drivers.run import Run
    from stackferry.model import Place
    from stackferry.providers.source import RecordStore


async def is_origin(run: Run, origin: Place, source: RecordStore) -> bool:
    """Whether `source` was exported from the place of a run. Where only the service can tell, it is asked once."""
    system, place = run.system, run.place
    if origin.identity == place.identity:
        return True
    if not isinstance(system, KnowsSpellings):
        return False
    request = system.spelling_request(origin, place)
    if request is None:
        return False
    response = await run.session.call(request)
    answer = as_object(decoded(request, response)) if response.ok else {}
    return system.is_spelling(origin, place, source, answer)
