"""What editors say of their work: comments, tasks and workflows."""

from __future__ import annotations

from stackferry.emulators.contentful.routes.editorial import comments, tasks, workflows

ROUTES = (*comments.ROUTES, *tasks.ROUTES, *workflows.ROUTES)
