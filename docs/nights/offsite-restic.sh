#!/bin/sh
# The directory of the backups into a restic repository: encrypted, and what snapshots share is stored once.
# Usage: offsite-restic.sh DIR; RESTIC_REPOSITORY and RESTIC_PASSWORD_FILE say where to and how.
set -eu
directory=$1
restic cat config >/dev/null 2>&1 || restic init --quiet
# Not what a run is still writing, nor what a killed run was deleting.
restic backup --quiet --exclude .work --exclude '.forgotten-*' --exclude .lock "$directory"
restic forget --quiet --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --prune
restic check --quiet
