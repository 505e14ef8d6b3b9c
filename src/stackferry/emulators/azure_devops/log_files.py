"""The logs of releases: a text for each task, which grows, and a zip of all of them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import phases_of, stage_of
from stackferry.json_values import integer, objects, text

if TYPE_CHECKING:
    from random import Random

    from stackferry.emulators.azure_devops.organization import Project, TaskKey
    from stackferry.model import JsonObject

_FIXED = (2020, 1, 1, 0, 0, 0)


def log_lines(name: str, began: str, count: int, *, failed: bool = False) -> list[str]:
    """What a task writes, line by line."""
    lines = [f"{began} ##[section]Starting: {name}"]
    lines += [f"{began} step {number} of {name}" for number in range(1, max(1, count - 1))]
    return [*lines, f"{began} ##[{'error' if failed else 'section'}]Finishing: {name}"]


def as_log(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def entry_name(stage: JsonObject, attempt: int, phase: JsonObject, task: JsonObject) -> str:
    """The name of a task's log in the zip: it carries the names of stage, phase and task as they are."""
    tried = f"Attempt {attempt}/" if attempt > 1 else ""
    return f"{text(stage.get('name'))}/{tried}{text(phase.get('name'))}/{task.get('id')}_{text(task.get('name'))}.log"


def release_zip(project: Project, release: int, random: Random | None) -> bytes | None:
    """The zip of a release's logs; None where there are none. With `random` no two have the same bytes."""
    logs = [log for key, log in sorted(project.logs.items()) if key[0] == release]
    if not logs:
        return None
    return zip_of({log.entry: log.content for log in logs}, random)


def log_in_zip(project: Project, key: TaskKey) -> bytes | None:
    """What a task wrote, out of a zip that stands for the logs of its release; None where there is none."""
    path, raw = project.log_files.get(key[0]), project.releases.get(key[0])
    stage = None if raw is None else stage_of(raw, key[1])
    if path is None or stage is None:
        return None
    for step, phase in phases_of(stage):
        tasks = (one for job in objects(phase.get("deploymentJobs")) for one in objects(job.get("tasks")))
        task = next((one for one in tasks if phase.get("id") == key[2] and one.get("id") == key[3]), None)
        if task is not None:
            name = entry_name(stage, integer(step.get("attempt")) or 1, phase, task)
            with zipfile.ZipFile(path) as archive:
                return archive.read(name) if name in archive.namelist() else None
    return None


def zip_of(members: dict[str, bytes], random: Random | None = None) -> bytes:
    """A zip. Its members are in their order; `random` makes times and sizes that differ."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.date_time = (
                (2020, 1, 1, random.randrange(24), random.randrange(60), 0) if random else _FIXED
            )
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=random.randint(1, 9) if random else 6)
    return made.getvalue()


def some_lines(content: bytes, first: int | None, last: int | None) -> bytes:
    """The lines from `first` to `last`, both counted from 1."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[max(0, (first or 1) - 1) : last if last else None])
