"""Series that are gone through together stay together: whoever comes makes a block of their own."""

from __future__ import annotations

from itertools import count

from budgetbot.rules.unusual_block import Block, blocks

_NEW = count()


def named(*numbers: int) -> list[str]:
    return [f"api_key=openai/=key_{i:04}" for i in numbers]


def held(found: list[Block], scopes: list[str]) -> list[str]:
    """The keys by their numbers: as they were asked for."""
    columns = [(key, int(i)) for block in found for key, i in zip(block.scopes, block.columns, strict=True) if i >= 0]
    assert all(scopes[i] == key for key, i in columns)
    return sorted(key for key, _ in columns)


def test_every_scope_is_in_one_block_whatever_the_order() -> None:
    keys = named(*range(2500))

    one, other = blocks(next(_NEW), keys), blocks(next(_NEW), keys[::-1])

    assert held(one, keys) == held(other, keys[::-1]) == keys
    assert [block.scopes for block in one] == [block.scopes for block in other]
    assert max(len(block.scopes) for block in one) <= 1024


def test_a_scope_that_comes_leaves_all_blocks_as_they_were() -> None:
    name, keys = next(_NEW), named(*range(2500))
    before = blocks(name, keys)

    after = blocks(name, [*named(9999), *keys])

    assert [block.scopes for block in after] == [*(block.scopes for block in before), tuple(named(9999))]
    assert held(after, [*named(9999), *keys]) == [*keys, *named(9999)]


def test_a_scope_that_goes_keeps_its_place_without_a_number() -> None:
    name, keys = next(_NEW), named(*range(5))
    blocks(name, keys)

    (block,) = blocks(name, keys[2:])

    assert block.scopes == tuple(keys)
    assert block.columns.tolist() == [-1, -1, 0, 1, 2]


def test_a_block_of_which_all_went_away_is_left_out() -> None:
    name, keys = next(_NEW), named(*range(5))
    blocks(name, keys)

    assert [block.scopes for block in blocks(name, named(7))] == [tuple(named(7))]


def test_many_small_blocks_are_put_together_when_the_next_scope_comes() -> None:
    name, keys = next(_NEW), named(*range(2000))
    for number in range(9):
        found = blocks(name, [*keys, *named(*range(3000, 3000 + number))])

    assert [len(block.scopes) for block in found] == [1000, 1000, *[1] * 8]

    again = blocks(name, [*keys, *named(*range(3000, 3009))])

    assert [len(block.scopes) for block in again] == [1000, 1000, 9]
    assert held(again, [*keys, *named(*range(3000, 3009))]) == [*keys, *named(*range(3000, 3009))]
