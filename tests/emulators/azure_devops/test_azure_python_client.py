"""The vendor's Python client, as it is, on the emulator: `pip install azure-devops==7.1.0b4`. Skipped without it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from project_client import PROJECT, TOKEN, asked, chain, serving, stage

from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from pathlib import Path

    from project_client import ProjectClient

pytest.importorskip("azure.devops", reason="the vendor's Python client is not installed")

from azure.devops import client as client_module
from azure.devops import connection as connection_module
from azure.devops._file_cache import FileCache
from azure.devops.exceptions import AzureDevOpsServiceError
from msrest.authentication import BasicAuthentication


@pytest.fixture(autouse=True)
def _own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps what a server answered, also on disk, by its address: another emulator may have had this port before."""
    monkeypatch.setattr(client_module, "OPTIONS_FILE_CACHE", FileCache(str(tmp_path / "options.json")))
    monkeypatch.setattr(connection_module, "RESOURCE_FILE_CACHE", FileCache(str(tmp_path / "areas.json")))
    monkeypatch.setattr(client_module.Client, "_locations_cache", {})


def connect(client: ProjectClient, mount: str = "") -> Any:
    """Its connection to the organization."""
    base = f"{str(client.http.base_url).rstrip('/')}{mount}/fabrikam"
    return connection_module.Connection(base_url=base, creds=BasicAuthentication("", TOKEN))


MOUNTS = {"an own server": "", "the cloud": "/dev.azure.com"}


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_client_works_in_a_project(mount: str) -> None:
    with serving() as client:
        rule = asked(client.service, "Ana")
        number = client.definition(
            *chain(), stage("Last", after="Prod", preDeployApprovals=rule), path="\\Web"
        )
        clients = connect(client, MOUNTS[mount]).clients_v7_1
        releases = clients.get_release_client()
        assert [one.name for one in releases.get_release_definitions(PROJECT)] == ["D1"]
        assert releases.get_release_definition(PROJECT, number).environments[2].name == "Last"
        made = releases.create_release({"definitionId": number, "description": "by the client"}, PROJECT)
        found = releases.get_release(PROJECT, made.id, expand="tasks", top_gate_records=100)
        assert [one.status for one in found.environments] == ["succeeded", "succeeded", "inProgress"]
        (approval,) = releases.get_approvals(PROJECT)
        said = releases.update_release_approval(
            {"status": "approved", "comments": "ok"}, PROJECT, approval.id
        )
        assert said.status == "approved"
        assert len(releases.get_deployments(PROJECT)) == 3
        zipped = b"".join(releases.get_logs(PROJECT, made.id))
        assert "Dev/Job/2_Copy.log" in zipfile.ZipFile(io.BytesIO(zipped)).namelist()
        phase = found.environments[0].deploy_steps[0].release_deploy_phases[0]
        text = b"".join(
            releases.get_task_log(
                PROJECT, made.id, found.environments[0].id, phase.id, 2, start_line=1, end_line=1
            )
        )
        assert text.endswith(b"Starting: Copy\r\n")
        again = releases.update_release_environment(
            {"status": "inProgress"}, PROJECT, made.id, found.environments[0].id
        )
        assert again.status == "queued"
        releases.get_release_environment(PROJECT, made.id, found.environments[0].id)
        assert releases.update_release_resource({"keepForever": True}, PROJECT, made.id).keep_forever is True
        assert [one.revision for one in releases.get_release_definition_history(PROJECT, number)] == [1]
        assert b'"name": "D1"' in b"".join(releases.get_definition_revision(PROJECT, number, 1))
        assert b'"name": "D1"' in b"".join(releases.get_release_revision(PROJECT, made.id, 1))
        assert [one.path for one in releases.get_folders(PROJECT)] == ["\\", "\\Web"]
        assert releases.get_manual_interventions(PROJECT, made.id) == []
        with pytest.raises(AzureDevOpsServiceError, match="VS402962"):
            releases.get_release(PROJECT, 99)
        agents = clients.get_task_agent_client()
        assert [one.name for one in agents.get_agent_queues(PROJECT)] == ["Azure Pipelines"]
        assert [one.name for one in clients.get_core_client().get_projects()] == [PROJECT]
        assert clients.get_build_client().get_build_general_settings(PROJECT) is not None
        people = clients.get_identity_client().read_identities(search_filter="General", filter_value="Ana")
        assert [one.provider_display_name for one in people] == ["Ana"]


def test_a_client_loses_what_is_over_a_hundred() -> None:
    """The complaint that people have about it: 500 are asked for, a hundred come, and the token is lost."""
    with serving() as client:
        generate(client.service, "fabrikam", "Full", token=TOKEN, releases=110)
        releases = connect(client).clients.get_release_client()
        assert len(releases.get_releases("Full", top=500)) == 100
