"""Places, credentials and profiles: what a command is told, and what it must never repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import ExitCode, UsageError
from stackferry.io.config import Profile, credential, is_place, read_profile, split_place

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
    assert (found[0], found[1].reveal()) == (kind, CANARY)
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


def test_profiles(tmp_path: Path) -> None:
    """A profile is read from the configuration file; what is none, or a file that cannot be read, is told."""
    file = tmp_path / "config.toml"
    with pytest.raises(UsageError, match="'production' is neither a place"):
        read_profile("production", file)
    good = '[profiles.production]\nplace = "contentstack://blt1@eu"\nkeyring = "p"\n'
    profiles = good + "[profiles.odd]\nplace = 3\n"
    file.write_text(profiles, "utf-8")
    assert read_profile("production", file) == Profile(place="contentstack://blt1@eu", keyring="p")
    with pytest.raises(UsageError, match="'odd' is neither"):
        read_profile("odd", file)
    file.write_text(f'{good}settings = {{ api_version = "5.1" }}\n', "utf-8")
    assert read_profile("production", file).settings == (("api_version", "5.1"),)
    file.write_text(f"{good}settings = {{ api_version = 5 }}\n", "utf-8")
    with pytest.raises(UsageError, match="texts by name"):
        read_profile("production", file)
    file.write_text("[profiles", "utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        read_profile("production", file)


@pytest.mark.parametrize("text", ['profiles = ["a"]', 'profiles = "a"', "[[profiles]]\nplace = 'x'"])
def test_profiles_that_are_no_tables_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match="must be tables"):
        read_profile("a", file)
