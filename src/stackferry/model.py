"""The vocabulary: values that all packages use.

Frozen, comparable, free of I/O. Nothing here may know a vendor, a file or a socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"
TYPE_KEY: Final = (
    "content_type"  # the key of an object's type in reports, whatever the system: scripts rely on it
)
Row: TypeAlias = "tuple[Any, ...]"  # of a table: numbers, texts, bytes
Rank: TypeAlias = tuple[
    int, int
]  # lower is more urgent: the place of a stage in its plan, of a step in its stage


class Budget(StrEnum):
    """What a request is counted as. The system declares which limits each budget spends (`core/rates.py`)."""

    READ = "read"
    WRITE = "write"
    BULK = "bulk"
    ASSET = "asset"  # bytes from the delivery network: not limited by the API


BUDGETS: Final = ("read", "write", "bulk", "asset", "retried")
"""What a report counts requests by; `retried`: how many of all were sent again."""


def offline_json(objects: Mapping[str, int], gaps: Iterable[JsonObject] = ()) -> JsonObject:
    """What every report has, of an operation that asks nothing online."""
    return {"objects": {**objects}, "gaps": [*gaps], "requests": dict.fromkeys(BUDGETS, 0), "seconds": 0.0}


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field of a multipart form. A `Path` as content is streamed from disk."""

    name: str
    content: bytes | Path
    filename: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One API call, before any host or credential is known.

    `path` begins with "/" and is percent-encoded; for `Budget.ASSET` it is an absolute URL, as content holds it.
    `origin` names another origin of the same place that the system declares, such as its upload host; empty is the
    place's own. Only declared origins receive the credential.
    At most one of these is sent: `body`, bytes of `media_type`; `file`, streamed from disk as it is, of `media_type`;
    `parts`, a multipart form.
    `repeatable` says that sending it twice does what sending it once does: only then may it be sent again after its
    answer was lost.
    `signature` is appended to the address as its query: of a file that only a signed address gives.
    `rank`: of the requests that wait for their budget's limit the one of the lowest rank leaves first.
    """

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    signature: Secret | None = None
    headers: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    body: bytes | None = None
    file: Path | None = None
    parts: tuple[FormPart, ...] = ()
    media_type: str = "application/json"
    budget: Budget = Budget.READ
    repeatable: bool = True
    rank: Rank = (0, 0)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, complete: its body was received to the last announced byte."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Stream(NamedTuple):
    """Records that belong together, in one JSON-lines file of a snapshot (docs/format.md).

    A kind whose objects have types and languages has a stream for each pair of them; `type` and `locale` are empty
    for every other kind.
    """

    kind: str
    type: str = ""
    locale: str = ""

    def as_json(self) -> JsonObject:
        """The stream as a manifest and a report name it; what is empty is left out."""
        facts = {"kind": self.kind, TYPE_KEY: self.type, "locale": self.locale}
        return {name: value for name, value in facts.items() if value}

    @classmethod
    def from_json(cls, facts: JsonObject) -> Stream:
        """The stream that `as_json` named."""
        return cls(*(str(facts.get(name, "")) for name in ("kind", TYPE_KEY, "locale")))


HEAD = Stream(".manifest")
"""One record with the uid "": what is known of a whole store. Of a snapshot it is the manifest."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a stream: a line of a snapshot's file.

    `uid` and `number` are its key: no two records of a stream share one, and the file is sorted by `uid` (by code
    points), then by `number`. Where a system's ids are integers, `uid` is `integer_key(id)`.
    """

    uid: str
    body: JsonObject
    number: int = 0


def integer_key(number: int) -> str:
    """The `uid` of a record whose id is an integer from 0 to 2**63 - 1. Such texts sort as numbers do: 2 before 10."""
    return f"{number:019}"  # 2**63 - 1 has 19 digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that the source has and the snapshot or the target does not, and why.

    Gaps are data: they are written to the manifest, shown in the report and turn exit code 0 into 3."""

    kind: str
    uid: str
    reason: str
    type: str = ""
    locale: str = ""
    path: str = ""

    @classmethod
    def from_json(cls, facts: JsonObject) -> Gap:
        """The gap that `as_json` told."""
        stream = Stream.from_json(facts)
        uid, reason, path = (str(facts.get(name, "")) for name in ("uid", "reason", "path"))
        return cls(
            kind=stream.kind, uid=uid, reason=reason, type=stream.type, locale=stream.locale, path=path
        )

    @property
    def key(self) -> str:
        """What makes this gap one and the same wherever it is found again."""
        told = f"{self.kind}\0{self.type}\0{self.locale}\0{self.uid}\0{self.path}\0{self.reason}"
        return told.encode("utf-8", "backslashreplace").decode()  # no store takes half a surrogate pair

    def as_json(self) -> JsonObject:
        facts = {
            "kind": self.kind,
            "uid": self.uid,
            TYPE_KEY: self.type,
            "locale": self.locale,
            "path": self.path,
            "reason": self.reason,
        }
        return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that an import did or met, told in a list of the report of its own; it turns no exit code.

    `list` is the name of that list: `restored` for an object that the target's trash gave back, `mapped` for one that
    was made anew under another uid, `conflicts` for one that was edited on both sides, `meanwhile` for one that
    somebody edited during the import, `deployed` for a deployment of the past that is not repeated, `alike`
    for what was taken for the source's although nothing but its content tells it.
    `uid` is the source's, `target` the target's where that is another; `fields` are JSON pointers,
    `labels` what people call these fields.
    """

    list: str
    kind: str
    uid: str
    reason: str
    title: str = ""
    type: str = ""
    locale: str = ""
    target: str = ""
    fields: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @classmethod
    def beside(cls, gap: Gap, name: str, title: str) -> Remark:
        """What a gap says, for the list of that name."""
        return cls(
            list=name,
            kind=gap.kind,
            uid=gap.uid,
            type=gap.type,
            locale=gap.locale,
            title=title,
            reason=gap.reason,
        )

    @property
    def key(self) -> str:
        """What makes it one and the same wherever it is found again."""
        return f"{self.list}\0{self.kind}\0{self.type}\0{self.locale}\0{self.uid}\0{self.reason}"

    def as_json(self) -> JsonObject:
        facts = {
            "kind": self.kind,
            "uid": self.uid,
            "target": self.target,
            TYPE_KEY: self.type,
            "locale": self.locale,
            "title": self.title,
            "reason": self.reason,
        }
        told: JsonObject = {name: value for name, value in facts.items() if value}
        lists: JsonObject = {"fields": [*self.fields], "labels": [*self.labels]}
        return told | {name: value for name, value in lists.items() if value}


REMARKS: Final = ("restored", "mapped", "conflicts", "meanwhile", "deployed", "alike")
"""The lists of remarks, in the order of a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a target has beyond its source, or has otherwise, and an import left as it is.

    It is told, and turns no exit code: the import did what it was asked for. `uids` are those of the target, or of the
    source where the target has nothing; `titles` are theirs, where these are told. `of` is the kind of these objects
    where `kind` does not say it.
    """

    kind: str
    reason: str
    uids: tuple[str, ...]
    titles: tuple[str, ...] = ()
    of: str = ""
    content_type: str = ""
    locale: str = ""
    environment: str = ""
    release: str = ""

    def as_json(self) -> JsonObject:
        facts = {
            "kind": self.kind,
            "of": self.of,
            TYPE_KEY: self.content_type,
            "locale": self.locale,
            "environment": self.environment,
            "release": self.release,
        }
        told: JsonObject = {name: value for name, value in facts.items() if value}
        titles: JsonObject = {"titles": [*self.titles]} if any(self.titles) else {}
        return {**told, "count": len(self.uids), "uids": [*self.uids], **titles, "reason": self.reason}


def is_secure(facts: JsonObject) -> bool:
    """Whether `Place.how_reached` says HTTPS."""
    return facts.get("plain_http") is not True


_LOOPBACK = frozenset({"localhost", "localhost.localdomain"})
_DEFAULT_PORTS = frozenset({"", "80", "443"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where content lives, named by a URL without credentials: `system://key@host/name`.

    `key` is the stack, space or organization; `name` is the branch, environment or project in it. `host` may have a
    port. Not `secure`: plain HTTP. `settings` say how it is reached and are no part of what it is: pairs of a
    name and a value that the system declares.
    """

    system: str
    key: str
    host: str
    name: str
    secure: bool = True
    settings: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The URL, as it can be given again."""
        scheme = self.system if self.secure else f"{self.system}+http"
        return f"{scheme}://{_quoted(self.key)}@{self.host}/{_quoted(self.name)}"

    @property
    def how_reached(self) -> JsonObject:
        """What a manifest says of it beside its names: nothing, but of a place that is reached by plain HTTP."""
        return {} if self.secure else {"plain_http": True}

    def setting(self, name: str) -> str:
        """What is set under a name; empty by default."""
        return dict(self.settings).get(name, "")

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}"

    @property
    def service(self) -> str:
        """Which service it is, whatever its host is spelled like: for comparisons, never for requests."""
        name, colon, port = self.host.lower().rpartition(":")
        if not port.isdecimal():  # no port; a colon may be part of an IPv6 address
            name, colon, port = self.host.lower(), "", ""
        name = name.removesuffix(".")
        if name in _LOOPBACK or name.startswith("127.") or _is_own_address(name):
            name = "localhost"
        return name if port in _DEFAULT_PORTS else f"{name}{colon}{port}"

    @property
    def identity(self) -> str:
        """The same text for every spelling of one place: for locks, state and comparisons."""
        return f"{self.system}://{self.key}@{self.service}/{self.name}"


def _is_own_address(name: str) -> bool:
    """Whether a host is an address at which a machine reaches itself, in any form that resolvers take."""
    if not name.startswith("[") and not name[:1].isdigit():
        return False
    from ipaddress import ip_address  # only here: few places are addresses

    bare = name.strip("[]").partition("%")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        try:
            found = ip_address(_ipv4(bare))
        except ValueError:
            return False
    own = getattr(found, "ipv4_mapped", None) or found
    return bool(own.is_loopback or own.is_unspecified)


def _ipv4(text: str) -> int:
    """The number of an address as resolvers read it: 2130706433, 0x7f.1 and 127.1 are 127.0.0.1. Raises ValueError."""
    bases = (16 if one.startswith("0x") else 8 if one.startswith("0") else 10 for one in text.split("."))
    *first, last = (int(one, base) for one, base in zip(text.split("."), bases, strict=True))
    if len(first) > 3 or any(one > 255 for one in first):
        raise ValueError(text)
    return sum(one << (24 - 8 * place) for place, one in enumerate(first)) + last


def _quoted(part: str) -> str:
    """A part of a URL with blanks and signs of URLs encoded; letters of any script stay readable."""
    return "".join(sign if sign.isalnum() or sign in "-._~/" else quote(sign) for sign in part)


class Secret:
    """A credential that cannot be printed or pickled by accident; `reveal` is the one way to its text.

    It is no dataclass: `dataclasses.asdict` of what holds it would tell the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a secret is made of a text, not of {type(text).__name__}")
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a secret is never pickled")
