"""A canary token and a signed address through every command while requests fail: neither is ever to be seen."""

from __future__ import annotations

import io
import logging
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, CommandResult, open_command_line

from sampling import rotated
from stackferry.emulators.contentstack import Fault
from stackferry.emulators.faults import FaultScript

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "cs-invented-canary-7f3a"
SIGNATURE = "invented-signature-91c4"


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line whose token is the canary, and whose source has an asset behind a signed address."""
    with open_command_line(tmp_path) as emulated:
        for stack in emulated.emulator.stacks.values():
            stack.management_tokens.add(CANARY)
        emulated.token = CANARY
        yield emulated


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Every record of every logger, as an application that embeds us might keep it, at DEBUG."""
    text, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(text), root.level
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    quiet = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    for name in quiet:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for name, level in quiet.items():
            logging.getLogger(name).setLevel(level)


def seen(emulated: CommandLine, result: CommandResult, log: str = "") -> list[str]:
    """Where a secret can be seen: in what was said or logged, or in a file."""
    found = [
        f"{where}: {text[max(0, text.find(secret) - 80) : text.find(secret) + 40]!r}"
        for where, text in (("stdout", result.out), ("stderr", result.err), ("log", log))
        for secret in (CANARY, SIGNATURE)
        if secret in text
    ]
    files = (path for path in emulated.home.rglob("*") if path.is_file())
    return found + [str(path) for path in files if CANARY.encode() in path.read_bytes()]


def commands(emulated: CommandLine, number: int) -> dict[str, tuple[object, ...]]:
    """Every command that talks to a place, each into a place of its own."""
    target, snapshot = emulated.place(TARGET), emulated.home / "sound"
    state = ("--state", emulated.home / f"state{number}")
    return {
        "export": (
            "export",
            emulated.place(SOURCE),
            emulated.home / f"new{number}",
            "--versions",
            "all",
            *FAST,
        ),
        "import": ("import", snapshot, target, *state, "--on-conflict", "update", *FAST),
        "copy": ("copy", emulated.place(SOURCE), target, *state, "--on-conflict", "update", *FAST),
        "verify": ("verify", snapshot, "--against", target, *state, *FAST),
    }


def echoing(status: int) -> Fault:
    """A refusal that repeats the credential in its body, a header and a redirect's address."""
    body = f'{{"error_message": "no good: authorization {CANARY}", "error_code": 1, "errors": {{"{CANARY}": ["?"]}}}}'
    headers = (("location", f"http://203.0.113.7/?token={CANARY}&Signature={SIGNATURE}"), ("x-echo", CANARY))
    return Fault(status=status, body=body.encode(), headers=headers, carried_out=False)


HARM = {
    "401": echoing(401),
    "403": echoing(403),
    "404": echoing(404),
    "422": echoing(422),
    "302": echoing(302),
    "500": echoing(500),
    "malformed": Fault(status=200, body=f'{{"authorization": "{CANARY}'.encode()),
    "reset": Fault(reset=True),
    "truncated": Fault(keep=30),
}


