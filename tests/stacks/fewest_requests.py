"""The fewest requests that an export or an import of a stack can take, counted from the emulator's own state.

It shares no code with the plans under test, so that a plan that wastes requests fails. All versions are written,
into an empty stack.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sized

    from stackferry.emulators.contentstack import Stack
    from stackferry.emulators.contentstack.stack import Taxonomy
    from stackferry.emulators.contentstack.state import Asset, Entry, Release

PAGE, BULK, RELEASE_ITEMS = 100, 10, 25


def fewest_reads(stack: Stack) -> int:
    """The pages of every list, the versions list of every document, each version that no list gave; and a second look.
    And one request for the settings of the stack.

    One page shows what is new of entries, assets and the queue; other lists are looked at page by page.
    """
    branch, entries = stack.main, _entries(stack)
    files = [asset for asset in branch.assets.values() if not asset.is_folder]
    documents = [(entry, locale) for entry in entries for locale in entry.documents]
    cells = Counter((entry.content_type, locale) for entry, locale in documents)
    others = [code for code in branch.locales if code != branch.master_locale]
    groups: Any = branch.variant_groups.values()
    linked = {_uid(one) for group in groups for one in group.get("content_types") or ()}
    large = [
        len(files), len(branch.assets) - len(files), len(branch.queue),
        *(cells[kind, locale] for kind in branch.content_types for locale in branch.locales),
    ]  # fmt: skip
    small = [
        len(branch.locales), len(branch.content_types), len(branch.global_fields), len(branch.extensions),
        len(branch.labels), len(branch.variant_groups), len(branch.releases), len(stack.environments),
        len(stack.webhooks), len(stack.workflows), len(stack.publish_rules), len(stack.roles),
        len(stack.taxonomies), len(branch.metadata),
        *(len(one.terms) for one in stack.taxonomies.values()),
        *(_translated(stack, code) for code in others if stack.taxonomies),
        *(_translated_terms(one, code) for one in stack.taxonomies.values() for code in others if one.terms),
        *(len(one.items) for one in branch.releases.values()),
    ]  # fmt: skip
    older = sum(len(entry.documents[locale].versions) - 1 for entry, locale in documents)
    older += sum(len(asset.versions) - 1 for asset in files)
    pages = [sum(max(1, _up(rows, PAGE)) for rows in lists) for lists in (small, large)]
    variants = sum(1 for entry, _ in documents if entry.content_type in linked)  # a list of each document
    return 2 * pages[0] + pages[1] + len(large) + variants + len(documents) + older + 1


def fewest_writes(stack: Stack, target: Stack) -> int:
    """One for each document and version, scaffold, file version and other object; release items by 25.

    The target holds only the master language that every new stack has, perhaps under another name.
    """
    branch = stack.main
    entries = _entries(stack)
    documents = [document for entry in entries for document in entry.documents.values()]
    shown = {(entry.uid, *key) for entry in entries for key in _variant_calls(entry)}
    small: tuple[Sized, ...] = (
        branch.locales, branch.content_types, branch.global_fields, branch.extensions, branch.labels,
        branch.variant_groups, branch.releases, branch.metadata, stack.environments, stack.webhooks,
        stack.workflows, stack.publish_rules, stack.roles, stack.taxonomies,  # each with all of its terms
    )  # fmt: skip
    return (
        sum(len(document.versions) + len(document.version_names) for document in documents)
        + sum(len(entry.variants) for entry in entries)
        + sum(
            1 if "" in names else len(names)
            for one in stack.taxonomies.values()
            for names in one.translations.values()
        )
        + sum(_queued(branch.queue[uid]) for uid in branch.waiting)
        + sum(1 for asset in branch.assets.values() if asset.latest.get("permanent_url"))
        + len(shown)
        + sum(1 for row in branch.metadata.values() if row.get("publish_details"))
        + len(_taxonomy_calls(stack))
        + scaffolds(stack)
        + sum(1 if asset.is_folder else len(asset.versions) for asset in branch.assets.values())
        + sum(map(len, small))
        - int(_master_name(stack) == _master_name(target))
        + sum(_release_writes(release) for release in branch.releases.values())
        + sum(len(_older_fallbacks(stack, entry)) for entry in entries)
    )


def _taxonomy_calls(stack: Stack) -> set[Any]:
    """Publications of taxonomies: one call for each set of environments and languages."""
    calls = set()
    for one in stack.taxonomies.values():
        places: defaultdict[str, set[str]] = defaultdict(set)
        for environment, locale in one.live:
            places[locale].add(environment)
        together: defaultdict[frozenset[str], set[str]] = defaultdict(set)
        for locale, where in places.items():
            together[frozenset(where)].add(locale)
        calls |= {(where, frozenset(locales)) for where, locales in together.items()}
    return calls


def _queued(row: Any) -> int:
    """The number of languages of a schedule: each takes one write."""
    return len(row["locale"])


def _translated(stack: Stack, code: str) -> int:
    """The number of taxonomies that have a name in a language."""
    return sum(1 for one in stack.taxonomies.values() if "" in one.translations.get(code, {}))


def _translated_terms(taxonomy: Taxonomy, code: str) -> int:
    return len(taxonomy.translations.get(code, {}).keys() - {""})


def fewest_bulk(stack: Stack) -> int:
    """Publications by ten: the same language and environments; and entries of a type into a stage by ten."""
    groups: Counter[tuple[str, frozenset[str]]] = Counter()
    owners: Iterable[Entry | Asset] = (*_entries(stack), *stack.main.assets.values())
    for owner in owners:
        alone = set() if owner.uid in stack.main.assets else _older_fallbacks(stack, owner)
        places: defaultdict[tuple[str, int, str], set[str]] = defaultdict(set)
        for one in owner.live.values():
            if (one.source, one.version, one.locale) not in alone:
                places[one.source, one.version, one.locale].add(one.environment)
        groups.update((locale, frozenset(where)) for (*_, locale), where in places.items())
    stages = Counter(
        (entry.content_type, json.dumps(document.workflow.get("uid")))
        for entry in _entries(stack)
        for document in entry.documents.values()
        if document.workflow
    )
    return sum(_up(count, BULK) for count in (*groups.values(), *stages.values()))


def scaffolds(stack: Stack) -> int:
    """The size of a minimum feedback vertex set of the references of first documents, found by trying all."""
    firsts = {entry.uid: _first(stack, entry) for entry in _entries(stack)}
    graph = {uid: {there for there in firsts if there in first} for uid, first in firsts.items()}
    size = 0
    while not any(_is_acyclic(graph, set(cut)) for cut in combinations(sorted(_cyclic(graph)), size)):
        size += 1
    return size


def _first(stack: Stack, entry: Entry) -> str:
    """The document that creates the entry: the oldest version in the language with the fewest fallbacks."""
    if not entry.documents:
        return ""
    own = entry.documents[min(entry.documents, key=lambda code: (_depth(stack, code), code))]
    oldest = next(iter(own.versions.values()))
    return json.dumps({name: value for name, value in oldest.items() if name != "uid"})


def _depth(stack: Stack, code: str) -> int:
    fallback = stack.main.locales.get(code, {}).get("fallback_locale")
    return 1 + _depth(stack, str(fallback)) if fallback else 0


def _cyclic(graph: Mapping[str, set[str]]) -> set[str]:
    left = {node: set(there) for node, there in graph.items()}
    while leaves := [node for node, there in left.items() if not there & left.keys()]:
        for node in leaves:
            del left[node]
    return set(left)


def _is_acyclic(graph: Mapping[str, set[str]], cut: set[str]) -> bool:
    return not _cyclic({node: there - cut for node, there in graph.items() if node not in cut})


def _release_writes(release: Release) -> int:
    return _up(len(release.items), RELEASE_ITEMS) + (release.raw.get("locked") is True)


def _older_fallbacks(stack: Stack, entry: Any) -> set[Any]:
    """Publications of a document as a fallback, of another version than what the language would show by now.

    One call for each version and language.
    """
    return {
        (one.source, one.version, one.locale)
        for one in entry.live.values()
        if one.source != one.locale and (one.source, one.version) != _shown_now(stack, entry, one.locale)
    }


def _shown_now(stack: Stack, entry: Entry, code: str) -> tuple[str, int]:
    while code not in entry.documents and code != stack.main.master_locale:
        code = str(stack.main.locales[code].get("fallback_locale") or stack.main.master_locale)
    document = entry.documents.get(code)
    return (code, document.version if document else 0)


def _variant_calls(entry: Entry) -> set[Any]:
    places: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for (variant, source), one in entry.variants.items():
        for shown in one.live.values():
            places[variant, source, shown.locale].add(shown.environment)
    return {(source, locale, frozenset(where)) for (_, source, locale), where in places.items()}


def _entries(stack: Stack) -> list[Entry]:
    return [entry for table in stack.main.entries.values() for entry in table.values()]


def _master_name(stack: Stack) -> Any:
    return stack.main.locales.get(stack.main.master_locale, {}).get("name")


def _uid(kind: Any) -> str:
    return str(kind.get("uid")) if isinstance(kind, dict) else str(kind)


def _up(count: int, size: int) -> int:
    return -(-count // size)
