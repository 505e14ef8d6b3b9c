"""An import starts nothing: what could is taken out of definitions, and every write is looked at before it is sent.

A release that is made active starts each stage whose condition is that a release starts, and a definition with triggers
makes releases by itself. So definitions come without triggers, schedules and automatic stages, and releases are
drafts, or name every stage as one that waits for a person. `checked` is the one place that all writes pass through.
API pages: "Releases: Create" (`isDraft`, `manualEnvironments`), "Definitions: Create" (`triggers`, `conditions`). Pure.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, objects, texts
from stackferry.providers.azure_devops.content.releases import stages, word
from stackferry.providers.target import Write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.target import PreparedWrite, Steps

    # The names of the stages of a definition of the target, by its id.
    StageNames = Callable[[int], Collection[str]]

_EVENTS: Final = frozenset({"event", "1"})  # ConditionType: the release has started
_ACTIVE: Final = frozenset({"active", "2"})
_STARTING: Final = ("schedules", "environmentTriggers")  # of a stage


def quiet(definition: JsonObject) -> JsonObject:
    """A definition that makes no release, and whose releases start no stage."""
    made = {**definition, "triggers": []} if objects(definition.get("triggers")) else dict(definition)
    if "environments" in definition:
        made["environments"] = [_quiet_stage(stage) for stage in stages(definition)]
    return made


def _quiet_stage(stage: JsonObject) -> JsonObject:
    made = dict(stage)
    for name in _STARTING:
        if objects(stage.get(name)):
            made[name] = []
    if is_automatic(stage):
        kept: list[Json] = [one for one in objects(stage["conditions"]) if not _is_event(one)]
        made["conditions"] = kept
    return made


def is_automatic(stage: JsonObject) -> bool:
    """Whether a stage starts when a release does."""
    return any(_is_event(one) for one in objects(stage.get("conditions")))


def _is_event(condition: JsonObject) -> bool:
    return word(condition.get("conditionType")) in _EVENTS


def starting_parts(definition: JsonObject) -> Iterator[str]:
    """What of a definition starts something by itself, in words."""
    if objects(definition.get("triggers")):
        yield "its triggers"
    for stage in stages(definition):
        name = stage.get("name")
        if objects(stage.get("schedules")):
            yield f"the schedules of stage {name}"
        if objects(stage.get("environmentTriggers")):
            yield f"the triggers of stage {name}"
        if is_automatic(stage):
            yield f"the automatic start of stage {name}"


class Guard:
    """Looks at each write of one import. `deploy`: stages may be started; `triggers`: definitions may have them."""

    def __init__(self, stage_names: StageNames, *, deploy: bool, triggers: bool) -> None:
        self._stage_names, self._deploy, self._triggers = stage_names, deploy, triggers

    def checked(self, steps: Steps) -> Steps:
        """The same steps; a write among them that would start something raises AssertionError in place of going out."""
        for step in steps:
            if not isinstance(step, Write):
                yield step
                continue
            yield replace(
                step,
                build=partial(self._built, step.build),
                fallback=None if step.fallback is None else partial(self._fallen_back, step.fallback),
            )

    def _built(self, build: Callable[[], PreparedWrite]) -> PreparedWrite:
        built = build()
        self._check(built)
        return built

    def _fallen_back(self, fallback: Callable[[], PreparedWrite | None]) -> PreparedWrite | None:
        built = fallback()
        if built is not None:
            self._check(built)
        return built

    def _check(self, built: PreparedWrite) -> None:
        if built.request is not None and (why := self._starts(built.request)):
            raise AssertionError(f"{built.request.method} {built.request.path} was not sent: {why}")

    def _starts(self, request: Request) -> str:
        """Why a request may start something; empty where it cannot."""
        body, parts = _body(request), request.path.partition("/_apis/release/")[2].split("/")
        match request.method, *parts:
            case "POST", "releases":
                return self._new_release(as_object(body))
            case "PATCH", "releases", _:
                return self._changed_release(as_object(body))
            case "PATCH", "releases", _, "environments", _:
                return "" if self._deploy else "it starts a stage, and --deploy was not given"
            case (("POST" | "PUT"), "definitions"):
                found = [] if self._triggers else [*starting_parts(as_object(body))]
                return f"the definition has {', '.join(found)}" if found else ""
            case "POST", "folders":
                return ""
            case "POST", "releases", _, "tags":
                return ""
        return "no import sends such a write"

    def _new_release(self, body: JsonObject) -> str:
        if body.get("isDraft") is True:
            return ""
        names = self._stage_names(integer(body.get("definitionId")) or 0)
        held = {*texts(as_list(body.get("manualEnvironments")))}
        return "" if names and held >= {*names} else "the release is active, and not every stage waits"

    def _changed_release(self, body: JsonObject) -> str:
        is_started = word(body.get("status")) in _ACTIVE
        return "a draft is never made active" if is_started else ""


def _body(request: Request) -> Json:
    return exact_json.loads(request.body or b"null")
