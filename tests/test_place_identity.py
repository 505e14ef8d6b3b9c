"""When two spellings of a place are one place."""

from __future__ import annotations

import pytest

from stackferry.core.regions import host_of
from stackferry.errors import UsageError
from stackferry.model import Place


def place(host: str, *, key: str = "blt_invented", name: str = "main", secure: bool = True) -> Place:
    return Place(system="contentstack", key=key, host=host, name=name, secure=secure)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("api.contentstack.io", "API.Contentstack.IO"),
        ("api.contentstack.io", "api.contentstack.io:443"),
        ("api.contentstack.io", "api.contentstack.io."),
        ("localhost:8777", "LOCALHOST:8777"),
        ("localhost:8777", "127.0.0.1:8777"),
        ("127.0.0.1:8777", "[::1]:8777"),
        ("127.0.0.1:8777", "[0:0:0:0:0:0:0:1]:8777"),
        ("127.0.0.1:8777", "[::ffff:127.0.0.1]:8777"),
        ("127.0.0.1:8777", "2130706433:8777"),
        ("127.0.0.1:8777", "0x7f000001:8777"),
        ("127.0.0.1:8777", "0x7f.0.0.1:8777"),
        ("127.0.0.1:8777", "0177.0.0.1:8777"),
        ("127.0.0.1:8777", "127.1:8777"),
        ("127.0.0.1:8777", "0.0.0.0:8777"),
        ("127.0.0.1:8777", "localhost.localdomain:8777"),
    ],
)
def test_spellings_of_one_host_are_one_place(one: str, other: str) -> None:
    assert place(one).identity == place(other).identity
    assert place(one).identity == place(other, secure=False).identity
    assert place(one).host != place(other).host, "requests go where the user says"


@pytest.mark.parametrize(
    "other",
    [
        place("eu-api.contentstack.com"),
        place("api.contentstack.io", key="blt_other"),
        place("api.contentstack.io", name="dev"),
        place("api.contentstack.io:8443"),
        place("[2001:db8::1]:443"),
        place("10.0.0.1:443"),
        place("3232235777"),
    ],
)
def test_other_places_are_others(other: Place) -> None:
    assert place("api.contentstack.io").identity != other.identity


def test_a_plain_spelling_is_its_own_identity() -> None:
    """So that checkpoints of earlier versions are found again."""
    assert place("api.contentstack.io").identity == str(place("api.contentstack.io"))


@pytest.mark.parametrize("host", ["127.0.0.01", "256.0.0.1:8777", "010.0.0.1:80"])
def test_four_numbers_that_are_no_address_are_refused(host: str) -> None:
    with pytest.raises(UsageError, match="is no host"):
        host_of(host, {}, secure=False)
