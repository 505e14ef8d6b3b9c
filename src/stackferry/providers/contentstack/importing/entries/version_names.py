"""The plan for names of versions: each is set on the version's number in the target. Pure.

API page: "Set Version Name for Entry" (32 characters at most).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.json_values import integer, nested, objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.promotion import both_edited
from stackferry.providers.contentstack.importing.same_versions import SameVersions, VersionPair
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.entries import list_versions, name_version
from stackferry.providers.contentstack.target_names import target_locale, version_key
from stackferry.providers.promotion import PROMOTED, Verdict, verdict_of
from stackferry.providers.target import (
    Await,
    ImportContext,
    Observation,
    PreparedWrite,
    Step,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore

    Pairs = Iterable[tuple[str, str]]

_HELD = "names_held"  # the identity of a name that the target gave before the import
_TAKEN = "name_taken"  # the identity of a write of a name that the service took

# By the number of a version of the target: the name that it had before the import, and since when. By a write's key:
# the target's uid, where its name stays.
_NAME_THERE, _KEPT = "names_there", "names_kept"

Named = tuple[Stream, str, int, str]  # an entry's stream and uid, a version's number and name


def names(context: ImportContext) -> Iterator[Step]:
    """Every name of a version that was imported."""
    for named, since in _named_since(context):
        yield _set_name(context, *named, since)


def named_versions(context: ImportContext) -> Iterator[Named]:
    """Every named version, each once: from the versions lists, and from documents that bear their name."""
    return (named for named, _ in _named_since(context))


def _named_since(context: ImportContext) -> Iterator[tuple[Named, str]]:
    """The same, with the time since when it has the name."""
    seen = context.scratch.table(5)
    for found in _all_named(context.source):
        stream, uid, version, _ = found[0]
        if not seen.of(*stream, uid, version):
            seen.add([(*stream, uid, version)])
            yield found


def _all_named(source: RecordStore) -> Iterator[tuple[Named, str]]:
    for stream in source.streams():
        for row in source.objects(stream) if stream.kind in ("entries", "versions", "history") else ():
            for version in objects(row.get("versions")) if stream.kind == "history" else [row]:
                number, name = integer(version.get("_version")), _name(version)
                if number is not None and name:
                    since = text(nested(version.get("_version_name"), "updated_at"))
                    yield (stream._replace(kind="entries"), text(row.get("uid")), number, name), since


def _name(version: JsonObject) -> str:
    """The name of a version; an object also says by whom and when."""
    given = version.get("_version_name")
    return text(nested(given, "title")) or text(given)


def _set_name(context: ImportContext, stream: Stream, uid: str, version: int, name: str, since: str) -> Write:
    key = _key(stream, uid, version)
    same = [(PROMOTED, _promoted_name((stream, uid, version, name), since), key)]

    def prepare(*, force: bool = False) -> PreparedWrite:
        target = context.identity.target("entries", uid)
        number = _made(context, stream, uid, version)
        known = same if context.once(Fork).is_on else []
        # Without it that version was not asked for, or is a gap already.
        if target is None or number is None:
            return PreparedWrite()
        if _is_named(context, stream, uid, version, name, number):
            return PreparedWrite(identities=known)
        locale = target_locale(context, stream.locale)
        request = name_version(stream.type, target, int(number), name, locale=locale, force=force or None)
        verdict = _verdict(context, (stream, uid, version, name), number, since)
        told = _both_named(context, stream, uid, version) if verdict is Verdict.CONFLICT else []
        if verdict is Verdict.KEEP or (told and context.options.conflicts == "keep"):
            gaps = [_gap(stream, uid, version, one.reason) for one in told]
            kept = [(_KEPT, key, target)]
            return PreparedWrite(identities=kept, gaps=gaps, remarks=told)
        return PreparedWrite(request=request, remarks=told, identities=known)

    return Write(
        key=key,
        kind="version_names",
        build=prepare,
        # Refused where another version has the name: the newest claim wins, as in the source.
        fallback=lambda: prepare(force=True),
        read=Noticed((_TAKEN, key, "yes")),
        failed=_gap(stream, uid, version, f"the target refused to name it '{name}'"),
    )


def _verdict(context: ImportContext, named: Named, number: str, since: str) -> Verdict:
    """Between two branches: a name that the target alone has changed or taken away since they parted stays so."""
    fork, (stream, uid, version, _) = context.once(Fork), named
    there = context.identity.target(_NAME_THERE, _name_key(stream, uid, number)) if fork.is_on else None
    if there is not None:
        return verdict_of(source=fork.is_later(since), target=fork.is_later(there))
    if not fork.is_on:
        return Verdict.WRITE
    was_there = not fork.is_later(since) and number == str(version) and context.once(_came_along)
    return Verdict.KEEP if was_there or fork.knows(_promoted_name(named, since)) else Verdict.WRITE


def _promoted_name(named: Named, since: str) -> str:
    """What a name that a version has since a time is called, for `PROMOTED`."""
    stream, uid, version, name = named
    return "\0".join(("version_names", _key(stream, uid, version), name, since))


def _came_along(context: ImportContext) -> bool:
    """Whether the target has names from before the two branches parted: no page says that a new branch has them."""
    for stream, uid, version, _ in named_versions(context):
        there = context.identity.target(_NAME_THERE, _name_key(stream, uid, str(version)))
        if there and not context.once(Fork).is_later(there):
            return True
    return False


def _both_named(context: ImportContext, stream: Stream, uid: str, version: int) -> list[Remark]:
    title = text((context.source.get(stream, uid) or {}).get("title"))
    return [
        Remark(
            list="conflicts",
            kind="version_names",
            uid=uid,
            type=stream.type,
            locale=stream.locale,
            title=title,
            fields=(f"/{version}",),
            reason=both_edited(context),
        )
    ]


def kept_names(context: ImportContext) -> Iterator[tuple[Stream, str]]:
    """Documents with a version whose name stays because the target alone has changed it; their uids in the target."""
    for stream, uid, version, _ in named_versions(context):
        if target := context.identity.target(_KEPT, _key(stream, uid, version)):
            yield stream._replace(locale=target_locale(context, stream.locale)), target


def read_held(context: ImportContext) -> Iterator[Step]:
    """Read the names that the target's own documents have: its listing shows that of the latest version at most."""
    documents = context.scratch.table(
        3, ((stream.type, uid, stream.locale) for stream, uid, *_ in named_versions(context))
    )
    for (content_type, uid, locale), _ in groupby(documents):
        stream, target = (
            Stream("entries", text(content_type), text(locale)),
            context.identity.target("entries", text(uid)),
        )
        there = stream._replace(locale=target_locale(context, stream.locale))
        if target is not None and context.target.get(there, target) is not None:
            yield _read(stream, text(uid), target, there.locale)


