"""What every room above needs of a database: the writers' queue, the guard, the counted clock, bulk rows."""
