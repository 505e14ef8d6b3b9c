"""The kinds of object that a stack holds, as a table in dependency order.

A row says how a kind is listed, written and recognised again. Entries, assets and releases have rows of
their own shape and code beside this table; everything else is driven by its row alone.
Pages: the Content Management API's sections of the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.values import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject

_SERVICE = frozenset(
    {
        "ACL",
        "SYS_ACL",
        "_branch",
        "_version",
        "api_key",
        "app_user_object_uid",
        "created_at",
        "created_by",
        "deleted_at",
        "deleted_by",
        "org_uid",
        "stackHeaders",
        "uid",
        "updated_at",
        "updated_by",
        "urlPath",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of object.

    `many` and `one` are the keys that hold a list and an object in the service's JSON; `identity` is the
    field that names an object in a path; `natural` the fields by which a person recognises it in another
    stack, of which `refers_to` names those that hold uids (or codes), with the kind whose they are; `parent` the
    field that names the object of the same kind that it lies in; `service_keys` what the service sets itself:
    neither written nor compared.
    """

    name: str
    path: str
    many: str
    one: str
    identity: str = "uid"
    natural: tuple[str, ...] = ("name",)
    refers_to: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    stackwide: bool = False
    optional: bool = True
    listing: str = ""  # where the kind is listed, if not at `path`
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    service_keys: frozenset[str] = _SERVICE

    def parent_of(self, row: JsonObject) -> str:
        """The uid of the object of the same kind that this one lies in, if any."""
        held = row.get(self.parent)
        return text(held[0] if isinstance(held, list) and held else held)


LOCALES = Kind(
    name="locales",
    path="/locales",
    many="locales",
    one="locale",
    identity="code",
    natural=("code",),
    optional=False,
)
ENVIRONMENTS = Kind(
    name="environments",
    path="/environments",
    many="environments",
    one="environment",
    identity="name",
    natural=("name",),
    stackwide=True,
)
TAXONOMIES = Kind(
    name="taxonomies",
    path="/taxonomies",
    many="taxonomies",
    one="taxonomy",
    natural=("uid",),
    stackwide=True,
    service_keys=_SERVICE - {"uid"} | {"terms_count", "referenced_terms_count", "referenced_entries_count"},
)
TERMS = Kind(
    name="terms",
    path="/taxonomies/{taxonomy}/terms",
    many="terms",
    one="term",
    natural=("uid",),
    stackwide=True,
    params=(("depth", "0"),),  # all levels; without it only the first
    service_keys=_SERVICE - {"uid"}
    | {"taxonomy_uid", "depth", "children_count", "referenced_entries_count", "ancestors", "order"},
)
EXTENSIONS = Kind(
    name="extensions", path="/extensions", many="extensions", one="extension", natural=("title", "type")
)
GLOBAL_FIELDS = Kind(
    name="global_fields",
    path="/global_fields",
    many="global_fields",
    one="global_field",
    natural=("uid",),
    optional=False,
    headers=(("api_version", "3.2"),),  # without it nested global fields are refused
    service_keys=_SERVICE - {"uid"} | {"maintain_revisions", "inbuilt_class", "last_activity"},
)
CONTENT_TYPES = Kind(
    name="content_types",
    path="/content_types",
    many="content_types",
    one="content_type",
    natural=("uid",),
    optional=False,
    params=(("include_global_field_schema", "true"),),
    service_keys=_SERVICE - {"uid"}
    | {"maintain_revisions", "inbuilt_class", "last_activity", "abilities", "DEFAULT_ACL"},
)
FOLDERS = Kind(
    name="folders",
    path="/assets/folders",
    many="assets",
    one="asset",
    natural=("name", "parent_uid"),
    listing="/assets",
    params=(("query", '{"is_dir":true}'),),
)
ASSETS = Kind(name="assets", path="/assets", many="assets", one="asset", optional=False)
ENTRIES = Kind(
    name="entries", path="/content_types/{content_type}/entries", many="entries", one="entry", optional=False
)
ROLES = Kind(
    name="roles",
    path="/roles",
    many="roles",
    one="role",
    stackwide=True,
    params=(("include_rules", "true"), ("include_permissions", "true")),
    service_keys=_SERVICE | {"owner", "stack", "users", "roles"},
)
WORKFLOWS = Kind(name="workflows", path="/workflows", many="workflows", one="workflow", stackwide=True)
PUBLISH_RULES = Kind(
    name="publish_rules",
    path="/workflows/publishing_rules",
    many="publishing_rules",
    one="publishing_rule",
    natural=("environment", "workflow", "workflow_stage", "locales", "content_types"),
    refers_to={
        "environment": "environments",
        "workflow": "workflows",
        "workflow_stage": "stages",
        "locales": "locales",
    },
    stackwide=True,
)
LABELS = Kind(name="labels", path="/labels", many="labels", one="label", parent="parent")
VARIANT_GROUPS = Kind(
    name="variant_groups", path="/variant_groups", many="variant_groups", one="variant_group"
)
RELEASES = Kind(
    name="releases",
    path="/releases",
    many="releases",
    one="release",
    params=(("include_items_count", "true"),),
    headers=(("release_version", "2.0"),),
)
RELEASE_ITEMS = Kind(
    name="release_items",
    path="/releases/{release}/items",
    many="items",
    one="item",
    optional=False,
    headers=RELEASES.headers,
)
WEBHOOKS = Kind(name="webhooks", path="/webhooks", many="webhooks", one="webhook", stackwide=True)

KINDS = (
    LOCALES,
    ENVIRONMENTS,
    TAXONOMIES,
    TERMS,
    EXTENSIONS,
    GLOBAL_FIELDS,
    CONTENT_TYPES,
    FOLDERS,
    ASSETS,
    ENTRIES,
    ROLES,
    WORKFLOWS,
    PUBLISH_RULES,
    LABELS,
    VARIANT_GROUPS,
    RELEASES,
    WEBHOOKS,
)
BY_NAME = {kind.name: kind for kind in KINDS}
