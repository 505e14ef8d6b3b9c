"""Types whose rules an older document would break are relaxed while entries are written.

The undo is durable before the change. What somebody else changes in such a type meanwhile stays: it is looked at before
its rules are relaxed and before they are given back, and then written as it is by then. Pure.
API pages: "Get all content types", "Update content type", and the same of global fields.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.taken_back import taken_back
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.added_fields import with_added_fields
from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
from stackferry.providers.contentstack.importing.objects import contains
from stackferry.providers.contentstack.importing.objects_again import listed_again
from stackferry.providers.contentstack.importing.renamed import label
from stackferry.providers.contentstack.importing.types.content_types import EDITED, TypePlan, type_write
from stackferry.providers.contentstack.requests.build import API, sent_body
from stackferry.providers.contentstack.requests.objects import read_object, update_object
from stackferry.providers.contentstack.schema.transform import outlined, relax_rules, schema_global_fields
from stackferry.providers.target import FreshUndo, ImportStage, Observation, PreparedWrite, Probe, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.importing.types.content_types import Node
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext, Step

RELAXED: Final = "types relaxed"
RESTORED: Final = "types restored"
"""The stages after which rules are relaxed, and given back."""
_ENTRIES = ("entries",)
_TYPES = (kinds.CONTENT_TYPES, kinds.GLOBAL_FIELDS)
_EDITED = "it is not as the import left it, so somebody else changed it meanwhile: that stays"


class RelaxedTypes:
    """The types of entries, and the global fields inside of them, that have rules to relax.

    Those whose entries share titles lose the rule of unique titles, too. Ask for it with `context.once`.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._types, self._entries = context.once(TypePlan), context.once(EntryPlan)
        self._content_types: list[
            str
        ] = []  # to relax, as far as was known at the last look: it takes all entries
        self._waves = 0  # so far

    def before(self, after: tuple[str, ...]) -> Iterator[ImportStage]:
        """What comes before the entries of a wave."""
        seen = "types to relax read"
        self._waves += 1
        yield ImportStage(seen, _ENTRIES, partial(self._look_before, self._waves), after)
        yield ImportStage(RELAXED, _ENTRIES, self._relax, (seen,))

    def after(self, after: tuple[str, ...]) -> Iterator[ImportStage]:
        """What comes when all entries are written."""
        seen = "relaxed types read"
        yield ImportStage(seen, _ENTRIES, self._look_after, after)
        yield ImportStage(RESTORED, _ENTRIES, self._restore, (seen,))

    def _look_after(self) -> Iterator[Step]:
        self._content_types = self._entries.types_to_relax()
        return self._look(self._nodes(), "after")

    def _look_before(self, wave: int) -> Iterator[Step]:
        self._content_types = self._entries.types_to_relax()
        nodes = (node for node in self._nodes() if node.name not in self._types.relaxed)
        return self._look(nodes, f"before/{wave}")

    def _look(self, nodes: Iterable[Node], when: str) -> Iterator[Step]:
        """Look at those of them that were there before this run: somebody else may have changed one."""
        held = [node for node in nodes if self._held(node) or node.name in self._types.made_before]
        for kind in _TYPES:
            if known := {node.uid: node for node in held if node.kind is kind}:
                key, observe = f"look at relaxed/{kind.name}/{when}", partial(self._seen, kind, known)
                yield listed_again(key, kind, observe, in_each_run=True)

    def _seen(self, kind: Kind, known: dict[str, Node], answer: JsonObject) -> Observation:
        rows = {text(row.get("uid")): row for row in objects(answer.get(kind.list_key))}
        both = ((known[uid], row) for uid, row in rows.items() if uid in known)
        edited = ((node, self._edited(node, row)) for node, row in both)
        return Observation(
            [(EDITED, node.key, exact_json.dumps(now).decode()) for node, now in edited if now is not None]
        )

    def _edited(self, node: Node, row: JsonObject) -> JsonObject | None:
        """A type as it is now, with its rules; None where nobody has changed it."""
        whole, held = self._types.whole(node), self._held(node) or {}
        now = _given_back(self._types.outlined(node.kind.own_fields(row)), whole)
        is_ours = _says(now, whole) or _says(now, self._types.outlined(node.kind.own_fields(held)))
        return None if is_ours else now

    def _relax(self) -> Iterator[Step]:
        """Relax the rules of these types while their entries are written, each only once."""
        shared = self._entries.shared_titles
        for node in self._nodes():
            whole = self._types.whole(node)
            # Entries that are still to come in a copy may pass a title on to each other.
            is_unique = node.uid not in shared and self._context.running_export is None
            relaxed, with_choices = (
                relax_rules(whole, unique_titles=is_unique, choices=choices)[0] for choices in (True, False)
            )
            if node.name not in self._types.relaxed:
                self._types.relaxed.add(node.name)
                step = type_write(
                    _relax_key(node), node, partial(PreparedWrite, request=node.update(relaxed))
                )
                # No page says that a select field may become a plain one.
                lesser = partial(PreparedWrite, request=node.update(with_choices))
                yield replace(
                    step,
                    fallback=lesser if with_choices not in (relaxed, whole) else None,
                    # What it would have made possible tells for itself.
                    reported_later=True,
                    undo=node.update(whole),
                    undone_by=_restore_key(node),
                    probe=partial(self._probe_relaxed, node, relaxed),
                )

    def _restore(self) -> Iterator[Step]:
        """Give relaxed types their rules back."""
        for node in self._nodes():
            step = self._types.write(_restore_key(node), node, partial(self._restored, node))
            yield replace(step, undoes=_relax_key(node))

    def _restored(self, node: Node) -> PreparedWrite:
        request = node.update(self._types.whole(node))
        if self._types.edited(node) is None:
            return PreparedWrite(request=request)
        told = _told_edited(node.kind, node.row, node.uid)
        return PreparedWrite(request=request, gaps=told.gaps, remarks=told.remarks)

    def _nodes(self) -> Iterator[Node]:
        shared = self._entries.shared_titles
        for node in self._types.made_of(self._content_types):
            is_changed = relax_rules(self._types.whole(node), unique_titles=node.uid not in shared)[1]
            if is_changed and self._types.may_rewrite(node):
                yield node

    def _held(self, node: Node) -> JsonObject | None:
        return self._context.target.get(Stream(node.kind.name), node.uid)

    def _probe_relaxed(self, node: Node, relaxed: JsonObject, _: JsonObject) -> Probe:
        """Whether a type is still as it was relaxed."""

        def found(answer: JsonObject) -> list[JsonObject]:
            held = self._types.outlined(as_object(answer.get(node.kind.object_key)))
            return [answer] if contains(held, relaxed) else []

        request = read_object(node.kind, node.path)
        return Probe(request=request, found=found, required_key=node.kind.object_key)


