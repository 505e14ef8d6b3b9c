"""Imports of projects where the service behaves this way or that, in every shape of address and version of the API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from project_oracle import definitions, releases, started
from project_pair import OTHER, OTHER_PROJECT, ProjectPair, project_pair

from sampling import sampled
from stackferry.errors import NotSignedIn
from stackferry.providers.azure_devops.system import AzureDevOps

if TYPE_CHECKING:
    import httpx

    from stackferry.model import Place

SWITCHES: list[dict[str, Any]] = [
    {"manual_environments_hold": False},
    {"keeps_properties": False},
    {"token_names": "last"},
    {"properties_need_filter": False},
    {"create_shows_start": True},
    {"validate_references": False},
    {"thin_list_has_variables": False},
    {"ids_per_organization": False},
    {"deployment_modifies_release": True},
    {"tags_modify_release": True},
    {"thin_list_has_tags": True},
    {"folders_by_themselves": True},
    {"strict_preview": False},
    {"definition_rows": 2},
]


def assert_alike(pair: ProjectPair) -> None:
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    wanted = definitions(home, pair.project, quiet=True)
    assert definitions(other, pair.target, quiet=False) == wanted
    assert releases(pair.target) == releases(pair.project)
    assert started(pair.target) == []


def twice(pair: ProjectPair, place: Place | None = None) -> None:
    """Import, and see that a second run writes nothing."""
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot, place=place)
    assert_alike(pair)
    pair.import_snapshot(snapshot, place=place)
    assert pair.writes() == []


@pytest.mark.parametrize("switches", sampled(SWITCHES, 5), ids=str)
def test_either_way(switches: dict[str, Any]) -> None:
    with project_pair(8, page_rows=5, **switches) as pair:
        twice(pair)


@pytest.mark.parametrize("host", ["services", f"{OTHER}.visualstudio.com", "tfs.example.com"])
def test_every_shape_of_address(host: str) -> None:
    path = f"tfs/{OTHER_PROJECT}" if host.startswith("tfs") else OTHER_PROJECT
    with project_pair(8) as pair:
        twice(pair, AzureDevOps().parse_place(OTHER, host, path, secure=True))


def test_a_project_by_its_guid() -> None:
    with project_pair(8) as pair:
        twice(pair, AzureDevOps().parse_place(OTHER, "services", pair.target.id, secure=True))


@pytest.mark.parametrize("version", sampled(["5.1", "4.1-preview", "5.0", "6.0", "7.0", "7.2-preview"], 2))
def test_every_version(version: str) -> None:
    with project_pair(8) as pair:
        twice(pair, replace(pair.target_place, settings=(("api_version", version),)))


@pytest.mark.parametrize("version", ["3.0-preview.2", "2.2-preview.1"])
def test_old_versions_cannot_name_releases(version: str) -> None:
    with project_pair(8) as pair:
        place = replace(pair.target_place, settings=(("api_version", version),))
        snapshot = pair.export(keep_secrets=True)
        done = pair.import_snapshot(snapshot, place=place)
        told = {gap["uid"] for gap in done.gaps if gap.get("path") == "/name"}
        assert told
        wanted, found = releases(pair.project), releases(pair.target)
        for row in [row for side in (wanted, found) for rows in side.values() for row in rows]:
            del row["name"]
        assert found == wanted
        pair.import_snapshot(snapshot, place=place)
        assert pair.writes() == []


@pytest.mark.parametrize("failure", [203, 302, 401])
def test_a_token_that_ends_in_the_middle_ends_the_import_and_a_new_one_resumes_it(failure: int) -> None:
    with project_pair(8, auth_failure=failure) as pair:
        snapshot = pair.export(keep_secrets=True)
        token = pair.emulator.organizations[OTHER].tokens["other-invented-token"]

        def expire(_: object, request: httpx.Request, done: bool) -> None:
            if request.method == "POST" and done and len(pair.target.releases) == 3:
                token.refusal = "The Personal Access Token used has expired"

        with pytest.raises(NotSignedIn, match="has expired"):
            pair.import_snapshot(snapshot, hook=expire)
        assert len(pair.target.releases) == 3
        token.refusal = ""
        pair.import_snapshot(snapshot)
        assert_alike(pair)