def pairs(context: ImportContext) -> Iterator[VersionPair]:
    """The versions that have the same name on both sides, and other numbers."""
    for stream, uid, version, name in named_versions(context):
        number, held = _made(context, stream, uid, version), _held(context, stream, uid, name)
        if number is not None and held and held != number:
            yield VersionPair(stream.type, uid, stream.locale, version, int(held))


def _made(context: ImportContext, stream: Stream, uid: str, version: int) -> str | None:
    """The number of a version in the target."""
    key = version_key(stream.type, uid, stream.locale, version)
    return context.identity.target("versions", key)


def _held(context: ImportContext, stream: Stream, uid: str, name: str) -> str | None:
    """The number of the target's version that had a name before the import."""
    return context.identity.target(_HELD, _name_key(stream, uid, name))


def _name_key(stream: Stream, uid: str, name: str) -> str:
    return f"{stream.type}\0{uid}\0{stream.locale}\0{name}"


def _is_named(context: ImportContext, stream: Stream, uid: str, version: int, name: str, number: str) -> bool:
    """Whether the target gave this version the name before, or one of the same content."""
    held = _held(context, stream, uid, name)
    if held is None or held == number:
        return held is not None
    pair = VersionPair(stream.type, uid, stream.locale, version, int(held))
    return context.once(SameVersions).is_same(pair)


def _read(stream: Stream, uid: str, target: str, locale: str) -> Await:
    def observe(answer: JsonObject) -> Observation:
        named = [(row, name) for row in objects(answer.get("versions")) if (name := _name(row))]
        found = [(row, name, str(integer(row.get("_version")))) for row, name in named]
        held = [(_HELD, _name_key(stream, uid, name), number) for _, name, number in found]
        since = ((number, text(nested(row.get("_version_name"), "updated_at"))) for row, _, number in found)
        return Observation(
            [*held, *((_NAME_THERE, _name_key(stream, uid, number), time) for number, time in since)]
        )

    step = _await("names held", stream, uid, (target, locale), observe)
    return replace(step, reads_initial_state=True)


