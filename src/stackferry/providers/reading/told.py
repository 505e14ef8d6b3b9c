"""What a reader tells, and what a system has that brings one. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

    TargetUid: TypeAlias = Callable[[str, str], str | None]
    """The uid on the right side of an object of this kind with this uid on the left."""


class Owner(NamedTuple):
    """An object that changes are about."""

    kind: str
    uid: str
    content_type: str = ""
    locale: str = ""


class Told(NamedTuple):
    """A change of one object as people read it.

    `label` names the field, from the outside in; empty where the object as a whole came or went. `left` and `right` are
    the values in words, None where a side has none. `root`: the path of the text that the change is a part of;
    changes of one object with one root are read together. `locale`: the language of the value, where the path tells.
    `owner`: the object that it is a part of, where that is another one than the change names. `is_live`: it says where
    something is published.
    """

    label: str
    left: str | None = None
    right: str | None = None
    root: str = ""
    locale: str = ""
    owner: Owner | None = None
    is_live: bool = False


class Published(NamedTuple):
    """Where a document is live, in which language and version. `environment` is a name."""

    environment: str
    locale: str = ""
    version: Json = None


class Facts(NamedTuple):
    """What a listing tells of a record besides its `RecordView`. What the system does not have is empty.

    `part_of`: what it lies in, and what it is there, by the names of a row: the release of an item, for example.
    """

    title: str = ""
    url: str = ""
    locale: str = ""
    updated_at: str = ""
    published: Sequence[Published] = ()
    part_of: Mapping[str, Json] = MappingProxyType({})


class Sum(NamedTuple):
    """What is told of a whole snapshot. `rows`: a name and words each; `value`: the same for programs."""

    name: str
    title: str
    rows: Sequence[tuple[str, str]]
    value: Json


class Reader(Protocol):
    """Puts two snapshots, or one of them, into words. `live_kinds`: the kinds whose records can be live."""

    live_kinds: Sequence[str]

    def told(self, row: JsonObject) -> Told:
        """A change, as `Change.as_json` tells it."""

    def whole(self, row: JsonObject, root: str) -> tuple[str | None, str | None]:
        """The text at `root` of a change as both sides have it, a paragraph a line; None where a side has none.

        Without a root it is all of the document.
        """

    def type_name(self, uid: str) -> str:
        """What people call a content type; its uid where nobody says."""

    def facts(self, kind: str, record: JsonObject) -> Facts:
        """What a listing tells of a record of the right side."""

    def releases(self) -> Iterator[str]:
        """The releases of the right side, a line each."""


@runtime_checkable
class SumsUp(Protocol):
    """A reader that tells more of a whole snapshot than how many records it holds."""

    def sums(self, manifest: JsonObject) -> Sequence[Sum]:
        """What else the right side tells, whose manifest this is."""


@runtime_checkable
class ReadsForPeople(Protocol):
    """A system that puts its snapshots into words."""

    def reader(self, left: RecordStore, right: RecordStore, target_uid: TargetUid) -> Reader: ...
