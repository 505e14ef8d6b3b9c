"""The names of one side in the words of the other: locales, spaces, objects whose ids the service chose. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.resource_links import holds_names
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

# "crn:contentful:::content:spaces/S/environments/E/entries/ID"; the environment may be left out.
_RESOURCE: Final = re.compile(
    r"(?P<begin>crn:[^:]*:::content:spaces/)(?P<space>[^/]+)(?:/environments/(?P<environment>[^/]+))?(?P<rest>.*)",
    re.DOTALL,
)
_KINDS_OF_LINKS: Final = {
    "Release": kinds.RELEASES.name,
    "ScheduledAction": kinds.SCHEDULED_ACTIONS.name,
    "WorkflowDefinition": kinds.WORKFLOW_DEFINITIONS.name,
    "Workflow": kinds.WORKFLOWS.name,
    "Task": kinds.TASKS.name,
    "Comment": kinds.COMMENTS.name,
    "Role": kinds.ROLES.name,
}


class Terms:
    """Nothing is called otherwise: the words of a target, and of two nights of one place.

    `steps` are the names of the steps of workflows, by their ids: by these both sides know them. `codes` are those
    of the locales that both sides have, in the target's words.
    """

    def __init__(self, store: RecordStore) -> None:
        rows = store.objects(Stream(kinds.WORKFLOW_DEFINITIONS.name))
        self.steps = {uid: name for row in rows for uid, name in _named_steps(row)}
        self.codes = frozenset(text(row.get("code")) for row in store.objects(Stream(kinds.LOCALES.name)))

    def locale(self, code: str) -> str:
        return code

    def uid(self, kind: str, uid: str) -> str:
        del kind
        return uid

    def resource(self, name: str) -> str:
        """The name of an object of some space, as a resource link has it."""
        return name

    def place(self, of_type: str, uid: str) -> str:
        """The id of a space or an environment."""
        del of_type
        return uid

    def fields(self, fields: JsonObject, content_type: str) -> JsonObject:
        """The fields of an entry, an asset, or a body of one. Only fields that are for it hold names of resources."""
        del content_type
        return fields

    def of(self, value: Json) -> Json:
        """A value with every link in it in these words. A text is never changed but where a link holds it."""
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if not isinstance(value, dict):
            return value
        if isinstance(sys := value.get("sys"), dict) and (linked := self._link(sys)) is not None:
            return {**value, "sys": linked}
        return {name: self.of(item) for name, item in value.items()}

    def _link(self, sys: JsonObject) -> JsonObject | None:
        """The `sys` of a link; None for that of anything else."""
        of_type, link_type, uid = (text(sys.get(name)) for name in ("type", "linkType", "id"))
        if of_type == "ResourceLink":
            return {**sys, "urn": self.resource(text(sys.get("urn")))}
        if of_type != "Link":
            return None
        if kind := _KINDS_OF_LINKS.get(link_type):
            return {**sys, "id": self.uid(kind, uid)}
        return {**sys, "id": self.place(link_type, uid)} if link_type in ("Space", "Environment") else sys


class _OtherTerms(Terms):
    """Words that are not those of the side itself."""

    def __init__(self, *stores: RecordStore) -> None:
        super().__init__(stores[0])
        self._stores = stores
        self._naming: dict[str, frozenset[str]] = {}

    def fields(self, fields: JsonObject, content_type: str) -> JsonObject:
        naming = self._fields_with_names(content_type)
        return {name: self.of(values) if name in naming else values for name, values in fields.items()}

    def _fields_with_names(self, content_type: str) -> frozenset[str]:
        """The fields of a type whose values may name resources. What looks so in any other is somebody's words."""
        if content_type not in self._naming:
            streams = [Stream(kind) for kind in ("content_types", "published_content_types") if content_type]
            rows = [store.get(stream, content_type) or {} for store in self._stores for stream in streams]
            fields = (field for row in rows for field in objects(row.get("fields")))
            self._naming[content_type] = frozenset(text(one.get("id")) for one in fields if holds_names(one))
        return self._naming[content_type]


class SourceTerms(_OtherTerms):
    """What the source calls things, as an import into the target calls them there."""

    def __init__(self, context: ImportContext) -> None:
        super().__init__(context.source, context.target)
        self._locales, self._identity = context.options.locales, context.identity
        self._here, self._there = context.origin, context.place
        self._spaces = write_options(context.options).spaces
        self.codes = _common_codes(context)

    def locale(self, code: str) -> str:
        return self._locales.get(code, code)

    def uid(self, kind: str, uid: str) -> str:
        return self._identity.target(kind, uid) or uid

    def resource(self, name: str) -> str:
        found = _RESOURCE.fullmatch(name)
        if found is None:
            return name
        space, environment = found["space"], found["environment"]
        if environment and self._is_own_space(space) and space not in self._spaces:
            environment = self.place("Environment", environment)
        return _resource(found["begin"], self.place("Space", space), environment, found["rest"])

    def place(self, of_type: str, uid: str) -> str:
        if of_type == "Space" and uid in self._spaces:
            return self._spaces[uid]
        if self._here is None or self._there is None:
            return uid
        own, other = (place.key if of_type == "Space" else place.name for place in (self._here, self._there))
        return other if uid == own else uid

    def _is_own_space(self, uid: str) -> bool:
        return self._here is not None and self._there is not None and uid == self._here.key


class TargetTerms(_OtherTerms):
    """The words of a target. In a clone of an environment the names of resources are still those of the first one."""

    def __init__(self, context: ImportContext) -> None:
        super().__init__(context.target, context.source)
        self._here, self._there = context.origin, context.place
        self.codes = _common_codes(context)

    def resource(self, name: str) -> str:
        found = _RESOURCE.fullmatch(name)
        if found is None or self._here is None or self._there is None:
            return name
        is_first = (
            found["space"] == self._here.key == self._there.key and found["environment"] == self._here.name
        )
        environment = self._there.name if is_first else found["environment"]
        return _resource(found["begin"], found["space"], environment, found["rest"])


def _common_codes(context: ImportContext) -> frozenset[str]:
    """The target's codes of the locales that both sides have; those of one side where the other does not tell."""
    names, locales = context.options.locales, Stream(kinds.LOCALES.name)
    theirs = {names.get(code := text(row.get("code")), code) for row in context.source.objects(locales)}
    held = {text(row.get("code")) for row in context.target.objects(locales)}
    return frozenset(theirs & held or theirs or held)


def _resource(begin: str, space: str, environment: str | None, rest: str) -> str:
    return f"{begin}{space}{f'/environments/{environment}' if environment else ''}{rest}"


def _named_steps(definition: JsonObject) -> Iterator[tuple[str, str]]:
    """Ids and names of the steps of a workflow definition; a further one of a name is told apart by its number."""
    seen = Counter[str]()
    for step in objects(definition.get("steps")):
        name = text(step.get("name"))
        seen[name] += 1
        yield text(step.get("id")), name if seen[name] == 1 else f"{name} ({seen[name]})"
