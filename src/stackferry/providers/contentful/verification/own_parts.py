"""What people set of an object, in the words of one side: what is compared. What the service sets is left out. Pure.

Of `sys` only what is listed here is compared; states, live bodies and bytes are compared by modules of their own. Null,
empty and absent are one value, but in parameters, and within the values of fields, which are compared exactly: a field
that is null in a locale, or has none, has no value there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, epoch_seconds, nested, objects, text
from stackferry.providers.contentful import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.verification.terms import Terms

    View = Callable[[JsonObject, Terms], JsonObject]

# What of `sys` people decide, by kind. Of everything else the service does.
_SYS: Final[Mapping[str, tuple[str, ...]]] = {
    "entries": ("contentType",),
    "published_entries": ("contentType",),
    "release_entries": ("contentType",),
    "tags": ("visibility",),
    "releases": ("schemaVersion",),
    "scheduled_actions": ("status",),
    "workflows": ("entity", "workflowDefinition"),
    "tasks": ("parentEntity",),
    "comments": ("parentEntity", "parent"),
    "app_installations": ("appDefinition",),
    "editor_interfaces": ("contentType",),
}
# Members that are kept as they are, empty values too, wherever they stand.
_EXACT: Final = frozenset({"parameters"})
_OF_FIELDS: Final[JsonObject] = {
    "localized": False,
    "required": False,
    "disabled": False,
    "omitted": False,
    "deleted": False,
}
_OF_LOCALES: Final[JsonObject] = {
    "optional": False,
    "default": False,
    "contentManagementApi": True,
    "contentDeliveryApi": True,
}
_NOT_OF_TASKS: Final = frozenset({"commentsCount"})


def own_parts(kind: str, record: JsonObject, terms: Terms) -> JsonObject:
    """What is compared of a record."""
    body: JsonObject = {name: value for name, value in record.items() if name != "sys"}
    sys = as_object(record.get("sys"))
    chosen: JsonObject = {name: sys[name] for name in _SYS.get(kind, ()) if name in sys}
    if chosen:
        body["sys"] = chosen
    if kind in _DOCUMENTS:
        of_type = text(nested(sys, "contentType", "sys", "id"))
        fields = terms.fields(as_object(body.pop("fields", None)), of_type)
        body = {**as_object(terms.of(body)), "fields": fields}
    else:
        body = as_object(terms.of(body))
    shaped = _VIEWS[kind](body, terms) if kind in _VIEWS else body
    return without_empty(shaped, but=frozenset({"fields"}) if kind in _DOCUMENTS else frozenset())


def without_empty(value: JsonObject, *, but: frozenset[str] = frozenset()) -> JsonObject:
    """An object without what is null or empty, at any depth; the members `but` of it are kept as they are."""
    found: JsonObject = {}
    for name, item in value.items():
        kept = item if name in but or name in _EXACT else _filled(item)
        if kept is not None and kept not in ("", [], {}):
            found[name] = kept
    return found


def _filled(value: Json) -> Json:
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return without_empty(value) if isinstance(value, dict) else value


def _with_defaults(row: JsonObject, defaults: JsonObject) -> JsonObject:
    """A row without what is as it would be without it."""
    return {name: value for name, value in row.items() if name not in defaults or value != defaults[name]}


def _sorted(items: Json) -> list[Json]:
    """The items of a list whose order means nothing."""
    return sorted(as_list(items), key=exact_json.dumps)


# --- one view for each kind ---


def _locale(body: JsonObject, terms: Terms) -> JsonObject:
    fallback = text(body.get("fallbackCode"))
    named: JsonObject = {
        "code": terms.locale(text(body.get("code"))),
        "fallbackCode": terms.locale(fallback) if fallback else None,
    }
    return {
        name: value
        for name, value in {**_with_defaults(body, _OF_LOCALES), **named}.items()
        if name != "internal_code"
    }


def _document(body: JsonObject, terms: Terms) -> JsonObject:
    """An entry or an asset: fields by locale, those that have a value; tags and concepts in any order."""
    by_locale = ((name, _values(values, terms)) for name, values in as_object(body.get("fields")).items())
    fields: JsonObject = {name: values for name, values in by_locale if values != {}}
    metadata = as_object(body.get("metadata"))
    unordered: JsonObject = {
        name: _sorted(metadata.get(name)) for name in ("tags", "concepts") if name in metadata
    }
    return {**body, "fields": fields, "metadata": {**metadata, **unordered}}


def _values(values: Json, terms: Terms) -> Json:
    """The values of a field by the target's locales; null is no value."""
    if not isinstance(values, dict):
        return values
    return {terms.locale(code): value for code, value in values.items() if value is not None}


