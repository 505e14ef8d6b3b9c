"""A transform: what it is called, how it is known again, and what it does to one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stackferry.errors import TransformFailed, UsageError
from stackferry.exact_json import dumps, loads
from stackferry.transforms.documents import Role

if TYPE_CHECKING:
    import re

    from stackferry.model import Json, JsonObject, Stream
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import Documents


class About(NamedTuple):
    """What a document is: its system, the kind of record (as in a snapshot), content type, uid, locale and version.

    What a kind does not have is empty, or 0.
    """

    system: str
    kind: str
    content_type: str
    uid: str
    locale: str
    version: int

    @property
    def label(self) -> str:
        """The document in a message."""
        more = (
            f"of {self.content_type}" if self.content_type else "",
            f"in {self.locale}" if self.locale else "",
            f"version {self.version}" if self.version else "",
        )
        return " ".join(filter(None, [self.kind, self.uid.replace("\0", " / "), *more]))


class Source(NamedTuple):
    """Where documents come from: the table of their system, the records around them, and what is known of these."""

    documents: Documents
    store: RecordStore
    known: dict[object, frozenset[str]]


class Place(NamedTuple):
    """Where one document stands: its source and its stream."""

    source: Source
    stream: Stream


Function: TypeAlias = Callable[..., object]
"""What a user writes: a document and `About` (and options by name) in, a document or None out."""
Change: TypeAlias = "Callable[[JsonObject, About, Place], object]"


class Named(NamedTuple):
    """What a transform's options name of the content that it is for: each must be there. Empty: they name nothing."""

    fields: frozenset[str] = frozenset()
    content_types: frozenset[str] = frozenset()
    field_types: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    made: frozenset[str] = frozenset()  # fields that there are after it
    dropped: frozenset[str] = frozenset()  # those of `fields` that there are not after it
    others: frozenset[str] = frozenset()  # names that documents hold where no type describes them


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform as it was asked for.

    `name` and `options` are public: a manifest names them. `digest` stands for its source, its options and its key:
    another digest is another transform. `roles`: what it is given to see. `named`: what must be there for it; None of a
    function, which may make fields of any name.
    """

    name: str
    digest: str
    change: Change
    options: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[Role] = frozenset({Role.DOCUMENT})
    named: Named | None = None

    def as_json(self) -> JsonObject:
        """The transform as a manifest names it."""
        options: dict[str, Json] = dict(sorted(self.options.items()))
        return {"name": self.name, **({"options": options} if options else {}), "digest": self.digest}

    def applied(self, document: bytes, about: About, place: Place) -> bytes | None:
        """The document, given as JSON, after this transform; None where it leaves it out.

        It is called twice, each time with a document of its own: two results are no result. Raises TransformFailed.
        """
        first, second = (self._called(document, about, place) for _ in range(2))
        if first != second:
            raise self.failed(about, "it gives another result each time; a transform must be deterministic")
        return first

    def _called(self, document: bytes, about: About, place: Place) -> bytes | None:
        try:
            found = self.change(loads(document), about, place)  # type: ignore[arg-type]  # it is an object
            if found is None:
                return None
            if isinstance(found, dict):
                return dumps(found)
        except UsageError:  # of a shipped transform, about its options
            raise
        except (Exception, SystemExit) as error:
            raise self.failed(about, f"{type(error).__name__}: {error}") from error
        raise self.failed(about, f"it gave a {type(found).__name__}, not a document or None")

    def failed(self, about: About, why: str) -> TransformFailed:
        """The error of this transform at one document."""
        return TransformFailed(f"transform {self.name}, {about.label}: {why}")
