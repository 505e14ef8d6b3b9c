"""The configuration file: profiles, and mistakes that are told with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import UsageError
from stackferry.io.profiles import read_configuration, read_profile
from stackferry.io.toml_lines import read_toml

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "cs-invented-canary"
GOOD = '[profiles.production]\nplace = "contentstack://blt1@eu"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_a_file_that_is_not_there(file: Path) -> None:
    """It says nothing; a profile of it is told with the file that was looked in."""
    assert read_configuration(file).names == []
    with pytest.raises(UsageError, match=r"'production' is neither a place .* nor a profile .*config\.toml"):
        read_profile("production", file)


def test_a_file_that_is_named_and_is_not_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))
    with pytest.raises(UsageError, match="there is no configuration file"):
        read_configuration()


def test_everything_that_a_profile_says(file: Path) -> None:
    file.write_text(
        f'{GOOD}token_command = ["pass", "show", "p"]\ntoken_kind = "oauth"\nrate = 5\nbulk_rate = 0.5\n'
        'settings = { api_version = "5.1" }\n[profiles.production.defaults.export]\nversions = "all"\n',
        "utf-8",
    )
    found = read_profile("production", file)
    assert (found.place, found.name) == ("contentstack://blt1@eu", "production")
    assert (found.token_command, found.token_kind) == (("pass", "show", "p"), "oauth")
    assert (found.rate, found.bulk_rate) == (5, 0.5)
    assert found.settings == (("api_version", "5.1"),)
    assert found.defaults == {"export": {"versions": "all"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[profiles", "config.toml:1: this is not TOML"),
        ('[profiles.a]\nplace = "x', "config.toml:2: this is not TOML"),
        ('[profiles.a]\nplace = """x\n\n', "config.toml:3: this is not TOML"),
        ('\n[profile.a]\nplace = "x"', "config.toml:2: 'profile' means nothing here; did you mean 'profiles'?"),
        ('profiles = ["a"]', "config.toml:1: profiles must be tables"),
        ("[[profiles]]\nplace = 'x'", "config.toml:1: profiles must be tables"),
        ("defaults = 3", "config.toml:1: defaults must be tables"),
        ("[profiles]\nproduction = 3", "config.toml:2: a profile is a table"),
        ("[profiles.production]\n", "config.toml:1: the profile 'production' has no place"),
        ("[profiles.production]\nplace = 3", "config.toml:2: place must be a text"),
        ("[profiles.production]\nplace = ' '", "config.toml:2: place is empty"),
        (f"{GOOD}\n# a remark\ntoken_fil = 'x'", "toml:5: 'token_fil' is no key of a profile; did you mean 'token_f"),
        (f"{GOOD}token_file = 'x'\nkeyring = 'y'", "config.toml:4: token_file and keyring are given"),
        (f"{GOOD}token_file = '{CANARY}'\ntoken = 3", "config.toml:4: token must be a text"),
        (f"{GOOD}token = '{CANARY}'\nkeyring = 'y'", "config.toml:3: keyring and token are given"),
        (f"{GOOD}token_kind = 'oath'", "config.toml:3: token_kind 'oath' is none; did you mean 'oauth'"),
        (f"{GOOD}rate = '5'", "config.toml:3: rate must be a number"),
        (f"{GOOD}rate = true", "config.toml:3: rate must be a number"),
        (f"{GOOD}bulk_rate = -1", "config.toml:3: bulk_rate must be a number"),
        (f"{GOOD}rate = nan", "config.toml:3: rate must be a number"),
        (f"{GOOD}token_command = 'pass'", "config.toml:3: token_command must be a list"),
        (f"{GOOD}token_command = []", "config.toml:3: token_command is empty"),
        (f"{GOOD}token_command = [\n'pass',\n3]", "config.toml:3: token_command must be a list"),
        (f"{GOOD}settings = {{ api_version = 5 }}", "config.toml:3: the settings of a profile are texts"),
        (f"{GOOD}defaults = 'x'", "config.toml:3: defaults must be a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(file: Path, text: str, told: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError) as wrong:
        read_profile("production", file)
    assert told in str(wrong.value)
    assert CANARY not in str(wrong.value)


def test_a_mistake_in_another_profile_stops_nobody(file: Path) -> None:
    """A night of many profiles goes on; `config check` tells it."""
    file.write_text(f"{GOOD}[profiles.odd]\nplace = 3\n", "utf-8")
    assert read_profile("production", file).place
    with pytest.raises(UsageError, match="toml:4: place must be"):
        read_profile("odd", file)


def test_a_name_that_is_nearly_one(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    with pytest.raises(UsageError, match="did you mean 'production'"):
        read_profile("prodution", file)


def test_a_file_that_cannot_be_read(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read: it is not text in UTF-8"):
        read_configuration(file)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_configuration(file.parent)


_KEYS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6, unique=True)
_VALUES = st.sampled_from(["1", '"x"', '"""\nx\n\ny"""', "[\n1,\n2,\n]", "{ z = 1 }"])


@given(_KEYS, st.data())
def test_the_line_of_a_key(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], data: st.DataObject
) -> None:
    """Whatever stands before it: values of several lines, blank lines, remarks."""
    text, lines = "", {}
    for key in keys:
        text += data.draw(st.sampled_from(["", "\n", "# remark = 1\n"]))
        lines[key] = text.count("\n") + 1
        text += f"{key} = {data.draw(_VALUES)}\n"
    path = tmp_path_factory.getbasetemp() / "lines.toml"
    path.write_text(text, "utf-8")
    found = read_toml(path)
    assert {key: found.line_of((key,)) for key in keys} == lines
    assert found.line_of(("never",)) == 0
