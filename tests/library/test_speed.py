"""How fast a place may be used: as the caller says, else as its profile, else as the configuration says for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from stackferry.cli.app import app
from stackferry.cli.config.place_argument import PLACE
from stackferry.cli.lazy_group import REMOTE, new_command
from stackferry.cli.options import speed_options
from stackferry.library.connect import find_endpoint
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
[defaults]
rate = 3
bulk-rate = 0.3
[profiles.harbour]
place = "contentstack://blt1@eu"
token = "cs-invented-token"
rate = 5
[profiles.quay]
place = "contentstack://blt2@eu"
token = "cs-invented-token"
"""


@pytest.fixture(autouse=True)
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("STACKFERRY_CONFIG", str(file))


def speed_at(profile: str, *words: str) -> Speed:
    """How fast `export` may read the place of a profile."""
    found: list[Speed] = []

    @new_command("export", REMOTE)
    @click.argument("source", type=PLACE)
    @speed_options
    def command(source: str, speed: Speed) -> None:
        assert source == profile
        found.append(speed)

    root = click.Context(app, info_name="stackferry", **app.context_settings)
    with command.make_context("export", [profile, *words], parent=root) as context:
        command.invoke(context)
    return found[0].over(find_endpoint(profile, "source").speed)


@pytest.mark.parametrize(
    ("profile", "words", "rates"),
    [
        ("harbour", (), (5, 0.3)),
        ("quay", (), (3, 0.3)),
        ("harbour", ("--rate", "7"), (7, 0.3)),
        ("harbour", ("--bulk-rate", "0"), (5, 0)),
        ("quay", ("--rate", "0"), (0, 0.3)),
    ],
)
def test_the_flag_then_the_profile_then_the_defaults(
    profile: str, words: tuple[str, ...], rates: tuple[float, float]
) -> None:
    found = speed_at(profile, *words)
    assert (found.rate, found.bulk_rate) == rates


def test_the_environment_goes_before_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable of the command before that of all commands."""
    monkeypatch.setenv("STACKFERRY_RATE", "8")
    assert speed_at("harbour").rate == 8
    monkeypatch.setenv("STACKFERRY_EXPORT_RATE", "9")
    assert speed_at("harbour").rate == 9


@pytest.mark.parametrize(
    ("one", "other", "lower"), [(5, 3, 3), (5, 0, 5), (None, 3, 3), (0, None, 0), (None, None, None)]
)
def test_two_places_of_one_service_go_at_the_slower_rate(
    one: float | None, other: float | None, lower: float | None
) -> None:
    assert Speed(one, one).slower(Speed(other, other)) == Speed(lower, lower)
