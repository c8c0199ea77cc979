"""Collections laid out for reading: frozen manifests, trees of what is shown, writers."""
