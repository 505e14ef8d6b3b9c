"""What the service checks: content types when they are written, content when it is saved and when it is published."""
