"""The releases and bulk actions of the Content Management API: one client method for each call.

    releases = Releases(session.call, Root.of(place))
    answer = await releases.get(release_id="3fTdUpKBGzgAPPRsRrKG7a")

docs/api.md lists all of them. Clients send what they are given and return what they are answered; refusals are raised
in words that name what was asked for, why it was refused, and what to do next.
"""

from __future__ import annotations

from stackferry.providers.contentful.api.bulk_actions import BulkActions
from stackferry.providers.contentful.api.bulk_outcome import Missed, missed
from stackferry.providers.contentful.api.client import Call, Sleep
from stackferry.providers.contentful.api.refused import Explained
from stackferry.providers.contentful.api.release_actions import ReleaseActions
from stackferry.providers.contentful.api.release_bodies import ReleaseAssets, ReleaseEntries
from stackferry.providers.contentful.api.release_editor import ReleaseEditor, Wanted
from stackferry.providers.contentful.api.releases import Releases
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.contentful.requests.bulk import BulkItem

__all__ = [
    "BulkActions",
    "BulkItem",
    "Call",
    "Explained",
    "Missed",
    "ReleaseActions",
    "ReleaseAssets",
    "ReleaseEditor",
    "ReleaseEntries",
    "Releases",
    "Root",
    "Sleep",
    "Wanted",
    "missed",
]
