"""`stackferry config check`: each profile in turn, what its token may read, and no secret."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from command_line import READ_ONLY, SOURCE, TOKEN, CommandLine
from project_line import TOKEN as PROJECT_TOKEN
from project_line import open_project_line
from space_command_line import open_space_line

from stackferry.emulators.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_line import CommandResult

WRONG = "cs-invented-wrong"


def check(cli: CommandLine, text: str, *words: str) -> CommandResult:
    file = cli.home / "config.toml"
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    cli.token = ""
    return cli.run("config", "check", *words, "--config", file)


def profile(name: str, place: str, token: str = TOKEN) -> str:
    return f'[profiles.{name}]\nplace = "{place}"\ntoken = "{token}"\n'


@pytest.fixture
def places() -> Iterator[dict[str, tuple[str, str]]]:
    """A place of each further system, with its token."""
    with ExitStack() as stack:
        space = stack.enter_context(open_space_line())
        project = stack.enter_context(open_project_line())
        yield {
            "space": (space.place(), space.token),
            "project": (project.place, PROJECT_TOKEN),
        }


def test_a_token_that_may_read_everything(cli: CommandLine) -> None:
    done = check(cli, profile("harbour", cli.place(SOURCE)), "--json")
    assert done.code == 0, done.out
    [row] = done.report["profiles"]
    assert (row["profile"], row["accepted"], row["place"]) == ("harbour", True, cli.place(SOURCE))
    assert row["token"] == "the token of the profile 'harbour'"
    assert {row["reads"][kind]["answer"] for kind in ("content_types", "entries", "assets", "releases")} == {
        "read"
    }
    assert row["writes"].startswith("not known")
    assert cli.writes == 0
    assert TOKEN not in done.out + done.err
    in_words = cli.run("config", "check", "--config", cli.home / "config.toml").out
    assert "whether it may write is not known" in in_words


def test_the_other_systems(cli: CommandLine, places: dict[str, tuple[str, str]]) -> None:
    text = "".join(profile(name, *place) for name, place in places.items())
    done = check(cli, text, "--json")
    rows = {row["profile"]: row for row in done.report["profiles"]}
    assert [rows[name]["accepted"] for name in places] == [True, True], done.out
    assert {"entries", "content_types", "assets"} <= rows["space"]["reads"].keys()
    assert {"releases", "definitions"} <= rows["project"]["reads"].keys()
    assert not any(token in done.out + done.err for _, token in places.values())


def test_tokens_that_are_refused(cli: CommandLine, places: dict[str, tuple[str, str]]) -> None:
    """Each of its service's ways to say so; one line each, with the reason, and no kinds."""
    text = profile("harbour", cli.place(SOURCE), WRONG)
    text += "".join(profile(name, place, WRONG) for name, (place, _) in places.items())
    done = check(cli, text)
    assert done.code == 4
    assert [line[2] for line in done.columns if len(line) > 2] == ["token refused"] * 3
    assert len(done.out.splitlines()) == 6
    assert WRONG not in done.out + done.err


def test_a_kind_that_is_refused(cli: CommandLine) -> None:
    """It is named with the service's reason; an export would have a gap."""
    cli.emulator.faults.add(Fault(path="/v3/webhooks", status=403, times=99, carried_out=False))
    done = check(cli, profile("harbour", cli.place(SOURCE)))
    assert done.code == 3, done.out
    assert "  webhooks: refused" in done.out
    assert "  entries: read" not in done.out
    assert "  entries: read" in check(cli, profile("harbour", cli.place(SOURCE)), "-v").out


def test_each_profile_in_turn(cli: CommandLine) -> None:
    """A mistake in one keeps nobody from looking at the others; the worst decides the exit code."""
    text = profile("nowhere", "contentstack+http://blt1@127.0.0.1:9/main") + profile(
        "harbour", cli.place(SOURCE)
    )
    text += '[profiles.typo]\nplac = "x"\n[profiles.odd]\nplace = "x"\n[profiles.odd.defaults]\nverions = 1\n'
    done = check(cli, text, "typo", "odd", "harbour")
    assert done.code == 2
    assert "config.toml:8: 'plac' is no key of a profile; did you mean 'place'?" in done.out
    assert "config.toml:12: 'verions' is no option" in done.out
    assert "token accepted" in done.out


def test_a_branch_that_is_not_there_and_a_profile_that_is_not(cli: CommandLine) -> None:
    text = profile("harbour", cli.place(SOURCE, "nope"))
    done = check(cli, text, "harbour", "habour")
    assert done.code == 2
    assert "has no branch or alias 'nope'" in done.out
    assert "did you mean 'harbour'" in done.out


def test_a_reader_and_the_environment(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's token goes before the profile's, and is named as such."""
    monkeypatch.setenv("STACKFERRY_SOURCE_TOKEN", READ_ONLY)
    done = check(cli, profile("harbour", cli.place(SOURCE), WRONG), "--json")
    assert done.report["profiles"][0]["token"] == "STACKFERRY_SOURCE_TOKEN"
    assert done.report["profiles"][0]["accepted"] is True


@pytest.mark.parametrize("text", ["", "[defaults]\nrate = 3\n"])
def test_nothing_to_check(cli: CommandLine, text: str) -> None:
    done = check(cli, text)
    assert (done.code, "holds no profile" in done.err) == (2, True)
    cli.token = ""
    done = cli.run("config", "check")
    assert (done.code, "config init" in done.err) == (2, True)
