"""Releases of both generations: the records, the copies that Timeline releases hold, and the actions."""

from __future__ import annotations

from stackferry.emulators.contentful.routes.releases import actions, records, scoped

ROUTES = (*records.ROUTES, *scoped.ROUTES, *actions.ROUTES)
