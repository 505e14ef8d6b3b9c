"""The recipes of docs/nights.md that keep snapshots elsewhere, with the real tools on local repositories."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from command_line import FILLED, SOURCE
from recipe import FOLDER, configure, run
from workbench import file_digests

from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine


def nights(cli: CommandLine) -> Path:
    """Two nights of two stacks."""
    configure(cli, production=cli.place(SOURCE), other=cli.place(FILLED))
    into = cli.home / "b"
    for _ in range(2):
        run(cli, "stackferry", "backup", "production", "other", "--into", into)
    return into


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_restic_brings_every_snapshot_back(cli: CommandLine) -> None:
    into, where = nights(cli), {"RESTIC_REPOSITORY": str(cli.home / "repository")}
    (cli.home / "password").write_text("invented\n")
    where |= {"RESTIC_PASSWORD_FILE": str(cli.home / "password"), "RESTIC_CACHE_DIR": str(cli.home / "cache")}
    for _ in range(2):  # the second run finds a repository
        run(cli, "sh", FOLDER / "offsite-restic.sh", into, variables=where)
    run(cli, "restic", "restore", "latest", "--quiet", "--target", cli.home / "restored", variables=where)
    restored = cli.home / "restored" / into.relative_to("/")
    assert file_digests(restored) == file_digests(into)
    for profile in ("production", "other"):
        run(cli, "stackferry", "verify", restored / profile / "latest")
    raw = b"".join(path.read_bytes() for path in (cli.home / "repository").rglob("*") if path.is_file())
    assert b"Quay" not in raw  # the title of an entry


@pytest.mark.skipif(shutil.which("rclone") is None, reason="rclone is not installed")
def test_rclone_brings_the_newest_snapshots_back(cli: CommandLine) -> None:
    """Through an encrypting remote on a local directory."""
    into = nights(cli)
    obscured = run(cli, "rclone", "obscure", "invented").stdout.strip()
    remote = {
        "RCLONE_CONFIG": str(cli.home / "rclone.conf"),
        "RCLONE_CONFIG_SECRET_TYPE": "crypt",
        "RCLONE_CONFIG_SECRET_REMOTE": str(cli.home / "away"),
        "RCLONE_CONFIG_SECRET_PASSWORD": obscured,
    }
    (cli.home / "rclone.conf").write_text("")
    for _ in range(2):  # the second run finds everything there
        run(cli, "sh", FOLDER / "offsite-rclone.sh", into, "secret:stackferry", variables=remote)
    name = (into / "production" / "latest").readlink()
    back = cli.home / "restored"
    run(cli, "rclone", "copy", f"secret:stackferry/production/{name}", back, variables=remote)
    assert file_digests(back) == file_digests(into / "production" / "latest")
    run(cli, "stackferry", "verify", back)
    raw = b"".join(path.read_bytes() for path in (cli.home / "away").rglob("*") if path.is_file())
    assert b"Quay" not in raw


def test_the_containerfile_copies_what_is_there_and_runs_without_rights() -> None:
    lines = (FOLDER / "Containerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001"]
    assert lines.index("USER 10001") > max(
        number for number, line in enumerate(lines) if line.startswith("RUN")
    )


def is_ready(builder: str) -> bool:
    """Whether a builder of images is installed, and what it talks to is running."""
    if not shutil.which(builder):
        return False
    told = subprocess.run([builder, "info"], capture_output=True, check=False)  # noqa: S603 - one of three words
    return told.returncode == 0


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_the_image_is_built_and_backs_up(cli: CommandLine) -> None:
    """It needs a registry and minutes, so it is run before a release."""
    builder = next(filter(is_ready, ("podman", "buildah", "docker")), "")
    if not builder:
        pytest.skip("neither podman, buildah nor docker is installed and running")
    words = [builder, "bud" if builder == "buildah" else "build", "-t", "stackferry-test"]
    done = run(cli, *words, "-f", FOLDER / "Containerfile", ROOT, directory=ROOT)
    assert re.search(r"stackferry-test", done.stdout + done.stderr)
    if builder != "buildah":
        shown = run(cli, builder, "run", "--rm", "--entrypoint", "id", "stackferry-test", "-u")
        assert shown.stdout.strip() == "10001"
        assert "backup" in run(cli, builder, "run", "--rm", "stackferry-test", "--help").stdout
