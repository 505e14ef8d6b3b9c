"""The kinds of record that a stack and its snapshot consist of: one table, in dependency order.

To add an ordinary kind, one whose objects are listed at once and each made by one write:

1. Add a row to `KINDS`, after what its objects refer to.
2. Add its stage in `importing/plan`, and a payload function in `importing/simple_kinds` that rewrites its references.
3. If what the target answers is more than what was written, add a view in `verification/objects`.

Entries, assets and release items have code of their own. API pages: the sections of the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from stackferry import exact_json
from stackferry.json_values import integer, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import JsonObject

Number: TypeAlias = Callable[["JsonObject"], int]

# What the service sets itself in every kind.
SERVICE_KEYS = frozenset((
    "ACL", "SYS_ACL", "_branch", "_version", "api_key", "app_user_object_uid", "created_at", "created_by",
    "deleted_at", "deleted_by", "org_uid", "stackHeaders", "uid", "updated_at", "updated_by", "urlPath",
))  # fmt: skip
_NEVER_CHANGED = frozenset(("uid", "code", "entity_uid", "extension_uid", "locale"))
# A release may hold the same entry once for each language, variant and action.
_ITEM_KEY = ("content_type_uid", "uid", "locale", "variant_id", "action")


def _version(record: JsonObject) -> int:
    return integer(record.get("_version")) or 0


def item_key(item: JsonObject) -> str:
    """What tells one item of a release from another."""
    return "\0".join(text(item.get(name)) for name in _ITEM_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record. A column that a row leaves out has the value that most kinds have."""

    name: str

    # Requests. Objects are made at `path`, in which `{...}` is the uid of the object that they lie in. An answer holds
    # a list of them under `list_key`, or one under `object_key`. Where `listed`, `path` and `list_key` default to the
    # name.
    path: str = ""
    list_key: str = ""
    object_key: str = ""
    path_field: str = "uid"  # the field that names an object in a path
    listing: str = ""  # where the kind is listed, if not at `path`
    params: tuple[tuple[str, str], ...] = ()  # of a listing
    headers: tuple[tuple[str, str], ...] = ()  # of listings and writes
    listed: bool = False  # one listing holds all objects, and needs nothing that another one gives
    owner_key: str = (
        ""  # listed for each object of the kind `part_of`, whose uid a record holds under this key
    )
    optional: bool = True  # a service or a token without this kind leaves a gap
    one_write: bool = True  # an import takes one write for each object

    # Snapshot. `key_fields` and `number` tell a record from every other of its stream; `a/b` is a field of an object.
    key_fields: tuple[str, ...] = ("uid",)
    number: Number = lambda _: 0
    sort_key: str = "uid"  # the field that a listing is sorted by; empty where the service cannot
    may_hold_credentials: bool = False
    left_out: frozenset[str] = frozenset()  # fields that are no part of the object, and are not kept

    # What an import is asked for.
    part_of: str = ""  # the kind that this one is imported with
    selectable: bool = True  # `--only` can name it
    is_content: bool = False  # a target that holds any is written to only when that is asked for

    # Comparison and matching.
    is_compared: bool = False  # field by field, as the columns below say
    match_fields: tuple[str, ...] = ("name",)  # by which a person recognises an object in another stack
    parent: str = ""  # the field that names the object of the same kind that this one lies in
    service_keys: frozenset[str] = SERVICE_KEYS  # neither written nor compared
    # The kind whose names or uids a field holds; `a.b` is a field of an object, or of each object in a list.
    refers_to: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_fixed_key(self) -> bool:
        """Whether nobody can change the fields by which an object is recognised."""
        return _NEVER_CHANGED.issuperset(self.match_fields)

    def __post_init__(self) -> None:
        if self.listed:
            object.__setattr__(self, "path", self.path or f"/{self.name}")
            object.__setattr__(self, "list_key", self.list_key or self.name)

    def key(self, record: JsonObject) -> str:
        """What a record is called in its stream: most often its uid."""
        return "\0".join([text(nested(record, *name.split("/"))) for name in self.key_fields])

    def parent_of(self, row: JsonObject) -> str:
        """The uid of the object of the same kind that this one lies in, if any."""
        held = row.get(self.parent)
        return text(held[0] if isinstance(held, list) and held else held)

    def kept(self, document: JsonObject) -> JsonObject:
        """The document as a snapshot keeps it."""
        if self.left_out.isdisjoint(document):
            return document
        return {name: value for name, value in document.items() if name not in self.left_out}

    def own_fields(self, document: JsonObject) -> JsonObject:
        """The document without what the service sets itself."""
        return {name: value for name, value in document.items() if name not in self.service_keys}


