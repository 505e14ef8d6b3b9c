#!/bin/sh
# The newest snapshot of each profile to a remote of rclone, which may encrypt (type "crypt").
# Usage: offsite-rclone.sh DIR REMOTE:PATH
set -eu
directory=$1
remote=$2
for link in "$directory"/*/latest; do
    folder=$(dirname "$link")
    name=$(readlink "$link")
    # Files never change, so what is there with the right size was copied before.
    rclone copy --size-only --exclude '/.work/**' "$folder/$name" "$remote/$(basename "$folder")/$name"
    rclone check --one-way --exclude '/.work/**' "$folder/$name" "$remote/$(basename "$folder")/$name"
done
