"""Writes a reading tree out: as a ZIP that is never stored, as a folder. Knows trees, not tables or the archive."""
