"""Legal holds: what a matter keeps, whose data, since when, and how it is let go. Compaction knows only their pins."""