@pytest.mark.parametrize(("harm", "name"), rotated(HARM, ["export", "import", "copy", "verify"]))
def test_the_canary_is_nowhere(cli: CommandLine, name: str, harm: str) -> None:
    """E1, E2, I8: requests of every kind fail in their turn; at -vvv nothing said, logged or kept holds the canary."""
    assert cli.run("export", cli.place(SOURCE), cli.home / "sound", *FAST).code == 0
    cli.emulator.log.clear()
    with everything_logged() as log:
        assert cli.run(*commands(cli, 0)[name], "-vvv").code in (0, 5)
        requests = len(cli.emulator.log)
        for number in range(1, requests, max(3, requests // 3)):
            fault = HARM[harm]
            # bytes of assets are content: whatever comes is kept
            facts = {field: getattr(fault, field) for field in Fault.__slots__}
            cli.emulator.faults = FaultScript(
                [Fault(**{**facts, "after": number, "path": "^(?!/v3/assets/blt_inv)"})]
            )
            result = cli.run(*commands(cli, number)[name], "-vvv", "--json")
            assert seen(cli, result, log.getvalue()) == []
    assert log.getvalue()


def test_a_signed_address_is_not_repeated(cli: CommandLine) -> None:
    """E1: an asset behind a signed address that fails is a gap; its signature is in no message."""
    asset = {"uid": "bltasset9", "filename": "far.txt", "title": "far.txt", "content_type": "text/plain"}
    branch = cli.emulator.stacks[SOURCE].main
    branch.put_asset({**asset, "file_size": "9", "_version": 1}, b"far piers")
    cli.emulator.faults.add(Fault(path="far.txt", status=302, times=99, headers=(
        ("location", f"{cli.origin}/nowhere?X-Amz-Signature={SIGNATURE}&token={CANARY}"),)))  # fmt: skip
    with everything_logged() as log:
        result = cli.run("export", cli.place(SOURCE), cli.home / "new", "-vvv", "--json", *FAST)
    assert result.code == 3
    assert seen(cli, result, log.getvalue()) == []


@pytest.mark.parametrize("words", [("show",), ("ls",), ("cat", "assets", "bltasset1"), ("verify",)])
def test_show_ls_cat_and_verify_print_no_credential(cli: CommandLine, words: tuple[str, ...]) -> None:
    """E1: commands that talk to nobody have nothing to tell either."""
    assert cli.run("export", cli.place(SOURCE), cli.home / "sound", *FAST).code == 0
    result = cli.run(words[0], cli.home / "sound", *words[1:], "-vvv")
    assert result.code == 0
    assert seen(cli, result) == []


def test_credentials_of_a_stack_are_redacted_in_its_snapshot(cli: CommandLine) -> None:
    """E3: a webhook's password is not in the snapshot unless asked for, and that is written down."""
    secret = "invented-password-5501"
    hook: Any = {"uid": "blthook1", "name": "Hook", "destinations": [{"target_url": "https://example.org/hook",
            "http_basic_auth": "me", "http_basic_password": secret, "custom_header": []}]}  # fmt: skip
    cli.emulator.stacks[SOURCE].put(
        "webhooks", {**hook, "channels": [], "branches": ["main"], "disabled": False}
    )
    assert cli.run("export", cli.place(SOURCE), cli.home / "sound", *FAST).code == 0
    assert secret not in (cli.home / "sound" / "webhooks.jsonl").read_text()
    assert "http_basic_password" in (cli.home / "sound" / "manifest.json").read_text()
    assert cli.run("export", cli.place(SOURCE), cli.home / "kept", "--keep-secrets", *FAST).code == 0
    assert secret in (cli.home / "kept" / "webhooks.jsonl").read_text()


def test_no_process_argument_holds_the_token(cli: CommandLine) -> None:
    """E1: neither the command line nor anything it starts shows the token to `ps`."""
    if not Path("/proc").is_dir():
        pytest.skip("this system does not show processes as files")
    cli.emulator.latency = 0.1
    deadline, shown = time.monotonic() + 20, b""
    with cli.start("export", cli.place(SOURCE), cli.home / "new", *FAST) as process:
        while process.poll() is None and time.monotonic() < deadline:
            shown += b"".join(_arguments(process.pid))
            time.sleep(0.05)
        assert process.wait(20) == 0
    assert b"stackferry\0export" in shown
    assert CANARY.encode() not in shown


def _arguments(pid: int) -> Iterator[bytes]:
    """The command lines of a process and of what it started."""
    home = Path("/proc") / str(pid)
    with suppress(OSError):  # it ended meanwhile
        yield (home / "cmdline").read_bytes()
        for children in home.glob("task/*/children"):
            for child in children.read_text().split():
                yield from _arguments(int(child))


def test_a_token_file_is_not_repeated(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """E1: a token that came from a file is as secret as one from the environment."""
    file = cli.home.parent / "token"
    file.write_text(CANARY)
    monkeypatch.setenv("STACKFERRY_SOURCE_TOKEN_FILE", str(file))
    cli.token = ""
    cli.emulator.faults.add(echoing(422))
    result = cli.run("export", cli.place(SOURCE), cli.home / "new", "-vvv", *FAST)
    assert result.code != 0
    assert seen(cli, result) == []
