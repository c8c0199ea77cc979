"""The files of our own that stand beside an export's items. Each is the same bytes for the same export, on any day."""
