"""What is kept of an object, and for how long."""

from costguard.common import identity_cache
from costguard.common.identity_cache import IdentityCache


def test_what_was_found_of_an_object_is_not_looked_for_again() -> None:
    asked = list[list[int]]()

    def find(thing: list[int]) -> int:
        asked.append(thing)
        return len(thing)

    cache = IdentityCache(find)
    one, equal = [1], [1]
    assert [cache.of(one), cache.of(one), cache.of(equal)] == [1, 1, 1]
    assert [id(each) for each in asked] == [id(one), id(equal)]


def test_it_does_not_grow_for_ever() -> None:
    cache = IdentityCache[list[int], int](len)
    for number in range(identity_cache._MOST + 10):
        assert cache.of([0] * (number % 3)) == number % 3
    assert len(cache._found) <= identity_cache._MOST
