"""How a place and its credential are found, and how fast a run may go."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from stackferry import Credential, Endpoint, Place, Secret, Speed, UsageError
from stackferry.drivers.events import silent
from stackferry.library.connect import find_endpoint, find_place
from stackferry.library.state import open_snapshot
from stackferry.providers.contentstack.connection import RATES, REGIONS

if TYPE_CHECKING:
    from pathlib import Path

PLACE = Place(system="contentstack", key="blt1", host=REGIONS["eu"], name="main")


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STACKFERRY_TOKEN", "of-the-environment")
    monkeypatch.delenv("STACKFERRY_SOURCE_TOKEN", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "stackferry").mkdir()
    profile = '[profiles.production]\nplace = "contentstack://blt1@eu"\n'
    (tmp_path / "stackferry" / "config.toml").write_text(profile, "utf-8")


@pytest.mark.parametrize(
    "where", ["contentstack://blt1@eu/main", "contentstack://blt1@eu", PLACE, "production"]
)
def test_a_url_a_place_and_a_profile_name_the_same_place(where: str | Place) -> None:
    found = find_endpoint(where, "source")
    assert found.place == PLACE
    assert found.system.name == "Contentstack"
    assert found.credential.secret.reveal() == "of-the-environment"


def test_a_token_argument_goes_before_the_environment() -> None:
    assert find_endpoint(PLACE, "source", "mine").credential.secret.reveal() == "mine"
    oauth = Credential("oauth", Secret("mine"))
    endpoint = find_endpoint(PLACE, "source", oauth)
    assert endpoint.credential == oauth
    assert isinstance(endpoint, Endpoint)
    assert find_endpoint(endpoint, "target") is endpoint
    assert "mine" not in repr(endpoint)


def test_what_an_endpoint_holds_can_be_listed_without_its_token() -> None:
    """`asdict` and copies keep the credential closed, as printing does."""
    endpoint = find_endpoint(PLACE, "source", "mine")
    assert "mine" not in repr(asdict(endpoint))
    assert deepcopy(endpoint).credential == endpoint.credential
    with pytest.raises(TypeError):
        asdict(endpoint.credential.secret)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("where", "token"), [(("blt1", "eu"), None), (None, None), (PLACE, Secret("mine")), (PLACE, 5)]
)
def test_an_argument_of_another_type_is_a_usage_error(where: Any, token: Any) -> None:
    with pytest.raises(UsageError, match=r"not a (tuple|NoneType|Secret|int)"):
        find_endpoint(where, "source", token)


def test_a_snapshot_of_another_type_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="not a tuple"):
        open_snapshot(("a", "b"), silent)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://blt1@eu",
        "contentstack://eu/main",
        "contentful://cdn.example/master",
        "azure-devops://harbour@services",
        "contentstack://@eu",
    ],
)
def test_a_url_of_no_supported_place_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError):
        find_place(url)


def test_the_least_time_of_requests_is_that_of_the_slowest_limit() -> None:
    requests = {"read": 100, "write": 50, "bulk": 7}
    assert Speed().seconds(requests, RATES) == 10.0
    assert Speed(rate=50).seconds(requests, RATES) == 7.0
    assert Speed(rate=0, bulk_rate=0).seconds(requests, RATES) == 0.0
