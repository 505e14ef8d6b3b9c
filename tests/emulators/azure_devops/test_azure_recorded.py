"""The emulator against answers that were recorded from the service: given again as they were, and made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from project_client import serving

from repository import SHARED
from stackferry import exact_json
from stackferry.emulators.azure_devops import Emulator, Switches, serve
from stackferry.emulators.azure_devops.seed.recorded import add_recorded, read_recordings
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.seed.recorded import Recording
    from stackferry.model import Json

FOLDER = SHARED / "datasets" / "azure"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded answers are not here")


def test_every_recorded_request_is_answered_as_it_was() -> None:
    service = Emulator()
    recordings = add_recorded(service, FOLDER, token="t")
    assert len(recordings) > 35
    with serve(service) as origin, httpx.Client(auth=("", "t")) as http:
        for one in recordings:
            parts = urlsplit(one.url)
            body = b"" if one.sent is None else exact_json.dumps(one.sent)
            path = f"{origin}{parts.path}".replace(" ", "%20")
            url = f"{path}?{parts.query}" if parts.query else path
            answer = http.request(one.method, url, headers={"host": parts.netloc}, content=body)
            assert answer.status_code == one.status, one.url
            assert (exact_json.loads(answer.content) if answer.content else None) == one.body, one.url
    assert service.defects == []


def recording(path: str) -> Recording:
    return next(one for one in read_recordings(FOLDER) if one.url.endswith(path) and one.method == "GET")


def value(one: Recording) -> list[dict[str, Json]]:
    return objects(as_object(one.body)["value"])


LISTS = {
    # how a list of releases was in 2016 and is today: order, and the fields of a row
    "_apis/release/releases?api-version=3.0-preview.2": "release/releases",
    "fabrikam/MyFirstProject/_apis/Release/releases": "release/releases",
    "_apis/release/definitions?api-version=3.0-preview.1": "release/definitions",
    "fabrikam/MyFirstProject/_apis/Release/definitions": "release/definitions",
    "MyFirstProject/_apis/Release/deployments": "release/deployments",
    "MyFirstProject/_apis/Release/deployments?definitionId=38": "release/deployments?definitionId=38",
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_that_are_made_anew_equal_recorded_ones(path: str) -> None:
    one = recording(path)
    with serving() as client:
        for row in value(one):
            if "definitions" in path:
                client.project.put_definition(dict(row))
            elif "deployments" in path:
                client.project.put_deployment(dict(row))
            else:
                client.project.put_release(dict(row))
        assert client.get(LISTS[path]) == one.body


WHOLE = (
    "_apis/release/releases/116?api-version=3.0-preview.2",
    "fabrikam/MyFirstProject/_apis/Release/releases/18",
    "_apis/release/definitions/12?api-version=3.0-preview.1",
    "fabrikam/WebApp/_apis/Release/definitions/40",
)


@pytest.mark.parametrize("path", WHOLE)
def test_whole_objects_are_shown_as_recorded(path: str) -> None:
    one = recording(path)
    body = as_object(one.body)
    with serving() as client:
        if "releases" in path:
            client.project.put_release(dict(body))
        else:
            client.project.put_definition(dict(body))
        kind = "releases" if "releases" in path else "definitions"
        assert client.get(f"release/{kind}/{body['id']}") == body


def keys(raw: Any, prefix: str = "") -> set[str]:
    """The paths of all fields of an object; rows of a list count as one."""
    if isinstance(raw, list):
        return {found for one in raw for found in keys(one, prefix)}
    if not isinstance(raw, dict):
        return set()
    return {f"{prefix}{name}" for name in raw} | {
        found for name, one in raw.items() for found in keys(one, f"{prefix}{name}.")
    }


def test_what_is_made_has_the_fields_of_what_was_recorded() -> None:
    """A definition and a release of it, made from the bodies that were recorded."""
    definition = next(one for one in read_recordings(FOLDER) if one.method == "POST" and "WebApp" in one.url)
    release = next(
        one for one in read_recordings(FOLDER) if one.method == "POST" and "MyFirstProject" in one.url
    )
    with serving(Switches(validate_references=False)) as client:
        client.project.put("queues", {"id": 15, "name": "as recorded"})
        made = client.post("release/definitions", definition.sent, "5.0-preview.3")
        people = ("createdBy.", "modifiedBy.", "owner.", "approver.")
        lacking = {
            name for name in keys(definition.body) - keys(made) if not any(one in name for one in people)
        }
        assert lacking == {"environments.deployPhases.deploymentInput.artifactsDownloadInput.downloadInputs"}
        new = client.post("release/releases", {"definitionId": made["id"]})
        recorded = {
            name for name in keys(release.body) if not name.startswith("artifacts") and "_links" not in name
        }
        lacking = {name for name in recorded - keys(new) if "." not in name}
        assert lacking == set()
        assert [stage["status"] for stage in new["environments"]] == ["notStarted"]
