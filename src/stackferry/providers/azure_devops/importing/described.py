"""The writes of a dry run, told one after the other: rows for people, made-up answers, what they rely on. Pure."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.definitions import plain, variables_of
from stackferry.providers.azure_devops.content.releases import release_id, stages
from stackferry.providers.azure_devops.importing.bodies import definitions
from stackferry.providers.azure_devops.importing.release_bodies import definition_uid, release_bodies
from stackferry.providers.azure_devops.kinds import (
    BY_NAME,
    DEFINITIONS,
    FOLDERS,
    RELEASES,
    record_key,
    uid_of,
)
from stackferry.providers.azure_devops.matching.rule import matches
from stackferry.providers.azure_devops.words import view
from stackferry.providers.secrets.redacted import without_digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.identities import Memory
    from stackferry.providers.target import ImportContext, PreparedWrite, Write

_PLANNED: Final = 1 << 40  # the ids of what would be made begin here
_BUILD_NUMBER: Final = re.compile(r"\$\(build\.buildnumber\)", re.IGNORECASE)
_COUNTING: Final = re.compile(r"\$\(rev:(r+)\)", re.IGNORECASE)


class DescribedWrites:
    """What `Described` promises, of one dry run."""

    def __init__(self, context: ImportContext, memory: Memory) -> None:
        self._context, self._memory = context, memory
        self._matches = context.once(matches)
        self._made = Counter[str]()  # releases that would be made of each definition
        self._next = _PLANNED
        self._started = set[str]()  # ids of stages

    # --- rows ---

    def rows(self, step: Write, built: PreparedWrite) -> Iterable[JsonObject]:
        """What a write does, as `Described` promises."""
        assert built.request is not None  # noqa: S101 - only what is sent is told
        source = self._source(step)
        row: JsonObject = {"kind": step.kind, "uid": step.failed.uid, "title": _title(step.kind, source)}
        held = self._matches.held(step.kind, _uid(step))
        if held is not None:
            row["target"] = str(release_id(held))
            row["fields"] = self._fields(step.kind, held, sent_body(built.request))
        yield {name: value for name, value in row.items() if value not in ("", [], None)}

    def _source(self, step: Write) -> JsonObject:
        return self._context.source.get(Stream(step.kind), _uid(step)) or {}

    def _fields(self, kind: str, held: JsonObject, sent: JsonObject) -> list[Json]:
        """What a write changes. Definitions may hold credentials, so their values are not shown."""
        before = plain(held) if kind == DEFINITIONS.name else {name: held.get(name) for name in sent}
        after = plain(sent) if kind == DEFINITIONS.name else sent
        found: list[Json] = []
        for one in json_changes(before, after):
            sides = (("from", one.left), ("to", one.right)) if kind != DEFINITIONS.name else ()
            shown = {name: side for name, side in sides if side is not ABSENT}
            found.append({"path": one.path, **shown})
        return found

    # --- answers ---

    def answer(self, step: Write, built: PreparedWrite) -> JsonObject:
        """What the service would answer if it did as asked."""
        request = built.request
        assert request is not None  # noqa: S101 - only what is sent is answered
        last = request.path.rpartition("/")[2]
        if last == "tags":
            return {"value": _sent(request)}
        body = sent_body(request)
        if step.kind == FOLDERS.name:
            return body
        if step.kind == DEFINITIONS.name:
            return self._definition(body)
        if step.kind == RELEASES.name:
            return self._release(step, body, is_new=last == "releases")
        self._started.add(last)  # a stage
        return {**body, "id": int(last)}

    def _definition(self, body: JsonObject) -> JsonObject:
        rows: list[Json] = [{**stage, "id": stage.get("id") or self._new_id()} for stage in stages(body)]
        revision = (integer(body.get("revision")) or 0) + 1
        return {
            **body,
            "id": body.get("id") or self._new_id(),
            "revision": revision,
            "environments": rows,
        }

    def _release(self, step: Write, body: JsonObject, *, is_new: bool) -> JsonObject:
        if not is_new:
            return {
                **body,
                "id": int(self._memory.target(RELEASES.name, _uid(step)) or "0"),
                "environments": [],
            }
        source = self._source(step)
        now = self._context.once(definitions).now(definition_uid(source))
        return {
            **body,
            "id": self._new_id(),
            "name": self._name(source),
            "status": "draft" if body.get("isDraft") is True else "active",
            "releaseDefinition": {"id": body.get("definitionId")},
            "variables": {**variables_of(now), **as_object(body.get("variables"))},
            "artifacts": [_version(one) for one in objects(body.get("artifacts"))],
            "environments": [*self._stages(source, body, now)],
        }

    def _stages(self, source: JsonObject, body: JsonObject, now: JsonObject) -> Iterator[JsonObject]:
        """The stages that the release of the source has, too, as a new one has them."""
        given = {row.get("definitionEnvironmentId"): row for row in objects(body.get("environmentsMetadata"))}
        for stage in stages(source):
            number, name = (
                self._context.once(release_bodies).stage_in_target(source, stage),
                text(stage.get("name")),
            )
            if number is not None:
                own = as_object(given.get(number, {}).get("variables"))
                shown: JsonObject = {"name": name, "definitionEnvironmentId": number, "status": "notStarted"}
                yield {**shown, "variables": {**variables_of(now, name), **own}}

    def _name(self, source: JsonObject) -> str:
        """The name that a new release will get, where its definition is new too and its format is a usual one."""
        uid = definition_uid(source)
        definition = self._context.source.get(Stream(DEFINITIONS.name), uid) or {}
        self._made[uid] += 1
        if self._matches.target(DEFINITIONS.name, uid) is not None:
            return ""
        form = text(definition.get("releaseNameFormat")) or "Release-$(rev:r)"
        first = next(iter(objects(source.get("artifacts"))), {})
        build = text(nested(first, "definitionReference", "version", "name"))
        counted = _COUNTING.sub(lambda found: str(self._made[uid]).zfill(len(found[1])), form)
        return _BUILD_NUMBER.sub(lambda _: build, counted)

    def _new_id(self) -> int:
        self._next += 1
        return self._next

    def seen(self, request: Request, answer: JsonObject) -> JsonObject:
        """What a read will be answered then: of a release that would be made, with the stages that would have ended."""
        last = request.path.rpartition("/")[2]
        uid = self._memory.source(RELEASES.name, uid_of(int(last))) if last.isdecimal() else None
        if answer or uid is None:
            return answer
        row = self._context.source.get(Stream(RELEASES.name), uid) or {}
        rows: list[Json] = [
            {
                "id": stage.get("id"),
                "name": stage.get("name"),
                "status": "succeeded" if str(stage.get("id")) in self._started else "notStarted",
            }
            for stage in stages(row)
        ]
        return {"environments": rows}

    # --- what is relied on ---

    def relied_on(self) -> Iterator[JsonObject]:
        """What the target held, each object with a digest: what is in a pair, and what definitions point at."""
        paired = {
            kind.name: {
                self._matches.target(kind.name, uid_of(row.get("id"))) for row in self._rows(kind.name)
            }
            for kind in (DEFINITIONS, RELEASES)
        }
        for stream in self._context.target.streams():
            if stream.kind not in BY_NAME or stream.type:
                continue
            for row in self._context.target.objects(stream):
                uid, number = record_key(stream.kind, row)
                if stream.kind in paired and uid not in paired[stream.kind]:
                    continue
                shown = view(stream.kind, row)
                facts: JsonObject = {
                    **stream.as_json(),
                    "uid": shown.uid,
                    "title": shown.title,
                    "number": number,
                }
                digest = sha256(exact_json.dumps(without_digests(_lasting(row)))).hexdigest()[:24]
                yield {**{name: value for name, value in facts.items() if value}, "digest": digest}

    def _rows(self, kind: str) -> Iterator[JsonObject]:
        yield from self._context.source.objects(Stream(kind))

    def events(self) -> Mapping[str, int]:
        """Nothing is counted: which subscriptions are called depends on their filters."""
        return {}


def _version(sent: JsonObject) -> JsonObject:
    """An artifact of a new release, of the version that was sent."""
    version = as_object(sent.get("instanceReference"))
    shown: JsonObject = {"version": {"id": version.get("id")}, "branch": {"id": version.get("sourceBranch")}}
    return {"alias": sent.get("alias"), "definitionReference": shown}


def sent_body(request: Request) -> JsonObject:
    """The JSON object that a write sends."""
    return as_object(_sent(request))


def _sent(request: Request) -> Json:
    return exact_json.loads(request.body or b"null")


def _uid(step: Write) -> str:
    """The uid of the record that a step is about: its gap shows the id as the service writes it."""
    shown = step.failed.uid
    return uid_of(int(shown)) if shown.isdecimal() else shown


def _title(kind: str, record: JsonObject) -> str:
    return view(kind, record).title if kind in BY_NAME and record else ""


def _lasting(row: JsonObject) -> JsonObject:
    """A record without what moves although nobody changes it."""
    return {name: value for name, value in row.items() if name not in ("lastRelease", "environments")} | (
        {"environments": [plain(stage) for stage in objects(row["environments"])]}
        if "environments" in row
        else {}
    )
