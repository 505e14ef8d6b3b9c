"""The plan for global fields and content types: each with its real schema, after what it is made of.

Where types refer to each other in a ring, the fewest of them are created without those references first and
completed afterwards. A type whose rules an older document would break is relaxed while entries are written;
the undo is durable before the change. Pure.
API pages: "Create a content type", "Update content type", "Create a global field".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.core.graph.dependency_order import dependency_order
from stackferry.json_values import as_object, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.answers import read_answer
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload, contains
from stackferry.providers.contentstack.references.field_rules import find_field_rules, rewrite_field_rules
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.requests.objects import read_object, update_object
from stackferry.providers.contentstack.schema.transform import (
    outlined,
    relax_rules,
    rewrite_schema,
    schema_extensions,
    schema_global_fields,
    schema_references,
    without_references,
)
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.providers.contentstack.kinds import Kind

_REDUCED = "reduced"  # the identity that remembers which types the target took only without what is missing
_CUT = "cut"  # the one that remembers which types were created without the references into their ring
# The one that remembers that this service takes no type that refers to itself before it is there.
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
    def path(self) -> str:
        return f"{self.kind.path}/{quote(self.uid, safe='')}"

    def needs(self) -> Iterator[tuple[str, str]]:
        for uid in sorted(schema_references(self.row)):
            yield (kinds.CONTENT_TYPES.name, uid)
        for uid in sorted(schema_global_fields(self.row)):
            yield (kinds.GLOBAL_FIELDS.name, uid)
        for uid in sorted(schema_extensions(self.row)):
            yield (kinds.EXTENSIONS.name, uid)


class TypePlan:
    """The writes of all types of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._relaxed: set[tuple[str, str]] = set()
        self._nodes = [*_nodes(context, kinds.GLOBAL_FIELDS), *_nodes(context, kinds.CONTENT_TYPES)]
        extensions = {
            (kinds.EXTENSIONS.name, text(row.get("uid")))
            for row in context.source.objects(Stream("extensions"))
        }
        self._known = {node.name for node in self._nodes} | extensions
        self._global_fields = {node.uid for node in self._nodes if node.kind is kinds.GLOBAL_FIELDS}
        index = {node.name: place for place, node in enumerate(self._nodes)}
        self._needs = [[index[need] for need in node.needs() if need in index] for node in self._nodes]
        edges = [(here, there) for here, needs in enumerate(self._needs) for there in needs]
        self._ordering = dependency_order(len(self._nodes), edges)

    def create(self) -> Iterator[ObjectWrite]:
        """Every type after what it is made of; those that must be cut, without what is not there yet."""
        for here in self._ordering.order:
            node, cut = (
                self._nodes[here],
                {self._nodes[there].name for there in self._ordering.cut.get(here, ())},
            )
            after = [_key(self._nodes[there]) for there in self._ordering.available(here, self._needs[here])]
            payload, fallback = self._payloads(node, cut)
            yield ObjectWrite(
                kind=node.kind,
                uid=node.uid,
                payload=payload,
                after=after,
                reduced=fallback,
                expected=partial(self._expected, node) if cut else None,
                comparable=self._seen,
            )

    def _payloads(
        self, node: Node, cut: set[tuple[str, str]]
    ) -> tuple[Callable[[], Payload], Callable[[], Payload] | None]:
        """What to create, and what instead if the service refuses that.

        A type that refers to itself alone is tried whole: some services take it, and then it is written once.
        """
        whole, lesser = partial(self._payload, node), partial(self._cut_payload, node, cut)
        reduced = partial(self._reduced, node, cut) if self._missing(node) else None
        if cut != {node.name} or reduced is not None:
            return (lesser if cut else whole), reduced

        def looped() -> Payload:
            return lesser() if self._context.identity.target(*_NO_LOOPS[:2]) else whole()

        def refused() -> Payload:
            payload = lesser()
            return Payload(payload.body, payload.gaps, [*payload.identities, _NO_LOOPS])

        return looped, refused

    def _seen(self, row: JsonObject) -> JsonObject:
        """A type as it was read, without the copies of its global fields."""
        return outlined(row, self._global_fields)

    def _kept_type(self, node: Node) -> JsonObject | None:
        """The type that the target held before, if it stays as it was."""
        row = self._context.target.get(Stream(node.kind.name), node.uid)
        if row is None or self._context.options.on_conflict == "update":
            return None
        return self._seen(node.kind.own_fields(row))

    def _expected(self, node: Node) -> JsonObject:
        return self._final(node, Resolver(self._context, node.uid, node.uid, ""))

    def _final(self, node: Node, resolver: Resolver) -> JsonObject:
        body = self._prepared(node, rewrite_field_rules(node.row, resolver))
        return _without(body, self._missing(node)) if self._is_reduced(node) else body

    def complete(self) -> Iterator[Step]:
        """The types that were created without something, whole."""
        for node in (self._nodes[here] for here in sorted(self._ordering.cut)):
            if self._context.options.includes(node.kind.name):
                yield self._whole_type(node)

    def _whole_type(self, node: Node) -> Write:
        def build() -> PreparedWrite:
            row = self._context.target.get(Stream(node.kind.name), node.uid)
            if self._context.identity.target(_CUT, _key(node)) is None:
                return PreparedWrite()
            whole = self._whole(node)
            if row is not None and contains(self._seen(row), whole):
                return PreparedWrite()
            return PreparedWrite(request=update_object(node.kind, node.path, whole))

        return _write(f"complete/{_key(node)}", node, build)

    def relax(self, content_types: Iterable[str], shared: set[str]) -> Iterator[Step]:
        """Relax the rules of types while their entries are written; of those in `shared` titles may repeat.

        Each only once, however often it is asked for.
        """
        for node in self._made_of(content_types):
            whole = self._whole(node)
            softened, changed = relax_rules(whole, unique_titles=node.uid not in shared)
            if changed and self._context.running_export is not None:
                softened, _ = relax_rules(whole, unique_titles=False)  # who knows what is still to come
            if changed and node.name not in self._relaxed:
                self._relaxed.add(node.name)
                yield replace(
                    self._put(relax_key(node), node, partial(_same, softened)),
                    undo=update_object(node.kind, node.path, whole),
                    undone_by=restore_key(node),
                    probe=partial(self._still, node, softened),
                )

    def _still(self, node: Node, softened: JsonObject, _: JsonObject) -> Probe:
        """Whether a type is still as it was relaxed."""

        def found(answer: JsonObject) -> list[JsonObject]:
            return (
                [answer]
                if contains(self._seen(as_object(answer.get(node.kind.object_key))), softened)
                else []
            )

        request = read_object(node.kind, node.path)
        return Probe(request=request, found=found, required_key=node.kind.object_key)

    def restore(self, content_types: Iterable[str], shared: set[str]) -> Iterator[Step]:
        """Give relaxed types their rules back."""
        for node in self._made_of(content_types):
            if relax_rules(self._whole(node), unique_titles=node.uid not in shared)[1]:
                step = self._put(restore_key(node), node, partial(self._whole, node))
                yield replace(step, undoes=relax_key(node))

    def _made_of(self, content_types: Iterable[str]) -> list[Node]:
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

    def field_rules(self) -> Iterator[Step]:
        """Rules that name entries, now that the entries have their uids."""
        for node in self._nodes:
            if any(find_field_rules(node.row)):
                yield self._rules(node)

    def _rules(self, node: Node) -> Write:
        resolver = Resolver(self._context, node.uid, node.uid, "")

        def build() -> PreparedWrite:
            return PreparedWrite(
                request=update_object(node.kind, node.path, self._final(node, resolver)), gaps=resolver.gaps
            )

        return _write(f"field_rules/{node.uid}", node, build)

    def _put(self, key: str, node: Node, body: Callable[[], JsonObject]) -> Write:
        def build() -> PreparedWrite:
            return PreparedWrite(request=update_object(node.kind, node.path, body()))

        return _write(key, node, build)

    def _cut_payload(self, node: Node, cut: set[tuple[str, str]]) -> Payload:
        return Payload(_without(self._payload(node).body, cut), identities=[(_CUT, _key(node), "yes")])

    def _missing(self, node: Node) -> set[tuple[str, str]]:
        """What the type names and the snapshot does not hold."""
        return {need for need in node.needs() if need not in self._known}

    def _reduced(self, node: Node, cut: set[tuple[str, str]]) -> Payload:
        """For a service that refuses a type which names what is not there: the type without it, and the gaps."""
        missing = self._missing(node)
        gaps = [
            Gap(
                kind=node.kind.name,
                uid=node.uid,
                reason=f"it names {kind} {uid}, which is not there: left out",
            )
            for kind, uid in sorted(missing)
        ]
        body = _without(self._payload(node).body, cut | missing)
        cuts = [(_CUT, _key(node), "yes")] if cut else []
        return Payload(body, gaps, [(_REDUCED, _key(node), "yes"), *cuts])

    def _payload(self, node: Node) -> Payload:
        """The type as the target takes it; rules that name entries wait until the entries are there."""
        row = node.row
        if any(find_field_rules(row)):
            row = {name: value for name, value in row.items() if name != "field_rules"}
        return Payload(self._prepared(node, row))

    def _whole(self, node: Node) -> JsonObject:
        """The type as the target has it."""
        held = self._kept_type(node)
        if held is not None:
            return held
        body = self._payload(node).body
        return _without(body, self._missing(node)) if self._is_reduced(node) else body

    def _is_reduced(self, node: Node) -> bool:
        return self._context.identity.target(_REDUCED, _key(node)) is not None

    def _prepared(self, node: Node, row: JsonObject) -> JsonObject:
        extensions = {
            uid: self._context.identity.target("extensions", uid) or uid for uid in schema_extensions(row)
        }
        body = rewrite_schema(node.kind.own_fields(row), extensions)
        return outlined(body, self._global_fields)


