"""Many stacks in one night: each in its own directory, within one organization's limits, and none stopping another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from command_line import FILLED, SOURCE, TARGET
from workbench import RecordingTransport, memory_directory

import stackferry
from stackferry import Endpoint, Policy, ReadOptions, Speed, UsageError, Watch, forget
from stackferry.emulators.contentstack import Emulator
from stackferry.errors import ExitCode
from stackferry.library.connect import Credential, find_endpoint
from stackferry.library.monitor import Monitor
from stackferry.library.nights.many import Nights
from stackferry.library.nights.pacers import Pacers, organization
from stackferry.library.nights.reports import worst
from stackferry.model import Budget, Place, Secret
from stackferry.providers.registry import system_of
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import httpx
    from command_line import CommandLine
    from night import NightWatch

    from stackferry import StackBackup
    from stackferry.drivers.events import Event

TOKEN = "cs-invented-token"
STACKS = 40


class Follower(Watch):
    """Counts what is told, and how many profiles were read at the same time."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.most = 0
        self.records = 0
        self.done: list[str] = []

    def began(self, name: str, monitor: Monitor) -> None:
        del monitor
        self.running.add(name)
        self.most = max(self.most, len(self.running))

    def happened(self, name: str, event: Event) -> None:
        assert name in self.running
        self.records += event.done if event.stage == "export" else 0

    def ended(self, stack: StackBackup) -> None:
        self.running.remove(stack.name)
        self.done.append(stack.name)


