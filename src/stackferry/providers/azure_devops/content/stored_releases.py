"""What of a new release the service did not store, by its answer: every part of the body that was sent. Pure.

API page: "Releases: Create" (ReleaseStartMetadata).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import escaped
from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.providers.azure_devops.content.releases import stages, status_of, word
from stackferry.providers.azure_devops.requests.target import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject

    Check = Callable[[JsonObject, JsonObject], Iterator[str]]

NORMALISED: Final = {
    "reason": "a release of no reason is a manual one",
    "manualEnvironments": "no answer has it: the status of each stage shows it",
    "properties": "an answer may show none unless they are named: then they are read; a mark may not be kept",
    "artifacts/*/sourceVersion": "it is read from the build or the repository",
    "artifacts/*/sourceRepositoryId": "it is read from the build or the repository",
    "artifacts/*/sourceRepositoryType": "it is read from the build or the repository",
    "variables/*": "the value is compared; whether it may be changed later follows from the definition",
}
"""Keys of the body that are not compared, or not as they are, and why."""
_REASONS: Final = {
    "0": "none",
    "1": "manual",
    "2": "continuousintegration",
    "3": "schedule",
    "4": "pullrequest",
}


def unstored(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    """Where a release is not what was sent, as JSON pointers. Properties are looked at where it shows any."""
    for check in _CHECKS:
        yield from check(sent, release)
    if as_object(release.get("properties")):
        yield from unstored_properties(sent, release)


def inherited(release: JsonObject, made: JsonObject) -> Iterator[str]:
    """The variables that a new release has from its definition and the one in its place has not, as JSON pointers.

    `release`: of the source. Nothing takes a variable of the definition away from a new release.
    """
    yield from _added(release, made, "/variables")
    by_name = {text(stage.get("name")): stage for stage in stages(release)}
    for stage in stages(made):
        name = text(stage.get("name"))
        if name in by_name:
            yield from _added(by_name[name], stage, f"/environments/{escaped(name)}/variables")


def _added(mine: JsonObject, theirs: JsonObject, path: str) -> Iterator[str]:
    for name in as_object(theirs.get("variables")):
        if name not in as_object(mine.get("variables")):
            yield f"{path}/{escaped(name)}"


def own_properties(sent: JsonObject) -> JsonObject:
    """The properties that are sent, without the mark of an import."""
    return {name: value for name, value in as_object(sent.get("properties")).items() if name != MARK}


def _definition(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    if integer(nested(release, "releaseDefinition", "id")) != integer(sent.get("definitionId")):
        yield "/releaseDefinition"


def _words(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    ours, theirs = (text(one.get("description")).replace("\r\n", "\n") for one in (sent, release))
    if ours != theirs:
        yield "/description"
    if _reason(sent) != _reason(release):
        yield "/reason"


def _reason(one: JsonObject) -> str:
    found = word(one.get("reason") or "none")
    found = _REASONS.get(found, found)
    return "manual" if found == "none" else found


def _draft(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    if (sent.get("isDraft") is True) is not (status_of(release) == "draft"):
        yield "/status"


def _artifacts(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    shown = {text(one.get("alias")): one for one in objects(release.get("artifacts"))}
    for one in objects(sent.get("artifacts")):
        alias, version = text(one.get("alias")), as_object(one.get("instanceReference"))
        reference = as_object(nested(shown.get(alias), "definitionReference"))
        if str(nested(reference, "version", "id")) != str(version.get("id")):
            yield f"/artifacts/{alias}/version"
        asked = text(version.get("sourceBranch"))
        if asked and _branch(asked) != _branch(text(nested(reference, "branch", "id"))):
            yield f"/artifacts/{alias}/branch"


def _branch(name: str) -> str:
    return name.removeprefix("refs/heads/")


def _variables(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    yield from _values(as_object(sent.get("variables")), release.get("variables"), "/variables")
    by_stage = {str(stage.get("definitionEnvironmentId")): stage for stage in stages(release)}
    for row in objects(sent.get("environmentsMetadata")):
        stage = by_stage.get(str(row.get("definitionEnvironmentId")), {})
        path = f"/environments/{text(stage.get('name'))}/variables"
        yield from _values(as_object(row.get("variables")), stage.get("variables"), path)


def _values(sent: JsonObject, stored: Json, path: str) -> Iterator[str]:
    """The variables whose values the service did not take."""
    for name, variable in sent.items():
        if nested(stored, name, "value") != nested(variable, "value"):
            yield f"{path}/{name}"


def unstored_properties(sent: JsonObject, release: JsonObject) -> Iterator[str]:
    """The properties that a release has not, which was asked for them by name."""
    shown = as_object(release.get("properties"))
    for name, value in own_properties(sent).items():
        if _plain(shown.get(name)) != _plain(value):
            yield f"/properties/{name}"


def _plain(value: Json) -> Json:
    """A property without the type that the service shows beside it."""
    return value["$value"] if isinstance(value, dict) and "$value" in value else value


_CHECKS: Final[tuple[Check, ...]] = (_definition, _words, _draft, _artifacts, _variables)
