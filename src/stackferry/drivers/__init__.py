"""The only concurrency: drivers obey plans and talk to edges."""
