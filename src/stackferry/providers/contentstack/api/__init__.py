"""The Content Management API itself: one client method for each endpoint of its pages.

    entries = Entries(session.call)
    answer = await entries.get(content_type_uid="article", entry_uid="blt0123", locale="fr-fr")

docs/api.md lists all of them. Clients send what they are given and return what they are answered; plans and promises
are the business of an import.
"""

from __future__ import annotations

from stackferry.providers.contentstack.api.atomic_updates import AtomicUpdates
from stackferry.providers.contentstack.api.bulk import Bulk
from stackferry.providers.contentstack.api.bulk_jobs import BulkJobs
from stackferry.providers.contentstack.api.client import Call
from stackferry.providers.contentstack.api.entries import Entries, EntryFiles, EntryVersions
from stackferry.providers.contentstack.api.publishing import EntryPublishing, PublishQueue
from stackferry.providers.contentstack.api.releases import Releases

__all__ = [
    "AtomicUpdates",
    "Bulk",
    "BulkJobs",
    "Call",
    "Entries",
    "EntryFiles",
    "EntryPublishing",
    "EntryVersions",
    "PublishQueue",
    "Releases",
]