def _asset(body: JsonObject, terms: Terms) -> JsonObject:
    """An asset without what the service makes of its files, which are compared by their bytes."""
    found = _document(body, terms)
    fields = as_object(found["fields"])
    files: JsonObject = {
        code: _file(value) if isinstance(value, dict) else value
        for code, value in as_object(fields.get("file")).items()
    }
    return {**found, "fields": {**fields, "file": files} if files else fields}


def _file(file: JsonObject) -> JsonObject:
    """Name and type of a file, and how far it is: processed, still to be, or to be fetched from an address."""
    kept: JsonObject = {
        name: value for name, value in file.items() if name not in ("url", "details", "uploadFrom")
    }
    if text(file.get("url")):
        return {**kept, "processed": True}
    return {**kept, "uploadFrom": True} if file.get("uploadFrom") else kept


def _content_type(body: JsonObject, terms: Terms) -> JsonObject:
    """A type: what a field has without being told, defaults by locale, the spaces that resource links may name."""
    fields = [_field(field, terms) for field in objects(body.get("fields"))]
    return {**body, "fields": [*fields]}


def _field(field: JsonObject, terms: Terms) -> JsonObject:
    rest: JsonObject = {name: value for name, value in field.items() if name != "defaultValue"}
    found = as_object(_renamed_spaces(_with_defaults(rest, _OF_FIELDS), terms))
    if isinstance(items := found.get("items"), dict):
        found = {**found, "items": _with_defaults(items, _OF_FIELDS)}
    defaults = field.get("defaultValue")
    if not isinstance(defaults, dict):
        return found if defaults is None else {**found, "defaultValue": defaults}
    return {**found, "defaultValue": {terms.locale(code): value for code, value in defaults.items()}}


def _renamed_spaces(value: Json, terms: Terms) -> Json:
    """Rules of a type with the sources in these terms that they allow links to."""
    if isinstance(value, list):
        return [_renamed_spaces(item, terms) for item in value]
    if isinstance(value, dict):
        return {
            name: terms.resource(item)
            if name == "source" and isinstance(item, str)
            else _renamed_spaces(item, terms)
            for name, item in value.items()
        }
    return value


def _release(body: JsonObject, terms: Terms) -> JsonObject:
    """A release of either generation: its items by what they name, in any order."""
    items: list[JsonObject] = [
        item if "entity" in item else {"entity": item} for item in objects(nested(body, "entities", "items"))
    ]
    generation = nested(body, "sys", "schemaVersion") or "Release.v1"
    shown: list[Json] = [_release_item(item, terms) for item in items]
    entities = as_object(body.get("entities"))
    around: JsonObject = {name: value for name, value in entities.items() if name not in ("sys", "items")}
    # By name: an item of the same entity is the same item wherever it stands.
    by_entity: JsonObject = {}
    for item in objects(shown):
        entity = nested(item, "entity", "sys")
        by_entity[f"{text(nested(entity, 'linkType'))} {text(nested(entity, 'id'))}"] = item
    return {**body, "sys": {"schemaVersion": generation}, "entities": {**around, "items": by_entity}}


def _release_item(item: JsonObject, terms: Terms) -> JsonObject:
    """An item: whole, with its action; or by locale, those that are to be live and those that are not.

    Spaces that publish whole documents take the first, others the second, which says the same where it names all
    locales on one side. A locale that only one of two places has is not compared.
    """
    found = {**item}
    for name in ("add", "remove"):
        if told := as_object(nested(item, name, "fields")):
            found[name] = {**as_object(item[name]), "fields": _in_terms(told, terms)}
    add, remove = (as_list(nested(found, name, "fields", "*")) for name in ("add", "remove"))
    if bool(add) is bool(remove) or not terms.codes <= {*map(text, (*add, *remove))}:
        return found
    whole: JsonObject = {name: value for name, value in found.items() if name not in ("add", "remove")}
    return {**whole, "action": "publish" if add else "unpublish"}


def _in_terms(fields: JsonObject, terms: Terms) -> JsonObject:
    """Lists of locales, sorted, in the terms of the other side."""
    return {
        field: _common(listed, terms) if isinstance(listed, list) else listed
        for field, listed in fields.items()
    }


