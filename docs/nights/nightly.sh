#!/bin/sh
# One night, for cron: a mail (cron sends what is printed) for whatever a person should look at.
# Usage: nightly.sh DIR PROFILE...
set -u
directory=$1
shift
if [ -f "$directory/gaps.toml" ]; then
    set -- "$@" --accept "$directory/gaps.toml"
fi
stackferry backup "$@" --into "$directory" --quiet
code=$?
case $code in
0) ;;
3) echo "stackferry: something is missing that was not known: stackferry snapshots $directory" ;;
6) echo "stackferry: a snapshot in $directory is damaged" ;;
7) echo "stackferry: another run works in $directory" ;;
*) echo "stackferry: the backup failed with exit code $code" ;;
esac
# Nothing old goes in a night that made nothing new.
if [ "$code" -eq 0 ] || [ "$code" -eq 3 ]; then
    stackferry forget "$directory" --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --quiet >/dev/null
fi
exit $code
