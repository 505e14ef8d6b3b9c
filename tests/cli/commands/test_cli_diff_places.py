"""`diff` of places: their credentials are compared where both sides can tell them, and never shown or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from command_line import SOURCE, TARGET

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

    from stackferry.emulators.contentstack import Stack

PASSWORD = "canary-of-a-webhook"


def give_webhook(stack: Stack, password: str = PASSWORD) -> None:
    destination = {
        "target_url": "https://build.invented/run",
        "http_basic_auth": "ci",
        "http_basic_password": password,
    }
    hook: Any = {"uid": "blthook0000000001", "name": "Build", "destinations": [destination]}
    stack.webhooks[hook["uid"]] = hook


@pytest.fixture(autouse=True)
def stack(cli: CommandLine) -> Stack:
    made = cli.emulator.stacks[SOURCE]
    give_webhook(made)
    return made


def fork(cli: CommandLine) -> str:
    """A second branch of the source's stack, which has its webhook, too."""
    made = httpx.post(
        f"{cli.origin}/v3/stacks/branches",
        json={"branch": {"uid": "fork", "source": "main"}},
        headers={"api_key": SOURCE, "authorization": cli.token},
    )
    assert made.status_code < 300
    return cli.place(SOURCE, "fork")


def test_branches_that_share_a_webhook_have_no_gap(cli: CommandLine) -> None:
    done = cli.run("diff", cli.place(SOURCE), fork(cli))
    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("password", [PASSWORD, "canary-number-two"])
def test_credentials_of_two_stacks_are_compared(cli: CommandLine, password: str) -> None:
    give_webhook(cli.emulator.stacks[TARGET], password)
    done = cli.run("diff", cli.place(SOURCE), cli.place(TARGET))
    told = [line for line in done.out.splitlines() if "webhooks" in line]
    assert len(told) == (password != PASSWORD)
    assert "credential" not in done.err
    assert "canary" not in done.out + done.err


def test_a_snapshot_with_credentials_is_compared_with_those_of_its_place(
    cli: CommandLine, stack: Stack, tmp_path: Path
) -> None:
    snapshot = tmp_path / "kept"
    assert cli.run("export", cli.place(SOURCE), snapshot, "--keep-secrets").code == 0
    assert cli.run("diff", snapshot, cli.place(SOURCE)).code == 0
    give_webhook(stack, "canary-number-two")
    done = cli.run("diff", snapshot, cli.place(SOURCE))
    assert (done.code, len(done.out.splitlines())) == (5, 1)
    assert "canary" not in done.out + done.err


def test_a_gap_says_what_could_not_be_compared(cli: CommandLine, tmp_path: Path) -> None:
    give_webhook(cli.emulator.stacks[TARGET])
    snapshot = tmp_path / "redacted"
    assert cli.run("export", cli.place(SOURCE), snapshot).code == 0
    done = cli.run("diff", snapshot, cli.place(TARGET))
    assert "gaps: what could not be compared" in done.err
    assert "export both with --keep-secrets" in done.err
