"""Publications in the target's uids and versions: the requests that make them and that look for them. Pure.

API pages: "Publish an entry", "Publish an asset", "Publish entries and assets in bulk".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import objects, text
from stackferry.model import Gap, JsonObject, Request
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.entries import list_entries
from stackferry.providers.contentstack.requests.publishing import bulk_publish, publish
from stackferry.providers.target import Await, Observation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import Json
    from stackferry.providers.target import WriteOptions

LOOK = 100  # rows of one reading
SOME_MISSING = (
    "missing",
    "publications",
    "1",
)  # stored beside every missing publication: without it none need be looked up


@dataclass(frozen=True, slots=True)
class TargetPublication:
    """A publication in the target's own terms. `owner` is empty for an asset."""

    content_type: str
    locale: str
    uid: str
    owner: str
    version: int
    environment: str
    environment_uid: str
    source: str

    @property
    def key(self) -> str:
        return "\0".join((self.content_type, self.uid, self.locale, self.environment, str(self.version)))


def bulk_request(
    items: Sequence[TargetPublication], environments: Sequence[str], options: WriteOptions
) -> Request:
    """Items of one language, published in the same environments.

    Without `api_version`, which would publish what they refer to as well: every version is named here.
    """
    own = write_options(options)
    asked = {"skip_workflow_stage_check": own.skip_workflow_stage_check, "approvals": own.approvals}
    switches = tuple((name, "true") for name, wanted in asked.items() if wanted)
    body: JsonObject = {"locales": [items[0].locale], "environments": [*environments]}
    entries: list[Json] = [
        {
            "uid": publication.uid,
            "content_type": publication.content_type,
            "version": publication.version,
            "locale": publication.locale,
        }
        for publication in items
        if publication.content_type
    ]
    assets: list[Json] = [
        {"uid": publication.uid, "version": publication.version}
        for publication in items
        if not publication.content_type
    ]
    body |= {"entries": entries} if entries else {}
    body |= {"assets": assets} if assets else {}
    return bulk_publish("publish", body, switches)


def single_request(publication: TargetPublication, environments: Sequence[str]) -> Request:
    """One document, under the language that it belongs to."""
    return publish(
        "publish",
        publication.content_type,
        publication.uid,
        environments,
        [publication.locale],
        locale=publication.owner or None,
        version=publication.version,
    )


def look(
    key: str, content_type: str, locale: str, rows: Mapping[str, Sequence[TargetPublication]], *, final: bool
) -> Await:
    """Wait until documents of one type and language are shown where they shall be. `final`: else it is a gap."""
    query = exact_json.dumps({"uid": {"$in": [*sorted(rows)]}}).decode()
    params = (("query", query), ("include_publish_details", "true"), ("limit", str(LOOK)))
    own = ("locale", locale)
    request = list_entries(content_type, own, *params) if content_type else list_assets(*params)
    many = "entries" if content_type else "assets"
    expected = [publication for uid in sorted(rows) for publication in rows[uid]]

    def observe(answer: JsonObject) -> Observation:
        found = objects(answer.get(many))
        there = {
            (text(row.get("uid")), environment, code, version)
            for row in found
            for environment, code, version in publish_details(row)
        }
        lost = [
            ("missing", publication.key, "1")
            for publication in expected
            if (publication.uid, publication.environment_uid, publication.locale, publication.version)
            not in there
        ]
        return Observation(pending=[*lost, SOME_MISSING] if lost else [])

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        lost = {key for _, key, _ in facts} if final else set()
        return [_unshown(publication) for publication in expected if publication.key in lost]

    return Await(key=key, kind="publications", request=request, observe=observe, required_key=many, gaps=gaps)


def _unshown(publication: TargetPublication) -> Gap:
    return Gap(
        kind="publications" if publication.content_type else "asset_publications",
        uid=publication.source,
        type=publication.content_type,
        locale=publication.locale,
        reason=f"version {publication.version} was sent for publishing to {publication.environment}, "
        "but the target does not show it",
    )
