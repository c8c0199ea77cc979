"""Finding what is preserved, and freezing what was found."""
