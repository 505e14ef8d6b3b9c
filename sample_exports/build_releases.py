"""Makes `harbour-releases/`, the sample snapshot of a project of Azure DevOps: the same bytes on every run.

    python sample_exports/build_releases.py       # from the repository, with stackferry installed

A project is made up by a seed, through the emulated API, and is then exported. Its clock and ids are the emulator's;
the zips of its logs are written here, without compression, because two versions of a compressor may differ.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

sys.path.insert(0, str(Path(__file__).parent))
from replace_sample import replace_sample

from stackferry.core.rates import Rates
from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.emulators.azure_devops import Emulator
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.io.http.session import open_session
from stackferry.model import Place, Secret
from stackferry.providers.azure_devops.options import AzureReadOptions
from stackferry.providers.azure_devops.system import AzureDevOps

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops import Project

NAME = "harbour-releases"
ORGANIZATION, PROJECT = "harbour-town", "Harbour Web"
TOKEN = "ado-invented-token"  # noqa: S105 - invented, and valid only here
SEED, RELEASES = 5, 16


def write_logs(project: Project, directory: Path) -> None:
    """The zip of each release that ran, as a file that the service gives."""
    for number in sorted({key[0] for key in project.logs}):
        project.log_files[number] = directory / f"{number}.zip"
        with zipfile.ZipFile(project.log_files[number], "w", zipfile.ZIP_STORED) as archive:
            for key, log in sorted(project.logs.items()):
                if key[0] == number:
                    archive.writestr(zipfile.ZipInfo(log.entry, (2026, 1, 1, 0, 0, 0)), log.content)


async def build(directory: Path) -> None:
    """Make the project up and export it into `directory`, which must be new."""
    place = Place(system="azure-devops", key=ORGANIZATION, host="dev.azure.com", name=PROJECT)
    system = AzureDevOps()
    service = Emulator()
    project = generate(service, ORGANIZATION, PROJECT, token=TOKEN, seed=SEED, releases=RELEASES)
    session = open_session(
        place.origin,
        system.headers(place, ("token", Secret(TOKEN))),
        origins=system.origins(place),
        rates=Rates(),
        rules=system.answer_rules,
        transport=httpx.ASGITransport(app=service),
    )
    with TemporaryDirectory() as logs:
        write_logs(project, Path(logs))
        async with session as opened:
            await export(Run(system, opened, place), directory, AzureReadOptions())


if __name__ == "__main__":
    replace_sample(NAME, build)
