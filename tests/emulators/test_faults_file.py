"""A faults file: its keys, its chances, and what it is refused for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.emulators.faults import Fault, FaultScript
from stackferry.emulators.faults_file import read_faults_file
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from emulator_client import EmulatorClient


def script(tmp_path: Path, *faults: dict[str, Any], seed: int = 0) -> FaultScript:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"seed": seed, "fault": list(faults)}))
    return read_faults_file(file)


def test_toml_and_json_give_the_same_faults(tmp_path: Path) -> None:
    """In both, the third import is carried out and its answer never comes."""
    toml = tmp_path / "faults.toml"
    toml.write_text(
        'seed = 7\n[[fault]]\nroute = "POST /content_types/{}/entries/import"\nnth = 3\nthen = "reset"\n'
    )
    told = {"route": "POST /content_types/{}/entries/import", "nth": 3, "then": "reset"}
    assert read_faults_file(toml).faults == script(tmp_path, told).faults
    fault = read_faults_file(toml).faults[0]
    assert (fault.after, fault.times, fault.reset, fault.carried_out) == (2, 1, True, True)


@pytest.mark.parametrize(
    ("route", "method", "target", "met"),
    [
        ("GET /locales", "GET", "/v3/locales", True),
        ("GET /locales", "GET", "/v3/locales?limit=1", True),
        ("GET /locales", "POST", "/v3/locales", False),
        ("/locales", "POST", "/v3/locales", True),
        ("/v3/locales", "POST", "/v3/locales", True),
        ("/locales", "GET", "/v3/locales/fr-fr", False),
        ("/locales/{code}", "GET", "/v3/locales/fr-fr", True),
        ("/content_types/*/entries", "GET", "/v3/content_types/a/b/entries", False),
        ("/content_types/**", "GET", "/v3/content_types/a/b/entries", True),
        ("**", "PUT", "/anything", True),
        ("GET **", "PUT", "/anything", False),
        ("GET /entries?skip=0", "GET", "/v3/entries?skip=0", True),
        ("GET /entries?skip=0", "GET", "/v3/entries?skip=01", False),
        ("/a.b", "GET", "/v3/axb", False),
    ],
)
def test_a_route_matches_methods_and_paths(
    tmp_path: Path, route: str, method: str, target: str, met: bool
) -> None:
    """A segment for `{}` and `*`, anything for `**`; the query matters only where the route has one."""
    assert script(tmp_path, {"route": route}).faults[0].matches(method, target) is met


def test_a_status_means_by_default_that_the_request_is_not_carried_out(tmp_path: Path) -> None:
    """Damaged answers are those of requests that were carried out; `act` changes either."""
    faults = script(
        tmp_path, {"status": 503}, {"status": 502, "act": "after"}, {"then": "truncate"}, {"then": "close"}
    ).faults
    assert [fault.carried_out for fault in faults] == [False, True, True, True]
    assert [fault.keep for fault in faults] == [None, None, 20, 0]


def test_chances_depend_on_the_seed_only(tmp_path: Path) -> None:
    """The same seed harms the same requests, another seed others, and about as many as `chance`."""

    def drawn(seed: int) -> list[bool]:
        one = script(tmp_path, {"chance": 0.3, "times": "always", "status": 500}, seed=seed)
        return [one.take("GET", "/v3/locales") is not None for _ in range(1000)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 240 < sum(drawn(1)) < 360


def test_times_counts_requests_that_were_harmed() -> None:
    """Requests that a chance left alone do not use up `times`."""
    one = FaultScript([Fault(chance=0.5, times=3)])
    assert sum(one.take("GET", "/") is not None for _ in range(100)) == one.taken == 3


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"rout": "/locales"}, "rout"),
        ({"route": "locales"}, "route"),
        ({"route": "FETCH /locales"}, "FETCH"),
        ({"nth": 0}, "nth"),
        ({"times": "often"}, "times"),
        ({"chance": 0}, "chance"),
        ({"chance": 1.5}, "chance"),
        ({"act": "during"}, "act"),
        ({"then": "explode"}, "then"),
        ({"status": "500"}, "status"),
        ({"wait": -1}, "wait"),
        ({"headers": "none"}, "headers"),
    ],
)
def test_an_error_names_the_unknown_key_or_value(tmp_path: Path, fault: dict[str, Any], word: str) -> None:
    """It names the number of the fault, too."""
    with pytest.raises(UsageError, match=rf"fault 2.*{word}"):
        script(tmp_path, {}, fault)


@pytest.mark.parametrize("text", ["[", "[]", "fault = 1", "seed = 'a'\nfault = []", "fault = []\nmore = 1"])
@pytest.mark.parametrize("name", ["faults.toml", "faults.json"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, name: str) -> None:
    """The error names the file."""
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=name):
        read_faults_file(tmp_path / name)


def test_the_emulator_applies_the_faults_of_a_file(tmp_path: Path, client: EmulatorClient) -> None:
    """The third request is answered as usual, and the harmed one is counted."""
    client.emulator.faults = script(
        tmp_path,
        {
            "route": "GET /locales",
            "nth": 2,
            "status": 429,
            "headers": {"Retry-After": 1},
            "body": "slow down",
        },
    )
    answers = [client.http.get("/locales") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert (answers[1].text, answers[1].headers["retry-after"]) == ("slow down", "1")
    assert client.emulator.faults.taken == 1
