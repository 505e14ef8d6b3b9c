"""The plan for global fields and content types: each with its real schema, after what it is made of.

Where types refer to each other in a cycle, the fewest of them are created without those references first and
completed afterwards. Pure.
API pages: "Create a content type", "Update content type", "Create a global field".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import exact_json
from stackferry.core.graph.dependency_order import dependency_order
from stackferry.json_values import as_object, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.added_fields import keeps_added_fields, with_added_fields
from stackferry.providers.contentstack.importing.answers import read_answer
from stackferry.providers.contentstack.importing.entries.second_look import moved_since
from stackferry.providers.contentstack.importing.mirror.fields import removed_fields
from stackferry.providers.contentstack.importing.needed import Needed
from stackferry.providers.contentstack.importing.objects import (
    ObjectWrite,
    Payload,
    contains,
    object_seen,
    promoted_type,
)
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.references.field_rules import find_field_rules, rewrite_field_rules
from stackferry.providers.contentstack.references.lost_fields import REDUCED
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.requests.objects import update_object
from stackferry.providers.contentstack.schema.transform import (
    fields_naming,
    needs,
    outlined,
    rewrite_schema,
    schema_extensions,
    without_references,
)
from stackferry.providers.secrets.redacted import contains_redacted
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.source import RecordStore

# Kinds of identities, by a type's key: it was created without the references into its cycle; it was edited meanwhile.
_CUT = "cut"
EDITED = "types_edited"
# The identity that remembers that this service takes no type that refers to itself before it is there.
_NO_LOOPS = ("service", "types refer to themselves", "no")


@dataclass(frozen=True, slots=True)
class Node:
    """A global field or a content type."""

    kind: Kind
    row: JsonObject

    @property
    def uid(self) -> str:
        return text(self.row.get("uid"))

    @property
    def name(self) -> tuple[str, str]:
        return (self.kind.name, self.uid)

    @property
    def key(self) -> str:
        return "/".join(self.name)

    @property
    def path(self) -> str:
        return f"{self.kind.path}/{quote(self.uid, safe='')}"

    def update(self, body: JsonObject) -> Request:
        return update_object(self.kind, self.path, body)

    def needs(self) -> Iterator[tuple[str, str]]:
        """What the type is made of or refers to: kinds and uids."""
        return needs(self.row)


class TypePlan:
    """The writes of all types of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self.relaxed = set[tuple[str, str]]()
        """Those whose rules are relaxed."""
        self._nodes = [*_nodes(context, kinds.GLOBAL_FIELDS), *_nodes(context, kinds.CONTENT_TYPES)]
        made = (node for node in self._nodes if context.identity.target(*node.name) is not None)
        self.made_before = {node.name for node in made}
        """Those that an earlier run of this import made or found."""
        extensions = _uids(context.source, "extensions")
        self._known = {node.name for node in self._nodes}.union(("extensions", uid) for uid in extensions)
        self._global_fields = _uids(context.everything, kinds.GLOBAL_FIELDS.name)
        self._needs = _places_of_needs(self._nodes)
        edges = [(number, other) for number, needs in enumerate(self._needs) for other in needs]
        self._ordering = dependency_order(len(self._nodes), edges)

    def create(self) -> Iterator[ObjectWrite]:
        """Every type after what it is made of; those that must be cut, without what is not there yet."""
        for number in self._ordering.order:
            node = self._nodes[number]
            cut = {self._nodes[other].name for other in self._ordering.cut.get(number, ())}
            needed = self._ordering.available(number, self._needs[number])
            payload, reduced = self._payloads(node, cut)
            yield ObjectWrite(
                kind=node.kind,
                uid=node.uid,
                payload=partial(self._with_removed, node, payload),
                after=[self._nodes[other].key for other in needed],
                reduced=reduced,
                expected=partial(self._expected, node) if cut else None,
                view=self.outlined,
            )

    def _with_removed(self, node: Node, payload: Callable[[], Payload]) -> Payload:
        """What is written, and what it takes away: see `keeps_added_fields`."""
        removed = removed_fields(self._context, node.kind, node.uid, self.outlined)
        planned = payload()
        return replace(planned, identities=[*planned.identities, *removed]) if removed else planned

    def complete(self) -> Iterator[Step]:
        """The types that were created without something, whole."""
        for node in (self._nodes[number] for number in sorted(self._ordering.cut)):
            if self._may_make(node):
                yield self.write(_complete_key(node), node, partial(self._completed, node))

    def steps(self, content_type: str) -> list[str]:
        """The keys of the steps that make a content type whole, with the global fields inside of it."""
        nodes = self.made_of([content_type])
        cut = {self._nodes[number].name for number in self._ordering.cut}
        completed = [_complete_key(node) for node in nodes if self._may_make(node) and node.name in cut]
        return [*(node.key for node in nodes), *completed]

    def field_rules(self) -> Iterator[Step]:
        """Rules that name entries, and other values that name what got its uid after the types, such as defaults."""
        uids = self._context.once(SourceUids)
        for node in self._nodes:
            names_others = any(find_field_rules(node.row)) or any(uids.foreign(self._expected(node)))
            if names_others and self._may_make(node):
                yield self.write(f"field_rules/{node.uid}", node, partial(self._ruled, node))

    def _payloads(
        self, node: Node, cut: set[tuple[str, str]]
    ) -> tuple[Callable[[], Payload], Callable[[], Payload] | None]:
        """What to create, and what instead if the service refuses that.

        A type that refers to itself alone is tried whole: some services take it, and then it is written once.
        """
        missing = self._missing(node)
        cuts = [(_CUT, node.key, "yes")] if cut else []

        def payload() -> Payload:
            return Payload(_without(self._payload(node), cut), identities=cuts)

        def without_missing() -> Payload:
            """For a service that refuses a type which names what is not there: the type without it, and the gaps."""
            gaps = [gap for kind, uid in sorted(missing) for gap in _missing_gaps(node, kind, uid)]
            body = _without(self._payload(node), cut | self._in_target(missing))
            return Payload(body, gaps, [(REDUCED, node.key, "yes"), *cuts])

        def looped() -> Payload:
            is_refused = self._context.identity.target(*_NO_LOOPS[:2]) is not None
            return payload() if is_refused else Payload(self._payload(node))

        def unlooped() -> Payload:
            return replace(payload(), identities=[*cuts, _NO_LOOPS])

        if missing:
            return payload, without_missing
        return (looped, unlooped) if cut == {node.name} else (payload, None)

    def _completed(self, node: Node) -> PreparedWrite:
        """The whole type, where it was created without something and the target's own does not have it."""
        if self._context.identity.target(_CUT, node.key) is None:
            return PreparedWrite()
        held, whole = self._context.target.get(Stream(node.kind.name), node.uid), self.whole(node)
        if (held is not None and contains(self.outlined(held), whole)) or not self.may_rewrite(node):
            return PreparedWrite()
        return PreparedWrite(request=node.update(whole))

    def _ruled(self, node: Node) -> PreparedWrite:
        uids = self._context.once(SourceUids)
        body, gaps = self._with_rules(node)
        body = as_object(uids.mapped(body))
        if (edited := self.edited(node)) is not None:
            body = with_added_fields(body, edited)[0]
        reason = "it names {} of the source, which the target does not have"
        gaps += [
            Gap(kind=node.kind.name, uid=node.uid, path=path, reason=reason.format(uid))
            for path, uid in uids.foreign(body)
        ]
        held = self._context.target.get(Stream(node.kind.name), node.uid)
        # What was relaxed and restored since has lost its rules.
        is_unchanged = held is not None and contains(self.outlined(held), body)
        is_unchanged = is_unchanged or self._stays(node)
        is_written = self.may_rewrite(node) and not (is_unchanged and node.name not in self.relaxed)
        return PreparedWrite(request=node.update(body) if is_written else None, gaps=gaps)

    def _stays(self, node: Node) -> bool:
        """Whether a type of another branch stays as it is, because it was edited there."""
        return self._context.once(Promotion).is_kept(*node.name)

    def write(self, key: str, node: Node, build: Callable[[], PreparedWrite]) -> Write:
        """A write after which the type is whole."""

        def read(answer: JsonObject) -> WriteResult:
            result = read_answer(node.kind, answer)
            made = as_object(answer.get(node.kind.object_key))
            same = [] if self._stays(node) else promoted_type(self._context, node.kind, made)
            return replace(result, identities=[*result.identities, *same])

        return replace(type_write(key, node, build), read=read)

    def may_rewrite(self, node: Node) -> bool:
        """Whether a type can be written as a whole: not over a credential that was read as a mark for it, nor over what
        somebody has changed since it was read."""
        held = self._context.target.get(Stream(node.kind.name), node.uid)
        is_moved = moved_since(self._context, object_seen(node.kind, held or {}), "")
        return held is None or not (is_moved or contains_redacted(held) or contains_redacted(node.row))

    def _expected(self, node: Node) -> JsonObject:
        return self._with_rules(node)[0]

    def _may_make(self, node: Node) -> bool:
        """Whether a type is written, be it only because selected entries need it and the target lacks it."""
        options, is_there = write_options(self._context.options), self._context.target.get
        if options.includes(node.kind.name):
            return True
        is_lacking = options.is_part and is_there(Stream(node.kind.name), node.uid) is None
        return is_lacking and self._context.once(Needed).has(*node.name)

    def made_of(self, content_types: Iterable[str]) -> list[Node]:
        """The content types and all global fields inside of them: both have rules."""
        nodes = {node.name: node for node in self._nodes}
        waiting = [(kinds.CONTENT_TYPES.name, uid) for uid in content_types]
        found: dict[tuple[str, str], Node] = {}
        while waiting:
            name = waiting.pop()
            if name in nodes and name not in found:
                found[name] = nodes[name]
                waiting += [need for need in nodes[name].needs() if need[0] == kinds.GLOBAL_FIELDS.name]
        return [found[name] for name in sorted(found)]

    def _missing(self, node: Node) -> set[tuple[str, str]]:
        """What the type names and the snapshot does not hold."""
        return {need for need in node.needs() if need not in self._known}

    def whole(self, node: Node) -> JsonObject:
        """The type as the target has it: the one that it held before, if that stays as it was."""
        if (edited := self.edited(node)) is not None:
            return edited
        held = self._context.target.get(Stream(node.kind.name), node.uid)
        options = self._context.options
        is_ours = options.on_conflict == "update" and options.includes(node.kind.name)
        if held is not None and (not is_ours or self._stays(node)):
            return self.outlined(node.kind.own_fields(held))
        return self._without_missing(node, self._payload(node))

    def edited(self, node: Node) -> JsonObject | None:
        """The type as somebody else has changed it during the import, with all of its rules."""
        known = self._context.identity.target(EDITED, node.key)
        return as_object(exact_json.loads(known.encode())) if known else None

    def _with_rules(self, node: Node) -> tuple[JsonObject, list[Gap]]:
        """The type with the rules that name entries, and the gaps of those that the target lacks."""
        resolver = Resolver(self._context, node.uid, node.uid, "")
        row = rewrite_field_rules(node.row, resolver)
        return self._without_missing(node, self._translated(node, row)), resolver.gaps

    def _without_missing(self, node: Node, body: JsonObject) -> JsonObject:
        """The type without what is missing, if the target took it only so."""
        is_reduced = self._context.identity.target(REDUCED, node.key) is not None
        return _without(body, self._in_target(self._missing(node))) if is_reduced else body

    def _in_target(self, missing: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """What is missing, as a type that was translated names it: see `--extension`."""
        return {(kind, self._context.identity.target(kind, uid) or uid) for kind, uid in missing}

    def _payload(self, node: Node) -> JsonObject:
        """The type as the target takes it; rules that name entries wait until the entries are there."""
        row = node.row
        if any(find_field_rules(row)):
            row = {name: value for name, value in row.items() if name != "field_rules"}
        return self._translated(node, row)

    def _translated(self, node: Node, row: JsonObject) -> JsonObject:
        target = self._context.identity.target
        extensions = {uid: target("extensions", uid) or uid for uid in schema_extensions(row)}
        translated = self.outlined(rewrite_schema(node.kind.own_fields(row), extensions))
        held = self._context.target.get(Stream(node.kind.name), node.uid)
        if held is None or not keeps_added_fields(self._context.options):
            return translated
        return with_added_fields(translated, self.outlined(held))[0]

    def outlined(self, row: JsonObject) -> JsonObject:
        """A type without the copies of its global fields."""
        return outlined(row, self._global_fields)


def needs_of_types(context: ImportContext) -> Iterator[tuple[str, str]]:
    """What the types that are imported are made of: kind and uid."""
    for kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES):
        for node in _nodes(context, kind) if context.options.includes(kind.name) else ():
            yield from node.needs()


