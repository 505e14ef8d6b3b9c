"""What must be forgotten for what is gone to be made anew, and what is told of it. Pure.

Ids are kept, so what names an entry or an asset names it again once it is there. What the service takes away together
with an object is told: the values in a locale, tags and concepts of documents, items of releases.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.importing.assets.files import EXPIRES, FILES, UPLOADS
from stackferry.providers.contentful.importing.assets.plan import PROCESSED, SENT
from stackferry.providers.contentful.importing.bulk.entries import IN_BULK
from stackferry.providers.contentful.importing.deleted.expired_in_releases import released_file
from stackferry.providers.contentful.importing.deleted.missing import PARTS_OF_RELEASES
from stackferry.providers.contentful.importing.document_writes import NOT_PUBLISHED, WRITTEN
from stackferry.providers.contentful.importing.objects import REDUCED
from stackferry.providers.contentful.importing.publishing.batches import ANEW, LIVE
from stackferry.providers.contentful.importing.publishing.history import REPLAYED
from stackferry.providers.contentful.importing.publishing.plan import REFUSED
from stackferry.providers.contentful.importing.publishing.trial import AS_WHOLE
from stackferry.providers.contentful.importing.publishing.without_rules import SOFTENED
from stackferry.providers.contentful.importing.releases.bodies import RELEASE_SEEN
from stackferry.providers.contentful.importing.releases.body_write import SCOPED
from stackferry.providers.contentful.importing.releases.files import RELEASE_PROCESSED, RELEASE_SENT
from stackferry.providers.contentful.importing.releases.items import entity_key
from stackferry.providers.contentful.importing.releases.plan import OPENED
from stackferry.providers.contentful.importing.types.editor_interfaces import SEEN
from stackferry.providers.contentful.importing.unknown_parts import TYPES_WRITTEN
from stackferry.providers.contentful.importing.versions import VERSIONS, pair
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.made_anew import Forgotten, Made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.identities import Memory
    from stackferry.providers.target import ImportContext

_AGAIN: Final = "import once more with --on-conflict update"
_HELD: Final = f"the target held it before the import, and somebody has deleted it since: {_AGAIN}"
_TAKEN_ALONG: Final = {
    kinds.LOCALES.name: f"it was deleted in the target and made anew: what was written in it before is gone; {_AGAIN}",
    kinds.TAGS.name: f"it was deleted in the target and made anew: what had it before may lack it; {_AGAIN}",
    kinds.CONCEPTS.name: f"it was deleted in the target and made anew: what had it before may lack it; {_AGAIN}",
}
_FILLED: Final = (
    f"it was filled before, and names something that was deleted in the target and made anew; {_AGAIN}"
)
_DOCUMENTS: Final = (kinds.ENTRIES.name, kinds.ASSETS.name)

# Where the key of a step names an object as KIND/ID, by how the key begins: the place of the kind.
_PLACES: Final = {
    "tried": 1,
    "published to try": 1,
    "published as a whole": 1,
    "looked": 3,
    "locales looked at": 2,
}
# Where it names one of a known kind by its id alone, which comes second.
_OWNED: Final = {
    "process": kinds.ASSETS.name,
    "processing": kinds.ASSETS.name,
    "soften": kinds.CONTENT_TYPES.name,
    "restore": kinds.CONTENT_TYPES.name,
    "release bodies": kinds.RELEASES.name,
    "release body": kinds.RELEASES.name,
    "release joined": kinds.RELEASES.name,
    "release file": kinds.RELEASES.name,
    "release files seen": kinds.RELEASES.name,
    kinds.EDITOR_INTERFACES.name: kinds.CONTENT_TYPES.name,
}
_SEEN_IN_RELEASE: Final = "release files seen"  # looks at the assets of one release, many in one
_AWAITED: Final = "processed"  # it begins the keys of looks at assets, many in one
# The same of identities: those whose source is KIND/ID, or begins so.
_BY_KEY: Final = frozenset(
    {
        VERSIONS,
        WRITTEN,
        LIVE,
        NOT_PUBLISHED,
        REPLAYED,
        AS_WHOLE,
        REFUSED,
        REDUCED,
        SCOPED,
        RELEASE_SENT,
        RELEASE_PROCESSED,
        IN_BULK,
    }
)
_BY_ID: Final = {
    **dict.fromkeys((SENT, PROCESSED, FILES), kinds.ASSETS.name),
    **dict.fromkeys((TYPES_WRITTEN, SOFTENED, SEEN, kinds.EDITOR_INTERFACES.name), kinds.CONTENT_TYPES.name),
    **dict.fromkeys(
        (RELEASE_SEEN, OPENED, kinds.RELEASE_ENTRIES.name, kinds.RELEASE_ASSETS.name), kinds.RELEASES.name
    ),
}


def forget(context: ImportContext, memory: Memory, gone: Collection[Made]) -> Forgotten:
    """What must be forgotten for all of `gone` to be made anew, but for what the target held before the import."""
    before = Held(context.target, context.scratch)
    told = frozenset(one for one in gone if before.holds(one.kind, one.target))
    forgetting = _Forgetting(context, memory, frozenset(gone) - told)
    gaps = [*(Gap(kind=one.kind, uid=one.source, reason=_HELD) for one in sorted(told)), *forgetting.gaps()]
    facts = forgetting.facts()
    uncounted = told | {one for one in gone if one.kind in (UPLOADS, SENT, RELEASE_SENT)}
    return Forgotten(
        step=forgetting.step, identity=forgetting.identity, facts=facts, gaps=gaps, uncounted=uncounted
    )


class _Forgetting:
    def __init__(self, context: ImportContext, memory: Memory, gone: Collection[Made]) -> None:
        self._context, self._memory, self._gone = context, memory, gone
        self._steps, self._facts = set[str](), set[tuple[str, str]]()
        self._keys = {f"{one.kind}/{one.source}" for one in gone}
        self._keys |= {*self._bound()}
        self._releases_sent = {released_file(one.source).release for one in gone if one.kind == RELEASE_SENT}
        adding = {
            **dict.fromkeys(PARTS_OF_RELEASES, self._add_part),
            UPLOADS: self._add_upload,
            SENT: self._add_file,
            RELEASE_SENT: self._add_released_file,
        }
        for one in gone:
            if add := adding.get(one.kind):
                add(one)

    def _add_upload(self, one: Made) -> None:
        self._steps.add(f"upload/{one.source}")
        self._facts |= {(UPLOADS, one.source), (EXPIRES, one.source)}

    def _bound(self) -> Iterator[str]:
        """What names an object whose id is another one from now on."""
        for row in self._context.source.objects(Stream(kinds.SCHEDULED_ACTIONS.name)):
            if f"{kinds.RELEASES.name}/{link_id(row.get('entity'))}" in self._keys:
                yield f"{kinds.SCHEDULED_ACTIONS.name}/{sys_id(row)}"
        for row in self._context.source.objects(Stream(kinds.WORKFLOWS.name)):
            definition = link_id(nested(row, "sys", "workflowDefinition") or row.get("workflowDefinition"))
            if f"{kinds.WORKFLOW_DEFINITIONS.name}/{definition}" in self._keys:
                yield f"{kinds.WORKFLOWS.name}/{sys_id(row)}"

    def _add_part(self, one: Made) -> None:
        """A body that exists in a release alone: written again it joins the release, whose items are put right."""
        release, _, uid = one.source.partition("\0")
        name = f"{release}/{PARTS_OF_RELEASES[one.kind]}/{uid}"
        key = f"{kinds.RELEASES.name}/{name}"
        self._steps |= {
            f"release body/{name}",
            f"release joined/{release}",
            f"{kinds.RELEASES.name}/{release}/completed",
        }
        self._facts |= {(one.kind, one.source), (SCOPED, key), (VERSIONS, key), (RELEASE_SEEN, release)}

    def _add_file(self, one: Made) -> None:
        """A file that an asset names and that nothing can be made of: the body is written once more, with another."""
        uid, locale, at = one.source.split("\0")
        self._steps |= {f"{kinds.ASSETS.name}/{uid}/{at}", f"process/{uid}/{locale}/{at}"}
        self._facts |= {(SENT, one.source), (PROCESSED, one.source)}

    def _add_released_file(self, one: Made) -> None:
        """The same of a file that a release holds of its own."""
        release, asset, locale = released_file(one.source)
        key = one.source.partition("\0")[0]
        self._steps |= {
            f"release body/{release}/{kinds.ASSETS.name}/{asset}",
            f"release file/{release}/{asset}/{locale}",
        }
        self._facts |= {(RELEASE_SENT, one.source), (RELEASE_PROCESSED, one.source), (SCOPED, key)}

    # --- what is forgotten ---

    def step(self, key: str) -> bool:
        parts = key.split("/")
        if key in self._steps:
            return True
        if parts[0] == _AWAITED:
            return any(one.kind in (kinds.ASSETS.name, SENT) for one in self._gone)
        if parts[0] == _SEEN_IN_RELEASE and parts[1] in self._releases_sent:
            return True
        if parts[0] in _OWNED:
            return f"{_OWNED[parts[0]]}/{parts[1]}" in self._keys
        at = _PLACES.get(parts[0], 0)
        return "/".join(parts[at : at + 2]) in self._keys

    def identity(self, kind: str, source: str) -> bool:
        if (kind, source) in self._facts:
            return True
        first = source.partition("\0")[0]
        if kind in _BY_KEY:
            of, _, rest = first.partition("/")
            return f"{_OWNED.get(of, of)}/{rest.partition('/')[0]}" in self._keys
        return f"{_BY_ID.get(kind, kind)}/{first if kind in _BY_ID else source}" in self._keys

    # --- what is told, and what is kept ---

    def facts(self) -> list[tuple[str, str, str]]:
        """The mark of documents that are published again: those beside which they were published before are not.

        And the versions of assets that are written again, because their files were not processed.
        """
        mark = sha256(repr(sorted(self._gone)).encode()).hexdigest()[:8]
        documents = sorted(f"{one.kind}/{one.source}" for one in self._gone if one.kind in _DOCUMENTS)
        marks = [(ANEW, key, mark) for key in (*documents, *([""] if documents else []))]
        files = [(one, one.source.partition("\0")[0]) for one in self._gone]
        versions = [(f"{kinds.ASSETS.name}/{name}", one.target) for one, name in files if one.kind == SENT]
        versions += [(key, one.target) for one, key in files if one.kind == RELEASE_SENT]
        return [*marks, *(pair(key, int(version)) for key, version in versions if version != "0")]

    def gaps(self) -> Iterator[Gap]:
        for one in sorted(self._gone):
            if one.kind in _TAKEN_ALONG:
                yield Gap(kind=one.kind, uid=one.source, reason=_TAKEN_ALONG[one.kind])
        for row in self._context.source.objects(Stream(kinds.RELEASES.name)):
            uid = sys_id(row)
            is_made = self._memory.target(kinds.RELEASES.name, uid) is not None
            if is_made and f"{kinds.RELEASES.name}/{uid}" not in self._keys and self._names(row):
                yield Gap(kind=kinds.RELEASES.name, uid=uid, reason=_FILLED)

    def _names(self, release: JsonObject) -> bool:
        items = objects(nested(release, "entities", "items"))
        return any(entity_key(as_object(item.get("entity")) or item) in self._keys for item in items)
