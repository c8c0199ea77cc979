"""HTTP as values: requests, responses, paths, ranges, conditions, credentials. No shares, no trees."""