def _await(
    name: str,
    stream: Stream,
    uid: str,
    there: tuple[str, str],
    observe: Callable[[JsonObject], Observation],
) -> Await:
    """A look at the named versions of a document, which is an entry and a language of the target (`there`)."""
    target, locale = there
    return Await(
        key=f"{name}/{stream.type}/{uid}/{stream.locale}",
        kind="version_names",
        request=list_versions(stream.type, target, ("named", "true"), ("locale", locale), *page_params(0)),
        observe=observe,
        required_key="versions",
        next_page=partial(next_page, "versions"),
    )


def _key(stream: Stream, uid: str, version: int) -> str:
    return f"name/{stream.type}/{uid}/{stream.locale}/{version}"


def _gap(stream: Stream, uid: str, version: int, reason: str) -> Gap:
    where = f"version {version}"
    return Gap(
        kind="version_names", uid=uid, type=stream.type, locale=stream.locale, path=where, reason=reason
    )


def confirm(context: ImportContext) -> Iterator[Step]:
    """Read the names that the service took, one list for each document: its answer is a notice."""
    taken = context.scratch.table(
        5,
        (
            (stream.type, uid, stream.locale, version, name)
            for stream, uid, version, name in named_versions(context)
            if context.identity.target(_TAKEN, _key(stream, uid, version)) is not None
        ),
    )
    for (content_type, uid, locale), rows in groupby(taken, key=itemgetter(0, 1, 2)):
        names = {int(version): text(name) for *_, version, name in rows}
        yield _look(context, Stream("entries", text(content_type), text(locale)), text(uid), names)


def _look(context: ImportContext, stream: Stream, uid: str, names: dict[int, str]) -> Await:
    """Wait until a document shows these names of its versions, by their numbers in the source."""
    numbers = {
        version: context.identity.target("versions", version_key(stream.type, uid, stream.locale, version))
        for version in names
    }

    def observe(answer: JsonObject) -> Observation:
        shown = {(str(integer(row.get("_version"))), _name(row)) for row in objects(answer.get("versions"))}
        missing = [version for version, name in names.items() if (numbers[version], name) not in shown]
        return Observation(pending=[("unnamed", _key(stream, uid, version), "yes") for version in missing])

    def gaps(facts: Iterable[tuple[str, str, str]]) -> list[Gap]:
        missing = {fact for _, fact, _ in facts}
        return [
            _gap(
                stream,
                uid,
                version,
                f"the target took its name '{name}' and does not show it: name it by hand",
            )
            for version, name in names.items()
            if _key(stream, uid, version) in missing
        ]

    there = (context.identity.target("entries", uid) or "", target_locale(context, stream.locale))
    return replace(_await("names", stream, uid, there, observe), gaps=gaps)


def renumbered(identities: Callable[[str], Pairs]) -> Iterator[JsonObject]:
    """Every version whose number differs, as `kind`, `content_type`, `uid`, `locale`, `from` and `to`.

    `identities` gives the sources and targets of a kind, in the order of the sources.
    """
    for names, number, target_number in _renumbered(identities("versions")):
        content_type, _, rest = names.partition("\0")
        uid, _, locale = rest.rpartition("\0")
        facts: JsonObject = {"content_type": content_type, "uid": uid, "locale": locale}
        yield {"kind": "entries", **facts, "from": number, "to": target_number}
    for uid, number, target_number in _renumbered(identities("asset_versions")):
        yield {"kind": "assets", "uid": uid, "from": number, "to": target_number}


def _renumbered(pairs: Pairs) -> Iterator[tuple[str, int, int]]:
    """What has the version, and its two numbers; those of one document in their order."""
    keyed = ((source.rpartition("\0"), target) for source, target in pairs)
    numbered = ((names, int(number), int(target)) for (names, _, number), target in keyed)
    for _, versions in groupby(numbered, key=lambda one: one[0]):
        yield from sorted(one for one in versions if one[1] != one[2])
