"""What the target has and the snapshot has not: told, and with `--mirror` taken away.

Releases go first, then entries and assets: taken down where they are live, looked at once more before that, and looked
for afterwards. Must never delete what somebody has changed since it was read.
"""
