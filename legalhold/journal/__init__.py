"""The outbox of what protects and what was destroyed, and its way into the archive's own chain. Knows no subject."""
