from legalhold.archive.caching import BoundedCache


def test_what_was_not_asked_for_longest_is_forgotten():
    cache = BoundedCache(limit=10)
    cache.put("a", 1, cost=4)
    cache.put("b", 2, cost=4)
    cache.get("a")

    cache.put("c", 3, cost=4)

    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_value_put_again_counts_once():
    cache = BoundedCache(limit=10)
    for value in range(5):
        cache.put("a", value, cost=6)
    cache.put("b", 2, cost=4)

    assert [cache.get(key) for key in "ab"] == [4, 2]


def test_value_too_large_is_not_kept_and_drives_nothing_out():
    cache = BoundedCache(limit=10)
    cache.put("a", 1, cost=10)

    cache.put("b", 2, cost=11)

    assert [cache.get(key) for key in "ab"] == [1, None]
