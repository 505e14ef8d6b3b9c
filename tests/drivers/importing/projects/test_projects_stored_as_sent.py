"""Whatever the service drops of what it was sent is a gap: of definitions, releases, tags and folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN
from project_pair import ProjectPair, project_pair

from stackferry import exact_json
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.application import Answer, HttpRequest

    Change = Callable[[Any], None]

NAME = "Everything"


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    """A release that has all that the call takes."""
    with project_pair(0) as made:
        api = Api(made.emulator, ORGANIZATION, PROJECT, TOKEN)
        whole: Any = next(
            one
            for row in api.rows("release/definitions")
            if (one := api.get(f"release/definitions/{row['id']}"))["artifacts"]
        )
        build: Any = made.project.others["builds"][0]
        stage = whole["environments"][0]
        body: Any = {
            "definitionId": whole["id"],
            "description": "all of it",
            "reason": "schedule",
            "isDraft": True,
            "artifacts": [
                {
                    "alias": one["alias"],
                    "instanceReference": {
                        "id": str(build["id"]),
                        "name": build["buildNumber"],
                        "sourceBranch": "refs/heads/release",
                    },
                }
                for one in whole["artifacts"]
            ],
            "variables": {"of the release": {"value": "1"}},
            "environmentsMetadata": [
                {"definitionEnvironmentId": stage["id"], "variables": {"of a stage": {"value": "2"}}}
            ],
            "properties": {"team": "Web"},
        }
        number = api.post("release/releases", body)["id"]
        api.patch(f"release/releases/{number}", {"name": NAME, "keepForever": True})
        api.post(f"release/releases/{number}/tags", ["one", "two"])
        yield made


def gaps(pair: ProjectPair, method: str, path: str, change: Change) -> set[tuple[str, str]]:
    """The gaps of what the service loses of the bodies of such requests: kinds and pointers."""
    snapshot = pair.export(keep_secrets=True, properties=frozenset({"team"}))
    usual = pair.import_snapshot(snapshot, "usual")
    kept = {(str(gap["kind"]), str(gap.get("path", ""))) for gap in usual.gaps}
    for project in (pair.target,):
        project.releases.clear()
        project.definitions.clear()
        for folder in [one for one in project.folders if one.strip("\\")]:
            del project.folders[folder]

    def lose(request: HttpRequest, answer: Answer | None) -> None:
        if answer is None and request.method == method and request.path.endswith(path):
            body: Any = exact_json.loads(request.body)
            change(body)
            request.body = exact_json.dumps(body)

    pair.emulator.watchers.append(lose)
    done = pair.import_snapshot(snapshot)
    return {(str(gap["kind"]), str(gap.get("path", ""))) for gap in done.gaps} - kept


def drop(*path: str | int) -> Change:
    def change(body: Any) -> None:
        for part in path[:-1]:
            body = body[part]
        body.pop(path[-1])

    return change


def whole(value: Any) -> Change:
    def change(body: Any) -> None:
        body.clear()
        body.extend(value)

    return change


def only_if(body_has: str, change: Change) -> Change:
    return lambda body: change(body) if body_has in body else None


RELEASE: dict[str, tuple[Change, str]] = {
    "description": (drop("description"), "/description"),
    "reason": (drop("reason"), "/reason"),
    "branch": (drop("artifacts", 0, "instanceReference", "sourceBranch"), "branch"),
    "artifacts": (drop("artifacts"), "version"),
    "variables": (drop("variables"), "/variables/of the release"),
    "metadata": (drop("environmentsMetadata"), "of a stage"),
    "draft": (lambda body: body.update(isDraft=False), "/status"),
    "properties": (drop("properties", "team"), "/properties/team"),
}


@pytest.mark.parametrize("key", RELEASE)
def test_a_key_of_a_new_release_that_is_dropped_is_a_gap(pair: ProjectPair, key: str) -> None:
    change, path = RELEASE[key]
    found = gaps(pair, "POST", "/release/releases", change)
    assert [one for one in found if one[0] == "releases" and path in one[1]]


@pytest.mark.parametrize("key", ["name", "keepForever"])
def test_a_key_of_a_patch_that_is_dropped_is_a_gap(pair: ProjectPair, key: str) -> None:
    found = gaps(pair, "PATCH", "", only_if(key, drop(key)))
    assert ("releases", f"/{key}") in found


def test_a_tag_that_is_dropped_is_a_gap(pair: ProjectPair) -> None:
    assert ("releases", "/tags") in gaps(pair, "POST", "/tags", whole(["one"]))


@pytest.mark.parametrize("key", ["description", "variables", "releaseNameFormat"])
def test_a_key_of_a_new_definition_that_is_dropped_is_a_gap(pair: ProjectPair, key: str) -> None:
    values: Any = {
        "description": "words",
        "variables": {"a": {"value": "b"}},
        "releaseNameFormat": "$(rev:r)!",
    }
    for one in pair.project.definitions.values():
        one.raw[key] = values[key]
    found = gaps(pair, "POST", "/definitions", only_if(key, drop(key)))
    assert [path for kind, path in found if kind == "definitions" and path.startswith(f"/{key}")]


def test_the_words_of_a_folder_that_are_dropped_are_a_gap(pair: ProjectPair) -> None:
    folder: Any = next(row for path, row in pair.project.folders.items() if path.strip("\\"))
    folder["description"] = "where the shop lives"
    found = gaps(pair, "POST", "/folders", only_if("description", drop("description")))
    assert ("folders", "/description") in found