def needs_of_types(context: ImportContext) -> Iterator[tuple[str, str]]:
    """What the types that are replayed are made of: kind and uid."""
    for kind in (kinds.GLOBAL_FIELDS, kinds.CONTENT_TYPES):
        for node in _nodes(context, kind) if context.options.includes(kind.name) else ():
            yield from node.needs()


def _nodes(context: ImportContext, kind: Kind) -> list[Node]:
    return [Node(kind, row) for row in context.source.objects(Stream(kind.name))]


def _without(body: JsonObject, absent: set[tuple[str, str]]) -> JsonObject:
    types = {uid for kind, uid in absent if kind == kinds.CONTENT_TYPES.name}
    fields = {uid for kind, uid in absent if kind == kinds.GLOBAL_FIELDS.name}
    extensions = {uid for kind, uid in absent if kind == kinds.EXTENSIONS.name}
    return without_references(body, types, fields, extensions)


def _key(node: Node) -> str:
    return f"{node.kind.name}/{node.uid}"


def relax_key(node: Node) -> str:
    """The operation that relaxed a type; its undo goes by the same name."""
    return f"soften/{_key(node)}"


def restore_key(node: Node) -> str:
    """The operation that gives a relaxed type its rules back."""
    return f"restore/{_key(node)}"


def _same(body: JsonObject) -> JsonObject:
    return body


def _write(key: str, node: Node, build: Callable[[], PreparedWrite]) -> Write:
    failed = Gap(
        kind=node.kind.name, uid=node.uid, path=key.partition("/")[0], reason="the target refused it"
    )
    return Write(
        key=key, kind=node.kind.name, build=build, read=partial(read_answer, node.kind), failed=failed
    )