LOCALES = Kind(
    name="locales",
    object_key="locale",
    path_field="code",
    listed=True,
    optional=False,
    one_write=False,  # every stack is created with its master locale
    key_fields=("code",),
    sort_key="code",
    match_fields=("code",),
    refers_to={"code": "locales", "fallback_locale": "locales"},
    is_compared=True,
)
ENVIRONMENTS = Kind(
    name="environments",
    object_key="environment",
    path_field="name",
    listed=True,
    may_hold_credentials=True,
    refers_to={"name": "environment_names", "urls.locale": "locales"},
    is_compared=True,
)
TAXONOMIES = Kind(
    name="taxonomies",
    object_key="taxonomy",
    listed=True,
    params=(("include_publish_details", "true"),),
    match_fields=("uid",),
    service_keys=SERVICE_KEYS - {"uid"}
    | {"terms_count", "referenced_terms_count", "referenced_entries_count", "locale"},
    is_compared=True,
)
TERMS = Kind(
    name="terms",
    path="/taxonomies/{taxonomy}/terms",
    list_key="terms",
    object_key="term",
    owner_key="taxonomy",
    one_write=False,  # one request imports all terms of a taxonomy that the target lacks
    params=(("depth", "0"), ("include_order", "true")),  # all levels; without it only the first
    key_fields=("taxonomy", "term/uid"),
    part_of="taxonomies",
    match_fields=("uid",),
    parent="parent_uid",
    service_keys=SERVICE_KEYS - {"uid"}
    | {"taxonomy_uid", "depth", "children_count", "referenced_entries_count", "ancestors", "locale"},
    is_compared=True,
)
TRANSLATIONS = Kind(
    name="translations",
    one_write=False,  # one request imports all names of a taxonomy in a language
    key_fields=("taxonomy", "locale", "term"),
    part_of="taxonomies",
    selectable=False,
)
EXTENSIONS = Kind(
    name="extensions", object_key="extension", listed=True, may_hold_credentials=True, match_fields=("title", "type"),
    is_compared=True,
)  # fmt: skip
GLOBAL_FIELDS = Kind(
    name="global_fields",
    object_key="global_field",
    listed=True,
    optional=False,
    headers=(("api_version", "3.2"),),  # without it nested global fields are refused
    may_hold_credentials=True,
    is_content=True,
    match_fields=("uid",),
    service_keys=SERVICE_KEYS - {"uid"} | {"maintain_revisions", "inbuilt_class", "last_activity"},
    is_compared=True,
)
CONTENT_TYPES = Kind(
    name="content_types",
    object_key="content_type",
    listed=True,
    optional=False,
    params=(("include_global_field_schema", "true"),),
    may_hold_credentials=True,
    is_content=True,
    match_fields=("uid",),
    service_keys=SERVICE_KEYS - {"uid"}
    | {"maintain_revisions", "inbuilt_class", "last_activity", "abilities", "DEFAULT_ACL"},
    is_compared=True,
)
FOLDERS = Kind(
    name="folders",
    path="/assets/folders",
    list_key="assets",
    object_key="asset",
    listing="/assets",
    params=(("query", '{"is_dir":true}'),),
    part_of="assets",
    is_content=True,
    match_fields=("name", "parent_uid"),
    parent="parent_uid",
    is_compared=True,
)
ASSETS = Kind(
    name="assets",
    path="/assets",
    list_key="assets",
    object_key="asset",
    optional=False,
    one_write=False,  # one for each version that is imported
    is_content=True,
    service_keys=SERVICE_KEYS | {"_asset_scan_status", "dimension"},
)
ASSET_VERSIONS = Kind(
    name="asset_versions", one_write=False, number=_version, part_of="assets", selectable=False
)
FILES = Kind(
    name="files",
    one_write=False,
    number=lambda record: integer(record.get("version")) or 0,
    part_of="assets",
    selectable=False,
)
ENTRIES = Kind(
    name="entries",
    path="/content_types/{content_type}/entries",
    list_key="entries",
    object_key="entry",
    optional=False,
    one_write=False,  # one for each version of each language that is imported
    is_content=True,
)
VERSIONS = Kind(name="versions", one_write=False, number=_version, part_of="entries", selectable=False)
HISTORY = Kind(
    name="history",
    one_write=False,
    number=lambda record: _version(next(iter(objects(record.get("versions"))), {})),
    part_of="entries",
    selectable=False,
)
ROLES = Kind(
    name="roles",
    object_key="role",
    listed=True,
    params=(("include_rules", "true"),),
    may_hold_credentials=True,
    # The stack with its master key, a person's address, and what the service computes from the rules.
    left_out=frozenset({"stack", "owner", "permissions"}),
    refers_to={
        "rules.environments": "environments",
        "rules.locales": "locale_uids",
        "rules.assets": "assets",
        "rules.folders": "folders",
        "rules.entries": "entries",
        "rules.taxonomies": "taxonomies",
        "rules.labels": "labels",
    },
    service_keys=SERVICE_KEYS | {"owner", "stack", "permissions", "users", "roles"},
    is_compared=True,
)
WORKFLOWS = Kind(
    name="workflows",
    object_key="workflow",
    listed=True,
    may_hold_credentials=True,
    refers_to={"branches": "branches", "workflow_stages.SYS_ACL.roles.uids": "roles"},
    is_compared=True,
)
PUBLISH_RULES = Kind(
    name="publish_rules",
    path="/workflows/publishing_rules",
    list_key="publishing_rules",
    object_key="publishing_rule",
    listed=True,
    may_hold_credentials=True,
    match_fields=("environment", "workflow", "workflow_stage", "locales", "content_types"),
    refers_to={
        "environment": "environments",
        "workflow": "workflows",
        "workflow_stage": "stages",
        "locales": "locales",
        "approvers.roles": "roles",
        "branches": "branches",
    },
    is_compared=True,
)
LABELS = Kind(
    name="labels",
    object_key="label",
    listed=True,
    may_hold_credentials=True,
    refers_to={"parent": "labels"},
    parent="parent",
    is_compared=True,
)
METADATA = Kind(
    name="metadata",
    object_key="metadata",
    listed=True,
    params=(("include_publish_details", "true"),),
    selectable=False,  # it comes with its entries and assets
    match_fields=("entity_uid", "extension_uid", "locale"),
    refers_to={
        "entity_uid": "documents",
        "extension_uid": "extensions",
        "locale": "locales",
        "refers_to.entry_uid": "entries",
        "refers_to.branch": "branches",
        "refers_to.api_key": "stacks",
        "publish_details.environment": "environments",
        "publish_details.locale": "locales",
    },
    service_keys=SERVICE_KEYS | {"is_published", "scope"},
    is_compared=True,
)
VARIANT_GROUPS = Kind(
    name="variant_groups", object_key="variant_group", listed=True, refers_to={"branches": "branches"},
    service_keys=SERVICE_KEYS | {"variant_count"}, is_compared=True,
)  # fmt: skip
VARIANTS = Kind(name="variants", key_fields=("uid", "variant/_variant/_uid"))
RELEASES = Kind(
    name="releases",
    object_key="release",
    listed=True,
    params=(("include_items_count", "true"),),
    headers=(("release_version", "2.0"),),
    is_content=True,
    service_keys=SERVICE_KEYS
    | {"status", "items", "items_count", "sys_version", "sys_locked", "_deploy_latest", "locked", "tags"},
    is_compared=True,
)
RELEASE_ITEMS = Kind(
    name="release_items",
    path="/releases/{release}/items",
    list_key="items",
    object_key="item",
    owner_key="release",
    optional=False,
    headers=RELEASES.headers,
    one_write=False,  # 25 of them take one
    sort_key="",
    key_fields=("release", *(f"item/{name}" for name in _ITEM_KEY)),
    part_of="releases",
    selectable=False,
)
SCHEDULES = Kind(name="schedules", one_write=False, selectable=False)
WEBHOOKS = Kind(
    name="webhooks", object_key="webhook", listed=True, may_hold_credentials=True, is_compared=True
)
STACK_SETTINGS = Kind(  # one record, a note of how the stack was set; what is left out is the service's, a secret too
    name="stack_settings", path="/stacks/settings", object_key="stack_settings", one_write=False, selectable=False,
    may_hold_credentials=True, key_fields=(), left_out=frozenset({"discrete_variables"}),
)  # fmt: skip

