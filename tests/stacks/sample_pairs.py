"""Each system's sample on an emulator over a socket, and an empty place beside it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repository import SAMPLES
from stackferry import Speed
from stackferry.emulators import azure_devops, contentful, contentstack
from stackferry.emulators.azure_devops.seed.furnish_like import furnish_like
from stackferry.emulators.azure_devops.seed.snapshot import add_project, names_in
from stackferry.emulators.contentful.seed.load import add_seeded_space
from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed
from stackferry.emulators.values import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "invented-token"
FAST = Speed(rate=0, bulk_rate=0)
SYSTEMS = ("contentstack", "contentful", "azure-devops")


@dataclass
class SamplePair:
    """`source` and `target` are places; both take `TOKEN`."""

    system: str
    emulator: Any
    source: str
    target: str

    @property
    def writes(self) -> int:
        """Requests that are no reads, so far."""
        log = self.emulator.log
        return sum(not str(getattr(one, "method", one)).startswith(("GET", "OPTIONS")) for one in log)


@contextmanager
def sample_pair(system: str) -> Iterator[SamplePair]:
    """The sample of a system and an empty place, on one emulator."""
    with {"contentstack": _stacks, "contentful": _spaces, "azure-devops": _projects}[system]() as found:
        yield found


@contextmanager
def _stacks() -> Iterator[SamplePair]:
    emulator, seed = contentstack.Emulator(), read_seed(SAMPLES / "harbour-guide")
    add_seeded_stack(emulator, seed, api_key="production", management_token=TOKEN)
    emulator.add_stack(api_key="testing", management_token=TOKEN, master_locale=seed.master_locale)
    with contentstack.serve(emulator) as origin:
        host = origin.removeprefix("http://")
        places = (f"contentstack+http://{key}@{host}/main" for key in ("production", "testing"))
        yield SamplePair("contentstack", emulator, *places)


@contextmanager
def _spaces() -> Iterator[SamplePair]:
    emulator = contentful.Emulator()
    space = add_seeded_space(emulator, SAMPLES / "harbour-space", key="production", token=TOKEN)
    due = format_time(emulator.time() + timedelta(days=365))
    for row in space.scheduled_actions.values():
        row["scheduledFor"] = {**row["scheduledFor"], "datetime": due}  # type: ignore[dict-item]
    emulator.add_space(
        key="testing", token=TOKEN, locale=space.master.default_locale, organization="another-organization"
    )
    with contentful.serve(emulator) as origin:
        host = origin.removeprefix("http://")
        places = (f"contentful+http://{key}@{host}/master" for key in ("production", "testing"))
        yield SamplePair("contentful", emulator, *places)


@contextmanager
def _projects() -> Iterator[SamplePair]:
    emulator = azure_devops.Emulator(switches=azure_devops.Switches(validate_builds=False))
    names = names_in(SAMPLES / "harbour-releases")
    assert names is not None
    organization, name = names
    project = add_project(emulator, SAMPLES / "harbour-releases", organization, name, token=TOKEN)
    furnish_like(emulator, project, organization, organization="testing", project=name, token=TOKEN)
    with azure_devops.serve(emulator) as origin:
        host = origin.removeprefix("http://")
        places = (
            f"azure-devops+http://{key}@{host}/{name.replace(' ', '%20')}"
            for key in (organization, "testing")
        )
        yield SamplePair("azure-devops", emulator, *places)
