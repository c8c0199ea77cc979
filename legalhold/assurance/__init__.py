"""Acts of the whole house: rebuilding the catalog from the archive alone."""
