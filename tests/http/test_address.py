from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.http.address import address
from budgetbot.http.hidden import hidden


@pytest.mark.parametrize(
    ("url", "scheme", "host", "loopback"),
    [
        ("https://hooks.example.com/a/b?c=d", "https", "hooks.example.com", False),
        ("HTTPS://Hooks.Example.com", "https", "hooks.example.com", False),
        ("http://litellm_proxy:4000/v1", "http", "litellm_proxy", False),
        ("http://127.0.0.1:8080/", "http", "127.0.0.1", True),
        ("http://127.9.9.9/", "http", "127.9.9.9", True),
        ("http://[::1]:80", "http", "[::1]", True),
        ("http://localhost?x", "http", "localhost", True),
        ("http://localhost.example.com", "http", "localhost.example.com", False),
        ("http://127.0.0.1.example.com", "http", "127.0.0.1.example.com", False),
        ("http://0x7f.1/", "http", "0x7f.1", False),
    ],
)
def test_an_address_says_where_it_leads(url: str, scheme: str, host: str, loopback: bool) -> None:
    found = address(url)

    assert found is not None
    assert (*found, found.loopback) == (scheme, host, loopback)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://me:pw@example.com",
        "https://token@example.com/",
        "http://127.0.0.1\\@example.com/",
        "http://x:99999999",
        "http://x:0",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://exämple.com/",
        "https://example.com#part",
    ],
)
def test_what_parsers_could_read_differently_is_no_address(url: str) -> None:
    assert address(url) is None


@given(st.from_regex(r"https?://[a-z0-9@:/\\?#\[\]._-]{1,30}", fullmatch=True))
def test_the_client_goes_to_the_host_that_was_read(url: str) -> None:
    found = address(url)
    if found is None:
        return
    try:
        real = httpx.URL(url)
    except httpx.InvalidURL:
        return
    assert (real.scheme, real.host, real.userinfo) == (found.scheme, found.host.strip("[]"), b"")


def test_a_secret_is_hidden_whole_and_in_pieces() -> None:
    assert hidden("no such key: s3cret-key", ["s3cret-key"]) == "no such key: ***"
    assert hidden("s3cret -key", ["s3cret-key"]) == "***"
    assert hidden("nothing to hide", ["s3cret-key"]) == "nothing to hide"
