"""What definitions, releases and logs are made of, and what that tells. Pure."""
