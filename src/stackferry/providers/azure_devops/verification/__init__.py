"""What an archive says of itself."""
