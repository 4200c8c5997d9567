"""Pages before sign-in."""
