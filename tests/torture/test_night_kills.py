"""Nights and retention that are killed at any instant: no snapshot is lost or damaged, and `latest` never dangles.

`pytest -m torture tests/torture/test_night_kills.py` kills a fifth of STACKFERRY_KILLS (500) of them. `forget`
dies at each of its system calls.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeVar

import pytest
from command_line import FAST, SOURCE
from workbench import Cut, file_digests

from stackferry import Policy, forget
from stackferry.io.storage.files import Files, SystemCall
from stackferry.io.storage.snapshot import MANIFEST, Snapshot
from stackferry.library.nights.catalogue import is_whole

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from command_line import CommandLine
    from night import NightWatch

T = TypeVar("T")
KILLS = int(os.environ.get("STACKFERRY_KILLS", "500"))
SEED = int(os.environ.get("STACKFERRY_SEED", "1"))


def snapshots_of(folder: Path) -> dict[str, dict[str, str]]:
    """The bytes of every complete snapshot. Fails where one is damaged, or `latest` leads to none that is whole."""
    found = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_symlink() and not path.name.startswith(".") and (path / MANIFEST).is_file():
            Snapshot(path).check()
            found[path.name] = {
                name: digest for name, digest in file_digests(path).items() if not name.startswith(".work/")
            }
    link = folder / "latest"
    assert not link.is_symlink() or is_whole(link), f"latest leads to {link.readlink()}"
    return found


class Nights:
    """Backs one stack up with real commands, which are killed."""

    def __init__(self, cli: CommandLine, random: Random) -> None:
        self.cli, self.random = cli, random
        self.folder = cli.home / "b" / f"{SOURCE}@localhost-{cli.origin.rpartition(':')[2]}-main"
        self.known: dict[str, dict[str, str]] = {}
        self.seconds = 1.0  # from the first request to the end of an undisturbed run
        self.kills = 0

    def backup(self) -> subprocess.Popen[str]:
        return self.cli.start("backup", self.cli.place(SOURCE), "--into", self.cli.home / "b", *FAST)

    def undisturbed(self) -> None:
        began = time.monotonic()
        running = self.backup()
        self._first_request()
        self.seconds = max(0.1, time.monotonic() - began)
        asked = time.monotonic()
        _, err = running.communicate()
        assert running.returncode == 0, err
        self.seconds = time.monotonic() - asked
        self.check()

    def _first_request(self) -> None:
        sent, deadline = len(self.cli.emulator.log), time.monotonic() + 30
        while len(self.cli.emulator.log) == sent and time.monotonic() < deadline:
            time.sleep(0.002)

    def killed(self) -> None:
        running = self.backup()
        self._first_request()
        time.sleep(self.random.uniform(0, self.seconds))
        if running.poll() is None:
            running.kill()
            self.kills += 1
        running.communicate()
        self.check()

    def check(self) -> None:
        """What was complete is complete, byte for byte."""
        now = snapshots_of(self.folder)
        assert {name: now.get(name) for name in self.known} == self.known
        self.known = now


def kill_nights(cli: CommandLine, random: Random, kills: int) -> Nights:
    """So many kills; every third night ends undisturbed, and editors work between them."""
    cli.emulator.latency = 0.004
    nights = Nights(cli, random)
    nights.undisturbed()
    for number in range(kills):
        nights.killed()
        if number % 3 == 2:
            cli.emulator.stacks[SOURCE].main.put_asset(
                {
                    "uid": f"bltnew{number}",
                    "filename": "a.txt",
                    "title": "new",
                    "_version": 1,
                    "file_size": "1",
                },
                b"a",
            )
            nights.undisturbed()
    nights.undisturbed()
    return nights


def test_a_killed_night_loses_nothing_and_the_next_one_is_whole(cli: CommandLine) -> None:
    nights = kill_nights(cli, Random(SEED), 3)
    newest = max(nights.known)
    assert (nights.folder / "latest").readlink() == Path(newest)
    assert cli.run("export", cli.place(SOURCE), cli.home / "plain", *FAST).code == 0
    assert nights.known[newest] == file_digests(cli.home / "plain")


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_many_killed_nights_lose_nothing(cli: CommandLine) -> None:
    nights = kill_nights(cli, Random(SEED), KILLS // 5)
    print(f"\n{nights.kills} kills, {len(nights.known)} snapshots")  # noqa: T201 - what a person runs this for


class Dying(Files):
    """The process dies at the n-th system call, before or after it is carried out; of a tree half is gone by then."""

    left = 0
    after = False

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        Dying.left -= 1
        if Dying.left == 0:
            if operation.verb == "remove_tree":
                _remove_half(self.path(operation.name))
            elif Dying.after:
                call()
            raise Cut
        return call()


def _remove_half(tree: Path) -> None:
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    for path in files[::2]:
        path.unlink()


def test_forget_may_die_at_every_system_call(watch: NightWatch) -> None:
    """Of every instant: what no rule keeps is whole or gone, what stays is whole, and the next run completes it."""
    for _ in range(3):
        watch.night()
    nights = watch.folder
    untouched = nights.with_name("untouched")
    shutil.copytree(nights, untouched, symlinks=True)
    before = snapshots_of(nights)
    newest = max(before)
    deaths = 0
    for after in (False, True):
        for instant in range(1, 200):
            shutil.rmtree(nights)
            shutil.copytree(untouched, nights, symlinks=True, copy_function=os.link)
            Dying.left, Dying.after = instant, after
            try:
                forget(watch.into / nights.name, Policy(last=1), disk=Dying)
            except Cut:
                deaths += 1
            else:
                break
            left = snapshots_of(nights)
            assert left.items() <= before.items()
            assert newest in left
            forget(nights, Policy(last=1))
            assert snapshots_of(nights) == {newest: before[newest]}
            assert sorted(path.name for path in nights.iterdir()) == [newest, "latest"]
    assert deaths > 10
    assert snapshots_of(untouched) == before
