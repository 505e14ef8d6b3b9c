"""Places and credentials: what a command is told, and what it must never repeat."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import ExitCode, UsageError
from stackferry.io.config import is_place, split_place
from stackferry.io.profiles import Profile
from stackferry.io.tokens import credential
from stackferry.model import Secret

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "cs-invented-canary"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("SOURCE_", "TARGET_", ""):
        for name in ("TOKEN", "AUTHTOKEN", "OAUTH_TOKEN", "TOKEN_FILE"):
            monkeypatch.delenv(f"STACKFERRY_{role}{name}", raising=False)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("contentstack://blt1@eu/dev", ("contentstack", "blt1", "eu", "dev", True)),
        ("contentstack://blt1@na", ("contentstack", "blt1", "na", "", True)),
        ("contentstack://blt1@na/", ("contentstack", "blt1", "na", "", True)),
        ("contentstack+http://b@127.0.0.1:8777/x", ("contentstack", "b", "127.0.0.1:8777", "x", False)),
        ("azure-devops://org@host/My%20Project", ("azure-devops", "org", "host", "My Project", True)),
        ("contentstack://blt1@[::1]:80/x", ("contentstack", "blt1", "[::1]:80", "x", True)),
        ("contentstack://eu/main", ("contentstack", "", "eu", "main", True)),
        ("contentstack://@eu", ("contentstack", "", "eu", "", True)),
        ("contentstack://", ("contentstack", "", "", "", True)),
    ],
)
def test_a_url_is_split_into_decoded_parts(text: str, parts: tuple[str, str, str, str, bool]) -> None:
    assert is_place(text)
    assert split_place(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", "eu", "contentstack+ftp://b@eu", "contentstack://blt1@eu:port", "contentstack://blt1@eu/main?x=1",
     "contentstack://blt1@eu/main#x", "contentstack://blt1@[::1"],
)  # fmt: skip
def test_what_is_no_place_url_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as wrong:
        split_place(text)
    assert wrong.value.exit_code is ExitCode.USAGE


@given(st.text())
def test_any_text_is_split_or_a_usage_error(text: str) -> None:
    for written in (text, f"contentstack://{text}", f"contentstack://blt@{text}"):
        try:
            assert split_place(written).system
        except UsageError:
            continue


def test_a_credential_in_a_url_is_not_repeated() -> None:
    """E1, I8."""
    with pytest.raises(UsageError) as wrong:
        split_place(f"contentstack://blt1:{CANARY}@eu/main")
    assert CANARY not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "kind"), [("TOKEN", "token"), ("AUTHTOKEN", "authtoken"), ("OAUTH_TOKEN", "oauth")]
)
@pytest.mark.parametrize("role", ["SOURCE_", ""])
def test_credential_by_environment(monkeypatch: pytest.MonkeyPatch, role: str, name: str, kind: str) -> None:
    """All three kinds are taken from the environment, for one side or for both; none shows in a representation."""
    monkeypatch.setenv(f"STACKFERRY_{role}{name}", f" {CANARY}\n")
    found = credential("source")
    assert (found[0], found[1].reveal(), found[2]) == (kind, CANARY, f"STACKFERRY_{role}{name}")
    assert CANARY not in f"{found!r}{found[1]}"


def test_own_side_goes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A side's own credential goes before the common one, and that before the profile's."""
    (tmp_path / "token").write_text("of-the-profile\n", "utf-8")
    profile = Profile(place="x", token_file=str(tmp_path / "token"))
    assert credential("target", profile)[1].reveal() == "of-the-profile"
    monkeypatch.setenv("STACKFERRY_TOKEN", "common")
    assert credential("target", profile)[1].reveal() == "common"
    monkeypatch.setenv("STACKFERRY_TARGET_TOKEN", "own")
    assert credential("target", profile)[1].reveal() == "own"
    assert credential("source", profile)[1].reveal() == "common"


def test_credential_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A token file's blanks at the ends do not count; one that is missing, empty or no text is told without content."""
    file = tmp_path / "token"
    monkeypatch.setenv("STACKFERRY_SOURCE_TOKEN_FILE", str(file))
    with pytest.raises(UsageError, match="cannot be read"):
        credential("source")
    file.write_bytes(b"\xff" + CANARY.encode())
    with pytest.raises(UsageError, match="cannot be read") as wrong:
        credential("source")
    assert CANARY not in str(wrong.value)
    file.write_text(" \n", "utf-8")
    with pytest.raises(UsageError, match="is empty"):
        credential("source")
    file.write_text(f"\n{CANARY}\n", "utf-8")
    assert credential("source")[1].reveal() == CANARY


def test_no_credential() -> None:
    """Without a credential the command says where it looks for one."""
    with pytest.raises(UsageError, match="STACKFERRY_TARGET_TOKEN"):
        credential("target")


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of this package, which a command that ran before may have taken for itself."""
    log = logging.getLogger("stackferry")
    log.propagate = True
    log.setLevel(logging.NOTSET)
    return caplog


@pytest.mark.parametrize(("mode", "warns"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_token_file_that_others_may_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warned: pytest.LogCaptureFixture, mode: int, warns: bool
) -> None:
    """It is taken, with a warning that says what to do."""
    file = tmp_path / "token"
    file.write_text(CANARY, "utf-8")
    file.chmod(mode)
    monkeypatch.setenv("STACKFERRY_TOKEN_FILE", str(file))
    assert credential("source")[1].reveal() == CANARY
    assert (f"chmod 600 {file}" in warned.text) is warns
    assert CANARY not in warned.text


def test_a_token_of_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable, a program, a text; each says where it was found, and none shows in a representation."""
    monkeypatch.setenv("HARBOUR", CANARY)
    printed = ("sh", "-c", f"echo {CANARY}; echo more")
    of_all = (
        Profile("x", token_env="HARBOUR", token_kind="oauth", name="harbour"),
        Profile("x", token_command=printed, name="harbour"),
        Profile("x", token=Secret(CANARY), name="harbour"),
    )
    found = [credential("source", profile) for profile in of_all]
    assert [one.secret.reveal() for one in found] == [CANARY] * 3
    assert [one.kind for one in found] == ["oauth", "token", "token"]
    assert [one.origin for one in found] == [
        "HARBOUR of the profile 'harbour'",
        "the token_command of the profile 'harbour'",
        "the token of the profile 'harbour'",
    ]
    assert CANARY not in f"{found!r}{of_all[2]!r}"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (("sh", "-c", f"echo {CANARY}; echo {CANARY} >&2; exit 3"), "'sh' ended with exit code 3"),
        (("true",), "'true' printed nothing"),
        (("/no/such/program",), "'/no/such/program' cannot be run: No such file or directory"),
    ],
)
def test_a_program_that_gives_no_token(
    capfd: pytest.CaptureFixture[str], program: tuple[str, ...], told: str
) -> None:
    """What it printed may be a credential all the same, so nobody is told."""
    with pytest.raises(UsageError) as wrong:
        credential("source", Profile("x", token_command=program))
    assert told in str(wrong.value)
    assert CANARY not in f"{wrong.value}{capfd.readouterr()}"


def test_a_variable_of_a_profile_that_is_not_set() -> None:
    with pytest.raises(UsageError, match="the variable NOT_SET_ANYWHERE is not set"):
        credential("source", Profile("x", token_env="NOT_SET_ANYWHERE"))