KINDS = (
    LOCALES, ENVIRONMENTS, TAXONOMIES, TERMS, TRANSLATIONS, EXTENSIONS, GLOBAL_FIELDS, CONTENT_TYPES, FOLDERS,
    ASSETS, ASSET_VERSIONS, FILES, ENTRIES, VERSIONS, HISTORY, METADATA, ROLES, WORKFLOWS, PUBLISH_RULES,
    LABELS, VARIANT_GROUPS, VARIANTS, RELEASES, RELEASE_ITEMS, SCHEDULES, WEBHOOKS, STACK_SETTINGS,
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
# Of these the branches of a stack have the same objects; of all others each branch has its own.
SHARED = frozenset(
    ("environments", "taxonomies", "terms", "translations", "roles", "workflows", "publish_rules", "webhooks")
)
# Objects that lie in others and have uids of their own: in which kind, and under which key.
MEMBERS = {"stages": ("workflows", "workflow_stages"), "variants": ("variant_groups", "variants")}


def record_key(kind: str, record: JsonObject) -> tuple[str, int]:
    """What tells a record from every other of its stream: a text and a number, most often a uid and 0."""
    row = BY_NAME.get(kind)
    if row is None:  # of a later version: only the whole record tells it from every other
        return exact_json.dumps(record).decode("utf-8", "surrogatepass"), 0
    return row.key(record), row.number(record)


def with_parts(names: Iterable[str]) -> frozenset[str]:
    """These kinds, and those that are parts of them: an asset comes with its folder, a taxonomy with its terms."""
    selected = frozenset(names)
    parts = {kind.name for kind in KINDS if kind.part_of in selected}
    return selected | parts | ({METADATA.name} if selected & {"entries", "assets"} else set())


def kind_of_metadata(row: JsonObject) -> str:
    """The kind of the object that a record of metadata belongs to. By default it is an asset."""
    return "entries" if row.get("type") == "entry" else "assets"
