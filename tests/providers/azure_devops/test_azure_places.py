"""Which host, path and version a request to a project goes with, for every spelling of its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackferry.errors import UsageError
from stackferry.io.config import split_place
from stackferry.model import Place, Secret
from stackferry.providers.azure_devops import versions
from stackferry.providers.azure_devops.connection import headers, origins
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.kinds import QUEUES
from stackferry.providers.azure_devops.matching.mapping import is_one_organization
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.azure_devops.requests.target import find_people
from stackferry.providers.azure_devops.system import AzureDevOps
from stackferry.providers.registry import checked_settings


def place(url: str, **settings: str) -> Place:
    parts = split_place(url)
    found = AzureDevOps().parse_place(parts.key, parts.host, parts.path, secure=parts.secure)
    return replace(found, settings=tuple(settings.items()))


def address(of: Place, *, core: bool = False) -> str:
    """Where a request for releases, or for queues, goes."""
    root = Root.of(of)
    request = read.list_pointed_at(root, QUEUES, "") if core else read.get_release(root, 7)
    return f"{origins(of)[request.origin]}{request.path}"


@pytest.mark.parametrize(
    ("url", "release", "core"),
    [
        (
            "azure-devops://fabrikam@services/My%20Web",
            "https://vsrm.dev.azure.com/fabrikam/My%20Web",
            "https://dev.azure.com/fabrikam/My%20Web",
        ),
        (
            "azure-devops://fabrikam@vsrm.dev.azure.com/Büro",
            "https://vsrm.dev.azure.com/fabrikam/B%C3%BCro",
            "https://dev.azure.com/fabrikam/B%C3%BCro",
        ),
        (
            "azure-devops://fabfiber@fabfiber.vsrm.visualstudio.com/Web",
            "https://fabfiber.vsrm.visualstudio.com/defaultcollection/Web",
            "https://fabfiber.visualstudio.com/defaultcollection/Web",
        ),
        (
            "azure-devops://Coll@tfs.example.com/tfs/Web",
            "https://tfs.example.com/tfs/Coll/Web",
            "https://tfs.example.com/tfs/Coll/Web",
        ),
        (
            "azure-devops+http://fabrikam@127.0.0.1:8901/Web",
            "http://127.0.0.1:8901/fabrikam/Web",
            "http://127.0.0.1:8901/fabrikam/Web",
        ),
    ],
)
def test_each_area_has_its_host(url: str, release: str, core: str) -> None:
    assert address(place(url)) == f"{release}/_apis/release/releases/7"
    assert address(place(url), core=True) == f"{core}/_apis/distributedtask/queues"
    shown = split_place(str(place(url)))
    assert AzureDevOps().parse_place(*shown[1:4], secure=shown.secure) == place(url), (
        "what is shown can be given again"
    )


@pytest.mark.parametrize(
    ("url", "vsrm_url", "people"),
    [
        ("services/Web", "", "https://vssps.dev.azure.com/fabrikam"),
        ("fabrikam.visualstudio.com/Web", "", "https://fabrikam.vssps.visualstudio.com/defaultcollection"),
        ("tfs.example.com/tfs/Web", "", "https://tfs.example.com/tfs/fabrikam"),
        ("tfs.example.com/Web", "https://vsrm.example.com", "https://tfs.example.com/fabrikam"),
        ("gate.example.com/dev.azure.com/Web", "https://gate.example.com/vsrm.dev.azure.com",
         "https://gate.example.com/vssps.dev.azure.com/fabrikam"),
        ("gate.example.com/x.visualstudio.com/Web", "https://gate.example.com/in/x.vsrm.visualstudio.com/",
         "https://gate.example.com/in/x.vssps.visualstudio.com/fabrikam"),
    ],
)  # fmt: skip
def test_people_have_a_host_of_their_own(url: str, vsrm_url: str, people: str) -> None:
    """Behind a gateway that has the hosts of the cloud in its path, too."""
    settings = {"vsrm_url": vsrm_url} if vsrm_url else {}
    of = place(f"azure-devops://fabrikam@{url}", **settings)
    request = find_people(Root.of(of), "ana")
    assert f"{origins(of)[request.origin]}{request.path}" == f"{people}/_apis/identities"


def test_an_organization_is_one_of_its_server() -> None:
    """What stands before the project is the path of an own server: two of them share nobody."""
    one, same, other = (
        place(f"azure-devops://Coll@tfs.example.com/{path}") for path in ("tfs/A", "TFS/B", "old/A")
    )
    assert is_one_organization(one, same)
    assert not is_one_organization(one, other)


def test_a_server_may_have_nearly_the_name_of_the_cloud() -> None:
    assert place("azure-devops://Coll@service:443/Web").host == "service:443"
    assert place("azure-devops+http://Coll@service/Web").host == "service"
    assert place("azure-devops://Coll@tfs/Web").host == "tfs"


def test_the_release_host_may_be_another() -> None:
    other = place("azure-devops://Coll@tfs.example.com/Web", vsrm_url="https://releases.example.com/rm/")
    assert address(other) == "https://releases.example.com/rm/Coll/Web/_apis/release/releases/7"
    assert address(other, core=True).startswith("https://tfs.example.com/Coll/Web/")
    with pytest.raises(UsageError, match="--vsrm-url"):
        Root.of(place("azure-devops://Coll@tfs.example.com/Web", vsrm_url="releases.example.com"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "azure-devops://fabrikam@services",
            "lacks a project; 'stackferry places azure-devops://fabrikam@services'",
        ),
        (
            "azure-devops://fabrikam@service/",
            "'service' is not 'services', the cloud; a server of that name is service:443",
        ),
        ("azure-devops://fabrikam@servces/Web", "'servces' is not 'services'"),
        ("azure-devops://services/Web", "lacks an organization"),
        ("azure-devops://fabrikam@services/fabrikam/Web", "has nothing before it"),
        ("azure-devops://fabrikam@services/..", "no path to a project"),
        ("azure-devops://fabrikam@other.visualstudio.com/Web", "the organization other"),
    ],
)
def test_a_place_that_names_no_project_is_refused(url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        place(url)


def test_facts_of_a_place_give_it_again() -> None:
    one = place("azure-devops+http://fabrikam@127.0.0.1:8901/Web")
    system = AzureDevOps()
    assert system.place_of(system.place_facts(one)) == one


@pytest.mark.parametrize(
    ("asked", "resource", "sent"),
    [
        ("", versions.RELEASES, "7.1"),
        ("7.1", versions.LOGS, "7.1"),
        ("5.1", versions.RELEASES, "5.1"),
        ("5.1", versions.LOGS, "5.1-preview"),
        ("4.1", versions.RELEASES, "4.1-preview.6"),
        ("4.1", versions.DEFINITIONS, "4.1-preview.3"),
        ("7.2", versions.RELEASES, "7.2-preview.9"),
        ("7.2", versions.REVISIONS, "7.2-preview.4"),
        ("3.0-preview.2", versions.LOGS, "3.0-preview.2"),
        ("3.0-preview.2", versions.TAGS, "3.0-preview.1"),
        ("3.0-preview.2", versions.ATTACHMENTS, "3.0-preview.1"),
        ("2.2-preview.1", versions.RELEASES, "2.2-preview.1"),
    ],
)
def test_a_version_names_a_preview_where_the_resource_is_not_released(
    asked: str, resource: versions.Resource, sent: str
) -> None:
    assert versions.version_of(asked, resource) == sent


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="api-version"):
        AzureDevOps().access_request(place("azure-devops://fabrikam@services/Web", api_version="latest"))


def test_old_versions_ask_for_the_log_of_a_task_without_its_phase() -> None:
    new, old = (
        Root.of(place("azure-devops://f@services/W", api_version=one)) for one in ("7.1", "3.0-preview.2")
    )
    assert read.get_task_log(new, 1, 2, 3, 4).path.endswith("/environments/2/deployPhases/3/tasks/4/logs")
    assert read.get_task_log(old, 1, 2, 3, 4).path.endswith("/environments/2/tasks/4/logs")


def test_a_personal_access_token_is_a_password_and_an_entra_token_a_bearer() -> None:
    where = place("azure-devops://fabrikam@services/Web")
    sent = {kind: headers(where, (kind, Secret("abc")))["authorization"] for kind in ("token", "oauth")}
    assert sent == {"token": Secret("Basic OmFiYw=="), "oauth": Secret("Bearer abc")}
    with pytest.raises(UsageError, match="personal access token"):
        headers(where, ("authtoken", Secret("abc")))


def test_settings_of_a_profile_are_those_of_the_system() -> None:
    assert checked_settings("azure-devops", (("api_version", "5.1"),))
    with pytest.raises(UsageError, match="'colour' is no setting"):
        checked_settings("azure-devops", (("colour", "red"),))