def _common(codes: list[Json], terms: Terms) -> list[Json]:
    named = [terms.locale(text(code)) for code in codes]
    return _sorted([code for code in named if not terms.codes or code in terms.codes])


def _schedule(body: JsonObject, terms: Terms) -> JsonObject:
    """A scheduled action: its time as an instant."""
    del terms
    when = as_object(body.get("scheduledFor"))
    at = epoch_seconds(text(when.get("datetime")))
    shown: Json = when.get("datetime") if at is None else int(at) if at.is_integer() else at
    return {**body, "scheduledFor": {**when, "datetime": shown}}


def _workflow_definition(body: JsonObject, terms: Terms) -> JsonObject:
    """A definition whose steps go by their names: the service gives each an id of its own."""
    steps = objects(body.get("steps"))
    shown = [
        _step_names({name: value for name, value in step.items() if name != "id"}, terms) for step in steps
    ]
    rest: JsonObject = {name: value for name, value in body.items() if name != "steps"}
    return {**as_object(_step_names(rest, terms)), "steps": shown}


def _workflow(body: JsonObject, terms: Terms) -> JsonObject:
    """A workflow by the name of its step; which step was before it is history."""
    step = text(body.get("stepId"))
    rest: JsonObject = {name: value for name, value in body.items() if name != "previousStepId"}
    return {**rest, "stepId": terms.steps.get(step, step)}


def _step_names(value: Json, terms: Terms) -> Json:
    if isinstance(value, list):
        return [_step_names(item, terms) for item in value]
    if isinstance(value, dict):
        return {name: _step_names(item, terms) for name, item in value.items()}
    return terms.steps.get(value, value) if isinstance(value, str) else value


def _ui_config(body: JsonObject, terms: Terms) -> JsonObject:
    """Saved views; how the space publishes is its own."""
    del terms
    return {name: value for name, value in body.items() if name != "publish"}


def _role(body: JsonObject, terms: Terms) -> JsonObject:
    """A role: the locales that the paths of its policies name in these terms."""
    return {**body, "policies": _policy_paths(body.get("policies"), terms)}


def _policy_paths(value: Json, terms: Terms) -> Json:
    if isinstance(value, list):
        return [_policy_paths(item, terms) for item in value]
    if not isinstance(value, dict):
        return value
    found: JsonObject = {name: _policy_paths(item, terms) for name, item in value.items()}
    path = text(value.get("doc")).split(".")
    if len(path) == 3 and path[0] == "fields":  # "fields.FIELD.LOCALE", each of which may be "%" for any
        found["doc"] = ".".join([*path[:2], terms.locale(path[2])])
    return found


def _concept(body: JsonObject, terms: Terms) -> JsonObject:
    """A concept: what it belongs to in any order. Its schemes are derived from their members."""
    del terms
    unordered: JsonObject = {name: _sorted(body.get(name)) for name in ("broader", "related") if name in body}
    return {
        name: value
        for name, value in {**body, **unordered}.items()
        if name not in ("conceptSchemes", "narrower")
    }


def _scheme(body: JsonObject, terms: Terms) -> JsonObject:
    del terms
    unordered: JsonObject = {
        name: _sorted(body.get(name)) for name in ("concepts", "topConcepts") if name in body
    }
    return {name: value for name, value in {**body, **unordered}.items() if name != "totalConcepts"}


def _task(body: JsonObject, terms: Terms) -> JsonObject:
    del terms
    return {name: value for name, value in body.items() if name not in _NOT_OF_TASKS}


_DOCUMENTS: Final = frozenset(
    {
        *("entries", "published_entries", "release_entries", "entry_snapshots"),
        *("assets", "published_assets", "release_assets"),
    }
)
_VIEWS: Final[Mapping[str, View]] = {
    **dict.fromkeys(_DOCUMENTS, _document),
    **dict.fromkeys(("assets", "published_assets", "release_assets"), _asset),
    **dict.fromkeys(("content_types", "published_content_types", "content_type_snapshots"), _content_type),
    kinds.LOCALES.name: _locale,
    kinds.RELEASES.name: _release,
    kinds.SCHEDULED_ACTIONS.name: _schedule,
    kinds.WORKFLOW_DEFINITIONS.name: _workflow_definition,
    kinds.WORKFLOWS.name: _workflow,
    kinds.UI_CONFIG.name: _ui_config,
    kinds.ROLES.name: _role,
    kinds.CONCEPTS.name: _concept,
    kinds.CONCEPT_SCHEMES.name: _scheme,
    kinds.TASKS.name: _task,
}
