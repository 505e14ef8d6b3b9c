"""The documents of a project that transforms may change, and the records that belong to them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import integer, nested
from stackferry.providers.azure_devops.content.field_names import OF_RELEASES
from stackferry.providers.azure_devops.kinds import FILES, KINDS, uid_of
from stackferry.transforms.documents import DocumentKind, Role
from stackferry.transforms.transform import About

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import FieldFacts, Path

_FIXED: Final[tuple[Path, ...]] = (("id",), ("revision",))
_BODY: Final[Path] = ("body",)
_RELEASE: Final[Path] = ("release", "name")
_DEFINITION: Final[Path] = ("releaseDefinition", "name")
# What a person is known by; the id stays, since approvals and rights go by it.
_OF_PEOPLE: Final = frozenset({"displayName", "uniqueName", "mailAddress"})
_OWNERS: Final[Mapping[str, tuple[str, Path]]] = {
    "definition_history": ("definitions", ("definitionId",)),
    "definition_revisions": ("definitions", ("definition",)),
    "definition_snapshots": ("releases", ("release",)),
    "manual_interventions": ("releases", ("release", "id")),
    "deployments": ("releases", ("release", "id")),
    "files": ("releases", ("uid",)),
}


class ProjectDocuments:
    """Releases and definitions, with all that tells of them."""

    kinds: Mapping[str, DocumentKind] = {
        **{kind.name: DocumentKind(role=Role.ECHO) for kind in KINDS if kind is not FILES},
        "definitions": DocumentKind(fixed=_FIXED, is_main=True),
        "definition_revisions": DocumentKind(path=_BODY, fixed=_FIXED),
        "releases": DocumentKind(fixed=_FIXED, is_main=True),
        "definition_snapshots": DocumentKind(path=_BODY, fixed=_FIXED),
        "deleted_definitions": DocumentKind(fixed=_FIXED),
        "deleted_releases": DocumentKind(fixed=_FIXED),
    }
    kept_names = frozenset({"id", "_links", "url", "imageUrl", "descriptor"})
    describing = frozenset({"definitions"})
    other_names = OF_RELEASES
    # What a release is of, what its stages are called, and when they start.
    needed_names = frozenset(
        {
            "name",
            "status",
            "rank",
            "conditions",
            "environments",
            "artifacts",
            "releaseDefinition",
            "deployPhases",
        }
    )

    def belongs_to(self, stream: Stream, record: JsonObject) -> str:
        if stream.kind in ("definitions", "releases"):
            return f"{stream.kind} {uid_of(record.get('id'))}"
        if owner := _OWNERS.get(stream.kind):
            return f"{owner[0]} {uid_of(nested(record, *owner[1]))}"
        return ""

    def files_of(self, record: JsonObject) -> Iterator[str]:
        del record  # files belong to one release each
        return iter(())

    def titles(self, store: RecordStore, stream: Stream, document: JsonObject) -> Collection[Path]:
        del store, document
        if stream.kind in ("manual_interventions", "deployments"):
            return (_RELEASE, _DEFINITION)
        is_named = stream.kind in self.kinds and self.kinds[stream.kind].role is Role.DOCUMENT
        return (("name",), _DEFINITION) if is_named else ()

    def about(self, system: str, stream: Stream, document: JsonObject, uid: str) -> About:
        return About(
            system=system,
            kind=stream.kind,
            content_type="",
            uid=uid.lstrip("0"),
            locale="",
            version=integer(document.get("revision")) or 0,
        )

    def names_of_type(
        self, store: RecordStore, stream: Stream, document: JsonObject, field_types: Collection[str]
    ) -> frozenset[str]:
        del store, stream, document
        if unknown := sorted(set(field_types) - {"identity"}):
            raise UsageError(f"the only type of fields in releases is 'identity', not '{unknown[0]}'")
        return _OF_PEOPLE

    def field_facts(self, store: RecordStore) -> Mapping[str, frozenset[FieldFacts]]:
        del store
        return {}

    def with_renamed_field(self, document: JsonObject, old: str, new: str) -> JsonObject:
        del document
        raise UsageError(
            f"'{old}' cannot be renamed to '{new}': releases have the fields that the service gives them"
        )


DOCUMENTS: Final = ProjectDocuments()
