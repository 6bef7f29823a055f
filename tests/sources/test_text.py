from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.sources.text import clean, identifier


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(1, 50))
def test_cleaned_text_is_short_and_can_be_stored_and_printed(text: str, limit: int) -> None:
    cleaned = clean(text, limit)

    assert len(cleaned) <= limit
    cleaned.encode("utf-8")
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029\u202e" for c in cleaned)


def test_ordinary_text_stays_as_it_is() -> None:
    assert clean("Zoë's 研究 👩‍🔬 key") == "Zoë's 研究 👩‍🔬 key"


def test_long_text_ends_with_an_ellipsis() -> None:
    assert clean("abcdef", 4) == "abc…"


def test_an_id_of_nothing_is_none() -> None:
    assert identifier(" \x00 ") is None
    assert identifier("proj_a") == "proj_a"
