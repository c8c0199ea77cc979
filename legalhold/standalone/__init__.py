"""Tools of one file each that need nothing but Python: whoever receives an export can read and run them alone."""