def undo_now(requests: Sequence[Request]) -> FreshUndo | None:
    """As `ImportPlan.undo_now` promises: what somebody has changed in a relaxed type since stays."""
    undo = requests[0]
    path = undo.path.removeprefix(API)
    kind = next((one for one in _TYPES if path.startswith(f"{one.path}/")), None)
    if kind is None:
        return None
    whole = as_object(sent_body(undo).get(kind.object_key))

    def fresh(shown: Sequence[JsonObject]) -> list[Request]:
        now = wanted(shown)
        return [undo if _says(now, whole) else update_object(kind, path, now)]

    def wanted(shown: Sequence[JsonObject]) -> JsonObject:
        row = kind.own_fields(as_object(shown[0].get(kind.object_key)))
        return _given_back(outlined(row, schema_global_fields(whole)), whole)

    def edited(shown: Sequence[JsonObject]) -> WriteResult:
        return (
            WriteResult()
            if _says(wanted(shown), whole)
            else _told_edited(kind, whole, path.rpartition("/")[2])
        )

    return FreshUndo([read_object(kind, path)], fresh, edited=edited)


def _told_edited(kind: Kind, row: JsonObject, uid: str) -> WriteResult:
    gap = Gap(kind=kind.name, uid=uid, reason=_EDITED)
    return WriteResult(gaps=[gap], remarks=[Remark.beside(gap, "meanwhile", label(row))])


def _given_back(now: JsonObject, whole: JsonObject) -> JsonObject:
    """A type that may be relaxed, with the rules that it had when it was whole."""
    return taken_back(now, relax_rules(whole, unique_titles=False)[0], whole)


def _says(now: JsonObject, whole: JsonObject) -> bool:
    """Whether a type says just that, beside what the service fills in."""
    return contains(now, whole) and not with_added_fields(whole, now)[1]


def _relax_key(node: Node) -> str:
    """The operation that relaxed a type; its undo goes by the same name. Checkpoints hold it, so it stays `soften`."""
    return f"soften/{node.key}"


def _restore_key(node: Node) -> str:
    """The operation that gives a relaxed type its rules back."""
    return f"restore/{node.key}"
