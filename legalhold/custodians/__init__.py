"""People whose data may be held, found by any address they had, and groups of them."""
