"""The host part of a place: a region, or a host; a bare word that is neither is refused with the nearest names."""

from __future__ import annotations

import pytest

from stackferry.errors import UsageError
from stackferry.library.connect import find_place


@pytest.mark.parametrize(
    ("place", "host"),
    [
        ("contentstack://blt1@eu", "eu-api.contentstack.com"),
        ("contentstack://blt1@api.example.com", "api.example.com"),
        ("contentstack://blt1@localhost:8777", "localhost:8777"),
        ("contentstack+http://blt1@localhost", "localhost"),
        ("contentstack://blt1@[::1]:80", "[::1]:80"),
        ("contentful://harbour@na", "api.contentful.com"),
        ("contentful+http://harbour@localhost", "localhost"),
        ("azure-devops://fabrikam@tfs/Web", "tfs"),  # servers of one's own have any name
    ],
)
def test_a_host(place: str, host: str) -> None:
    found, _ = find_place(place)
    assert found.host == host


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("contentstack://blt1@azur-eu", "'azur-eu' is no region; did you mean 'azure-eu'"),
        ("contentstack://blt1@EU", "'EU' is no region; did you mean 'eu'"),
        (
            "contentstack://blt1@localhost",
            "'localhost' is no region; there is au, azure-eu, azure-na, eu, gcp-eu",
        ),
        ("contentful://harbour@us", "'us' is no region; there is eu, na. A host has a dot or a port: us:443"),
    ],
)
def test_a_bare_word_is_no_host(place: str, told: str) -> None:
    with pytest.raises(UsageError) as wrong:
        find_place(place)
    assert told in str(wrong.value)