def _uids(store: RecordStore, kind: str) -> set[str]:
    return {text(row.get("uid")) for row in store.objects(Stream(kind))}


def _places_of_needs(nodes: Sequence[Node]) -> list[list[int]]:
    """For each node the places of those that it is made of or refers to."""
    places = {node.name: place for place, node in enumerate(nodes)}
    return [[places[need] for need in node.needs() if need in places] for node in nodes]


def _nodes(context: ImportContext, kind: Kind) -> list[Node]:
    return [Node(kind, row) for row in context.source.objects(Stream(kind.name))]


def _without(body: JsonObject, absent: set[tuple[str, str]]) -> JsonObject:
    groups = (kinds.CONTENT_TYPES, kinds.GLOBAL_FIELDS, kinds.EXTENSIONS)
    return without_references(
        body, *({uid for kind, uid in absent if kind == group.name} for group in groups)
    )


def _missing_gaps(node: Node, kind: str, uid: str) -> Iterator[Gap]:
    """A gap for each field that names what is missing."""
    advice = f"; install it and name its uid with --extension {uid}=UID" if kind == "extensions" else ""
    reason = f"it names {kind} {uid}, which is not there: left out{advice}"
    for path in fields_naming(node.row, uid) or [""]:
        yield Gap(kind=node.kind.name, uid=node.uid, path=path, reason=reason)


def _complete_key(node: Node) -> str:
    return f"complete/{node.key}"


def type_write(key: str, node: Node, build: Callable[[], PreparedWrite]) -> Write:
    path = key.partition("/")[0]
    failed = Gap(kind=node.kind.name, uid=node.uid, path=path, reason="the target refused it")
    return Write(
        key=key, kind=node.kind.name, build=build, read=partial(read_answer, node.kind), failed=failed
    )
