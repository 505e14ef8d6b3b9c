"""What a repeated deployment makes live, and the source has published otherwise since: it is put right. Pure.

A release is deployed with the versions that it pins. Where the source shows another version of an item by now, or none,
that is published, or taken down, after the deployment. What a deployment takes along of what extensions keep beside its
items no page says: `metadata_checks` looks at these records afterwards.
API pages: "Deploy a Release", "Publish an entry", "Unpublish an entry", the same calls of assets.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.content.publications import (
    Publication,
    document_publications,
    publish_details,
    stored_publications,
)
from stackferry.providers.contentstack.content.releases import rows_of
from stackferry.providers.contentstack.importing.answers import Noticed, remember
from stackferry.providers.contentstack.importing.publishing.batches import single_request
from stackferry.providers.contentstack.importing.publishing.read_back import publication_gap, read_back
from stackferry.providers.contentstack.importing.publishing.singly import alone
from stackferry.providers.contentstack.importing.releases.deployments import DeploymentPlan
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import ImportStage, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.target import ImportContext, Step

_FAILED = "release {} was deployed over what the source shows there, and the target refused to put that right"
_VARIANT = (
    "release {} was deployed with another version of it, where the source shows {}: put it right by hand"
)


LAST: Final = "deployments put right checked"


def stages(context: ImportContext, publishing: PublishPlan) -> Iterator[ImportStage]:
    """When all is published: a deployment may take its time, and is then put right."""
    deployed, kinds = DeploymentPlan(context), ("releases",)
    over, is_published = DeployedOver(context, publishing, deployed), context.options.publish != "none"
    seen, checked, right = "scheduled deployments checked", "deployments checked", "deployments put right"
    yield ImportStage("deployments", kinds, deployed.deploy, None)
    yield ImportStage(seen, kinds, deployed.confirm_planned, ("deployments",))
    yield ImportStage(checked, kinds, deployed.confirm, (seen,))
    # With `--publish none` nothing is published but what was asked to be deployed.
    yield ImportStage(right, kinds, over.put_right if is_published else _nothing, (checked,))
    yield ImportStage(LAST, kinds, over.confirm if is_published else _nothing, (right,))


def _nothing() -> Iterator[Step]:
    return iter(())


class _Place(NamedTuple):
    """An object of the source in a language and an environment; no content type: an asset."""

    content_type: str
    uid: str
    locale: str
    environment: str
    variant: str


class DeployedOver:
    """What the deployments of one import have changed."""

    def __init__(self, context: ImportContext, publishing: PublishPlan, deployments: DeploymentPlan) -> None:
        self._context, self._publishing, self._deployments = context, publishing, deployments

    def put_right(self) -> Iterator[Step]:
        for place, release in self._otherwise():
            key = f"deployed over/{'/'.join(place)}"
            if place.variant:
                yield remember(key, "variants", PreparedWrite(gaps=[self._variant_gap(place, release)]))
            elif request := self._request(place):
                source = Publication(place.content_type, place.uid, place.locale, place.environment, "", 0)
                yield Write(
                    key=key,
                    kind="publications",
                    build=partial(PreparedWrite, request=request),
                    read=Noticed(alone(place.uid)),
                    failed=publication_gap(source, _FAILED.format(release)),
                    optional=True,
                )

    def confirm(self) -> Iterator[Step]:
        found = (self._shown(place) for place, _ in self._otherwise() if not place.variant)
        sent = [one for one in found if one is not None]
        return read_back("deployed over checked", sent, lambda one: one.owner, final=True)

    def _otherwise(self) -> Iterator[tuple[_Place, str]]:
        """Where the source shows something else than what was deployed, and the release."""
        deployed: defaultdict[_Place, set[int]] = defaultdict(set)
        releases: dict[_Place, str] = {}
        for release, environments in self._deployments.repeated():
            for item in rows_of(self._context.source, release):
                for environment in environments:
                    place = self._place(item, environment)
                    is_shown = item.get("action") != "unpublish"
                    deployed[place].add((integer(item.get("version")) or 0) if is_shown else 0)
                    releases[place] = release
        for place in sorted(deployed):
            if deployed[place] != {self._version(place)}:
                yield place, releases[place]

    def _place(self, item: JsonObject, environment: str) -> _Place:
        content_type = text(item.get("content_type_uid"))
        kind = "" if content_type in ASSET_TYPES else content_type
        names = (text(item.get(name)) for name in ("uid", "locale", "variant_id"))
        uid, locale, variant = names
        return _Place(kind, uid, locale, environment, variant)

    def _version(self, place: _Place) -> int:
        """The version that the source shows there; 0 where it shows none."""
        if place.variant:
            stream = Stream("variants", place.content_type, place.locale)
            row = self._context.source.get(stream, f"{place.uid}\0{place.variant}") or {}
            details = publish_details(as_object(row.get("variant")))
            return next(
                (one for where, code, one in details if (where, code) == (place.environment, place.locale)), 0
            )
        return next((one.version for one in self._publications(place)), 0)

    def _publications(self, place: _Place) -> list[Publication]:
        if place.content_type:
            found = [*self._context.once(stored_publications).of(place.content_type, place.uid)]
        else:
            row = self._context.source.get(Stream("assets"), place.uid) or {}
            found = [*document_publications("", place.uid, row)]
        return [one for one in found if (one.locale, one.environment) == (place.locale, place.environment)]

    def _shown(self, place: _Place) -> TargetPublication | None:
        return next(self._publishing.targets_of(self._publications(place)), None)

    def _request(self, place: _Place) -> Request | None:
        if (shown := self._shown(place)) is not None:
            return single_request(shown, [shown.environment])
        uid = self._context.identity.target("entries" if place.content_type else "assets", place.uid)
        if uid is None or self._publications(place):  # what is live there could not be imported: it is a gap
            return None
        locale = target_locale(self._context, place.locale)
        where = target_environment(self._context, place.environment)
        code = locale if place.content_type else None
        return publish("unpublish", place.content_type, uid, [where], [locale], locale=code)

    def _variant_gap(self, place: _Place, release: str) -> Gap:
        version = self._version(place)
        shown = f"version {version}" if version else "none"
        return Gap(
            kind="variants",
            uid=place.uid,
            type=place.content_type,
            locale=place.locale,
            path=place.variant,
            reason=_VARIANT.format(release, shown),
        )
