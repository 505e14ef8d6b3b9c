"""What a credential may read of a place, kind by kind: the first page of one listing of each kind that an export reads.

The requests are those of an export, so that the answer holds for one. Nothing is kept, and nothing is ever written:
whether a credential may write, no service tells without a write.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from stackferry.drivers.answers import read_page
from stackferry.drivers.events import kind_of_job
from stackferry.errors import AccessError, BadAnswer, NotOffered, NotSignedIn, Refused
from stackferry.io.storage.staging import Staging
from stackferry.model import Budget
from stackferry.providers.source import CursorListing, Fetch, Listing, LocalRecords, ReadOptions, Rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.run import Run
    from stackferry.model import Place, Request
    from stackferry.providers.source import ExportPlan, ExportStage, Job

READ, REFUSED, NOT_OFFERED = "read", "refused", "not offered"
_ROWS = 10  # of a page, where so few can be asked for


class KindAccess(NamedTuple):
    """Whether one kind can be read: "read", "refused" or "not offered"; `reason` is the service's own words."""

    kind: str
    answer: str
    reason: str = ""


class AccessFound(NamedTuple):
    """What a credential is good for. `place`: where an alias leads; `limits`: requests a second that were announced."""

    place: Place
    kinds: list[KindAccess]
    limits: dict[str, float]

    @property
    def is_accepted(self) -> bool:
        """Whether the service accepts the credential: it lets it read anything."""
        return any(one.answer == READ for one in self.kinds)


async def check_access(run: Run) -> AccessFound:
    """Try to read one page of each kind.

    Raises NotSignedIn, NoSuchPlace, Unreachable, and AccessError where the place itself is refused.
    """
    run = await run.resolved()
    options = run.system.read_options(ReadOptions(versions="latest"))
    plan = run.system.export_plan(run.place)
    found: dict[str, KindAccess] = {}
    with (
        TemporaryDirectory(prefix="stackferry-") as scratch,
        closing(Staging(Path(scratch, "staging.sqlite"))) as staging,
    ):
        for stage in _stages(plan):
            for job in stage(staging, options):
                kind = kind_of_job(job.name)
                if isinstance(job, LocalRecords):
                    staging.keep(job.name, job.records, dropped=job.dropped)
                elif kind not in found and isinstance(job, Listing | CursorListing | Fetch):
                    found[kind] = await _tried(run, plan, staging, job, kind)
    announced = {budget: run.session.pacer.announced(budget) for budget in (Budget.READ, Budget.WRITE)}
    limits = {budget.value: rate for budget, rate in announced.items() if rate is not None}
    return AccessFound(run.place, [*found.values()], limits)


def _stages(plan: ExportPlan) -> Iterator[ExportStage]:
    for step in plan.stages:
        yield from step.stages if isinstance(step, Rounds) else (step,)


async def _tried(run: Run, plan: ExportPlan, staging: Staging, job: Job, kind: str) -> KindAccess:
    """Whether a job's first answer can be read; what it holds leads to further kinds."""
    assert isinstance(job, Listing | CursorListing | Fetch)  # noqa: S101 - for the type checker
    try:
        page = await read_page(run, plan, job, _first(job))
    except NotSignedIn:
        raise
    except AccessError as error:
        is_expected = isinstance(job, Fetch) and job.may_be_refused
        return KindAccess(kind, NOT_OFFERED if is_expected else REFUSED, str(error))
    except (NotOffered, Refused, BadAnswer) as error:
        return KindAccess(kind, NOT_OFFERED if isinstance(error, NotOffered) else REFUSED, str(error))
    staging.keep(job.name, page.records)
    return KindAccess(kind, READ)


def _first(job: Listing | CursorListing | Fetch) -> Request:
    if isinstance(job, Fetch):
        return job.request
    if isinstance(job, CursorListing):
        return job.request("", _ROWS)
    return job.sized(0, _ROWS) if job.sized else job.request(0)