class Timed(RecordingTransport):
    """Answers from the emulator at once, and notes when each request came by the virtual clock."""

    def __init__(self, app: Emulator, clock: VirtualClock) -> None:
        super().__init__(app)
        self.clock = clock
        self.times: list[tuple[str, float]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.times.append((request.url.host, self.clock.monotonic()))
        await self.clock.sleep(0.2)
        return await super().handle_async_request(request)


def small_stacks(count: int) -> Emulator:
    emulator = Emulator()
    for number in range(count):
        stack = emulator.add_stack(api_key=f"blt{number:03}", management_token=TOKEN)
        stack.main.put_locale({"uid": "bltfr", "code": "fr-fr", "name": "French", "fallback_locale": "en-us"})
    return emulator


def endpoint(key: str, host: str = "one.invented", system: str = "contentstack") -> Endpoint:
    place = Place(system=system, key=key, host=host, name="main", secure=False)
    return Endpoint(place, system_of(system), Credential("token", Secret(TOKEN)))


async def virtual_night(
    into: Path, emulator: Emulator, stacks: Sequence[Endpoint], follower: Watch, **options: Any
) -> tuple[stackferry.BackupReport, Timed]:
    """A night whose requests take 0.2 s each by a clock that does not wait."""
    clock = VirtualClock()
    transport = Timed(emulator, clock)
    nights = Nights(
        into=into,
        adapt=lambda source, _: (source, ReadOptions()),
        speed=options.pop("speed", Speed(rate=10)),
        watch=follower,
        monitor=Monitor(),
        clock=clock,
        transport=transport,
        **options,
    )
    async with clock.running():
        report = await nights.run(stacks)
    return report, transport


def most_in_a_second(times: list[float]) -> int:
    return max(sum(begin <= at < begin + 1 for at in times) for begin in times)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_forty_stacks_of_two_hosts_keep_the_rate_of_each() -> None:
    """Each host counts as an organization: never more than its 10 requests a second, and no time is lost."""
    follower, emulator = Follower(), small_stacks(STACKS)
    hosts = [f"{('one', 'two')[number % 2]}.invented" for number in range(STACKS)]
    stacks = [endpoint(f"blt{number:03}", host) for number, host in enumerate(hosts)]
    with memory_directory() as into:
        report, sent = await virtual_night(into, emulator, stacks, follower)
        assert forget(into, Policy(last=1)).exit_code is ExitCode.COMPLETE
    assert report.exit_code is ExitCode.COMPLETE
    assert (len(report.stacks), len(follower.done), follower.most) == (STACKS, STACKS, 8)
    assert report.requests["read"] == len(sent.times) == sum(one.requests["read"] for one in report.stacks)
    assert report.requests["read"] == report.minimum["read"]
    assert report.requests["retried"] == 0
    for host in ("one.invented", "two.invented"):
        times = [at for name, at in sent.times if name == host]
        assert most_in_a_second(times) <= 10
        assert max(times) <= len(times) / 10 * 1.1 + 2


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_at_most_so_many_at_a_time(tmp_path: Path) -> None:
    follower, emulator = Follower(), small_stacks(6)
    stacks = [endpoint(f"blt{number:03}") for number in range(6)]
    report, _ = await virtual_night(tmp_path, emulator, stacks, follower, at_a_time=2, speed=Speed(rate=0))
    assert (follower.most, report.exit_code) == (2, ExitCode.COMPLETE)
    assert follower.records == sum(report.objects.values())


def test_what_counts_as_one_organization() -> None:
    """Azure DevOps names it in the place, a profile may name it; otherwise the host is all that is known."""

    def own(endpoint: Endpoint) -> str:
        return organization(endpoint.place, endpoint.system, endpoint.organization)

    stack = endpoint("blt1")
    assert own(stack) == own(endpoint("blt2")) != own(endpoint("blt1", "two.invented"))
    named = [
        replace(endpoint(f"blt{number}"), organization=name) for number, name in enumerate(("a", "a", "b"))
    ]
    assert own(named[0]) == own(named[1]) != own(named[2]) != own(stack)
    projects = [endpoint(name, "dev.azure.com", "azure-devops") for name in ("fabrikam", "contoso")]
    assert [own(one) for one in projects] == [
        "azure-devops://fabrikam@dev.azure.com",
        "azure-devops://contoso@dev.azure.com",
    ]


def test_the_slowest_profile_of_an_organization_decides(
    emulated: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = emulated.home / "config.toml"
    file.write_text(
        "\n".join(
            f"[profiles.{name}]\nplace = 'contentstack://blt{name}@eu/main'\ntoken = 'cs-invented-4711'\n{rest}"
            for name, rest in (
                ("quick", "rate = 9"),
                ("slow", "rate = 2"),
                ("other", "rate = 5\norganization = 'other'"),
            )
        )
    )
    file.chmod(0o600)
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    names = ["quick", "slow", "other"]
    pacers = Pacers(Speed(), names)
    rates = [pacers.of(find_endpoint(name, "source")).rate(Budget.READ) for name in names]
    assert rates == [2, 2, 5]
    said = Pacers(Speed(rate=7), names)
    assert [said.of(find_endpoint(name, "source")).rate(Budget.READ) for name in names] == [7, 7, 7]


def test_one_bad_stack_does_not_stop_the_others(watch: NightWatch) -> None:
    """Over a socket: one that is whole, one that does not exist, one that is refused, one with gaps."""
    watch.add_gap("bltlost")
    follower = Follower()
    report = watch.all_of(TARGET, "blt_nobody", SOURCE, FILLED, watch=follower)
    assert [one.exit_code for one in report.stacks] == [
        ExitCode.COMPLETE,
        ExitCode.ACCESS,
        ExitCode.GAPS,
        ExitCode.COMPLETE,
    ]
    assert report.exit_code is ExitCode.ACCESS
    assert [(gap["profile"], gap["uid"]) for gap in report.gaps] == [
        (watch.emulated.place(SOURCE), "bltlost")
    ]
    assert "The api key is not valid" in report.stacks[1].error
    assert len(follower.done) == 4
    assert report.requests["read"] == sum(one.requests["read"] for one in report.stacks)
    assert len([*watch.into.iterdir()]) == 3


def test_a_profile_that_is_not_there_is_a_row_too(watch: NightWatch) -> None:
    profiles = [watch.emulated.place(TARGET), "nosuch"]
    report = anyio.run(partial(stackferry.backup, profiles, watch.into, token=TOKEN, speed=Speed(rate=0)))
    assert [one.exit_code for one in report.stacks] == [ExitCode.COMPLETE, ExitCode.USAGE]
    assert "'nosuch' is neither a place" in report.stacks[1].error


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ([], "no profile is given"),
        (["shop", "shop"], "given twice"),
        (["shop", "SHOP"], "same name in capitals"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(tmp_path: Path, profiles: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        anyio.run(stackferry.backup, profiles, tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_a_file_is_no_directory_for_snapshots(tmp_path: Path) -> None:
    (file := tmp_path / "backups").touch()
    with pytest.raises(UsageError, match="backups is a file; name a directory"):
        anyio.run(stackferry.backup, ["shop"], file)


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 3], 3),
        ([3, 7], 7),
        ([7, 2], 2),
        ([2, 4], 4),
        ([4, 1], 1),
        ([1, 6], 6),
        ([6, 130], 130),
    ],
)
def test_the_exit_code_is_the_worst_of_all(codes: list[int], code: int) -> None:
    assert worst([ExitCode(one) for one in codes]) == code
    assert worst([ExitCode(one) for one in reversed(codes)]) == code
