"""Fixtures of several folders of tests: an emulator on a socket, and the command line with an emulator."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import certifi
import command_line
import emulator_client
import pytest
import workbench
from hypothesis import settings
from sentences import open_stacks

import browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plain_api import Api

# Fixtures of tests/independent/contentful, of tests/independent/azure_devops and of tests/library/nights.
pytest_plugins = ["space_fixtures", "project_fixtures", "night_fixtures"]

# A test that is slow on a busy machine is not wrong.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a directory of its own in it
_COMMANDS = Path(__file__).parent / "cli"
_ROOM = 2_000_000_000  # bytes; the whole suite leaves a few hundred million


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample",
        type=int,
        default=0,
        metavar="N",
        help="Of each file run N tests, and of each of these one case: for another Python.",
    )


def pytest_configure() -> None:
    """Temporary directories are in memory where there is room: tests call fsync very often, and none cuts the power."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`: half as many workers again as there are cores, because some tests wait for processes."""
    return -(-3 * (os.cpu_count() or 1) // 2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--sample`: always the same tests and cases, and not the first of all of them."""
    if not (count := config.getoption("--sample")):
        return
    files: dict[str, dict[str, list[pytest.Item]]] = {}
    for item in items:
        file, name = item.nodeid.partition("::")[0], item.nodeid.partition("[")[0]
        files.setdefault(file, {}).setdefault(name, []).append(item)
    kept = set()
    for tests in files.values():
        for name in sorted(tests, key=_number_of)[:count]:
            cases = tests[name]
            kept.add(cases[_number_of(name) % len(cases)].nodeid)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
    items[:] = [item for item in items if item.nodeid in kept]


def _number_of(name: str) -> int:
    """A number for a name, the same in every run."""
    return crc32(name.encode())


@pytest.fixture(autouse=True, scope="session")
def _default_signals() -> None:
    """Commands that a test starts must react to signals: nohup ignores SIGHUP, and `&` in a script ignores SIGINT."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _default_logging() -> Iterator[None]:
    """What a command sets for its messages is not in force in the next test of the process."""
    loggers = [logging.getLogger(name) for name in ("stackferry", "stackferry.cli")]
    before = [(one.level, one.propagate, [*one.handlers]) for one in loggers]
    yield
    for one, (level, propagate, handlers) in zip(loggers, before, strict=True):
        one.setLevel(level)
        one.propagate, one.handlers = propagate, handlers


@pytest.fixture(autouse=True, scope="session")
def _own_locks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the locks of the account that runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STACKFERRY_LOCK_DIR", str(tmp_path_factory.mktemp("locks")))
        yield


@pytest.fixture(autouse=True, scope="session")
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one certificate instead of all: reading them takes every client and process longer than its requests."""
    first, end, _ = Path(certifi.where()).read_text("ascii", "replace").partition("-----END CERTIFICATE-----")
    file = tmp_path_factory.mktemp("trusted") / "one.pem"
    file.write_text(f"{first}{end}\n", "ascii", "replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(autouse=True, scope="session")
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes of tests share compiled modules, also where no files may be written beside the sources.

    Without them each process compiles the whole program, which takes longer than most of what it is started for.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        if sys.dont_write_bytecode:
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(shared / "compiled"))
        yield


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Restore the level of the HTTP library's logger after each test."""
    logger = logging.getLogger("httpx")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.fixture(autouse=True)
def _unlimited_rate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in `tests/cli` wait for no limit that the emulator does not enforce; those about rates delete it."""
    if _COMMANDS in request.path.parents:
        monkeypatch.setenv("STACKFERRY_RATE", "0")
        monkeypatch.setenv("STACKFERRY_BULK_RATE", "0")


@pytest.fixture
def root() -> Iterator[Path]:
    """A directory in memory: the stores of a workbench call fsync very often."""
    with workbench.memory_directory() as path:
        yield path


@pytest.fixture
def client() -> Iterator[emulator_client.EmulatorClient]:
    """An emulator on a socket with one stack, and a plain HTTP client to it."""
    with emulator_client.open_client() as opened:
        yield opened
        assert opened.emulator.defects == []


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[command_line.CommandLine]:
    """A directory, an emulator and the command line."""
    with command_line.open_command_line(tmp_path) as opened:
        yield opened


@pytest.fixture
def emulated(cli: command_line.CommandLine, monkeypatch: pytest.MonkeyPatch) -> command_line.CommandLine:
    """The same for the library: the state directory is the test's own, and no credential is in the environment."""
    for name, value in cli.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("STACKFERRY_TOKEN", "STACKFERRY_SOURCE_TOKEN", "STACKFERRY_TARGET_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return cli


@pytest.fixture(scope="session")
def chromium() -> Iterator[browser.Browser]:
    """A headless browser for tests of pages."""
    if browser.find_browser() is None:
        pytest.skip("no Chromium on the path: install it, or name a browser in STACKFERRY_BROWSER")
    with browser.open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def empty_stacks() -> Iterator[Iterator[Api]]:
    """As many empty stacks as are asked for, on one emulator for a module."""
    with open_stacks() as opened:
        yield opened


@pytest.fixture
def api(empty_stacks: Iterator[Api]) -> Api:
    """Plain HTTP to an empty stack of its own."""
    return next(empty_stacks)
