"""Which records of a system are documents that a transform may change, and what of them it may not.

A document is what people write: an entry or an asset in each version and language, a release with its definition.
A system without a table of documents (`HasDocuments`) takes no transforms.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from stackferry.model import JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.transform import About

Path: TypeAlias = tuple[str, ...]
"""The names of the objects that a value lies in, then its own."""


FieldFacts: TypeAlias = tuple[str, str]
"""The name of a field, and its type as the system calls it."""


class Role(Enum):
    """What a kind is to a transform."""

    DOCUMENT = auto()  # every transform sees it
    SCHEMA = auto()  # describes fields: seen by a transform that renames them
    ECHO = auto()  # repeats something of a document, such as its title in a release


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind that transforms see.

    `path`: where in a record the document stands; empty: the record is one. `fields`: where in a document its fields
    stand. `fixed`: what of a document no transform may change. `is_main`: what belongs to a document of this kind is
    left out with it.
    """

    role: Role = Role.DOCUMENT
    path: Path = ()
    fields: Path = ()
    fixed: tuple[Path, ...] = ()
    is_main: bool = False


class Documents(Protocol):
    """The documents of one system."""

    kinds: Mapping[str, DocumentKind]
    kept_names: frozenset[str]
    """Names below which nothing is content: what identifies an object, or links to another."""
    describing: frozenset[str]
    """The kinds that tell which fields there are; every run reads them before the documents."""
    other_names: frozenset[str]
    """Names that documents hold and no record of `describing` tells: of assets, of rich text, of what ran."""
    needed_names: frozenset[str]
    """Fields without which the system takes no document, or takes it for something else."""

    def belongs_to(self, stream: Stream, record: JsonObject) -> str:
        """Names the document that a record is a part of, or that it is itself; empty for what stands alone."""

    def files_of(self, record: JsonObject) -> Iterator[str]:
        """The uids of those records of `files` that a document names, where several documents may share one."""

    def titles(self, store: RecordStore, stream: Stream, document: JsonObject) -> Collection[Path]:
        """Where a document says what people call it. A path to an object means each of its values."""

    def names_of_type(
        self, store: RecordStore, stream: Stream, document: JsonObject, field_types: Collection[str]
    ) -> frozenset[str]:
        """The names of a document's fields that are of one of these types, as the system calls types."""

    def field_facts(self, store: RecordStore) -> Mapping[str, frozenset[FieldFacts]]:
        """The fields of each content type, at any depth; nothing of a system without content types."""

    def about(self, system: str, stream: Stream, document: JsonObject, uid: str) -> About:
        """What a document is; `uid` is the key of its record, `system` the scheme of its place."""

    def with_renamed_field(self, document: JsonObject, old: str, new: str) -> JsonObject:
        """A document of the role SCHEMA in which a field has another name. Raises UsageError where it cannot."""


@runtime_checkable
class HasDocuments(Protocol):
    """A system whose documents transforms may change."""

    @property
    def documents(self) -> Documents: ...
