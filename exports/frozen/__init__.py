"""An export's record: its rows and our own files' bytes as one content of the archive. See docs/format/export.md."""
