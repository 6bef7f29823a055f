from __future__ import annotations

import socket

import pytest

from budgetbot.notifiers.options import PagerDutyOptions
from tests.notifiers.conftest import Receivers, failing
from tests.notifiers.samples import notify
from tests.standins.pagerduty import KEY, FakePagerDuty
from tests.standins.posting import Fault


def test_a_400_is_permanent_and_says_what_is_wrong(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    error = failing(paging("a" * 32))

    assert (error.permanent, error.unknown) == (True, False)
    assert str(error) == (
        "pager: HTTP 400: Event object is invalid: Invalid routing key; "
        "check PAGERDUTY_ROUTING_KEY and PAGERDUTY_EVENTS_URL"
    )


@pytest.mark.parametrize(
    ("headers", "wait"), [({}, 30.0), ({"retry-after": "5"}, 30.0), ({"retry-after": "120"}, 120.0)]
)
def test_a_429_is_tried_again_not_before_half_a_minute(
    pagerduty: FakePagerDuty, paging: Receivers, headers: dict[str, str], wait: float
) -> None:
    pagerduty.faults.append(Fault(429, headers))

    error = failing(paging())

    assert (error.permanent, error.unknown, error.retry_after) == (False, False, wait)
    assert pagerduty.incidents == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_pagerduty_is_tried_again(pagerduty: FakePagerDuty, paging: Receivers, status: int) -> None:
    pagerduty.faults.append(Fault(status, body=b"<html>oops</html>"))
    pager = paging()

    error = failing(pager)
    pager.send(notify(), None)

    assert (error.permanent, error.unknown) == (False, False)
    assert len(pagerduty.incidents) == 1


def test_a_refused_connection_is_tried_again_and_surely_not_sent(paging: Receivers) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        error = failing(paging(url=f"http://127.0.0.1:{unused.getsockname()[1]}"))

    assert (error.permanent, error.unknown) == (False, False)
    assert str(error).startswith("pager: cannot connect: ")


@pytest.mark.parametrize(
    "fault", [Fault(hang=True), Fault(hang=True, accept=True), Fault(reset=True), Fault(reset=True, accept=True)]
)
def test_a_lost_answer_is_unknown_and_sending_again_leaves_one_incident(
    pagerduty: FakePagerDuty, paging: Receivers, fault: Fault
) -> None:
    pagerduty.faults.append(fault)
    pager = paging(timeout=0.1)

    error = failing(pager)
    assert error.unknown
    assert pager.find(notify(), None) is None
    paging().send(notify(), None)

    assert [i.paged for i in pagerduty.incidents] == [1]


def test_a_proxys_page_confirms_nothing(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    pagerduty.faults.append(Fault(200, body=b"<html>please log in</html>"))

    error = failing(paging())

    assert (error.permanent, error.unknown) == (False, True)
    assert "confirms nothing" in str(error)


def test_the_key_is_in_no_error(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    for body in (f"no such key {KEY}", f"no such key {KEY[:9]}\x00{KEY[9:]}", KEY + "x" * 9000):
        pagerduty.faults.append(Fault(400, body=body.encode()))

        error = failing(paging())

        assert KEY not in str(error)
        assert KEY[:9] not in str(error)
        assert len(str(error)) < 400


@pytest.mark.parametrize(
    ("key", "url", "said"),
    [
        (None, "", "pager: PAGERDUTY_ROUTING_KEY is not set; give the integration key of an Events API v2 integration"),
        ("abc", "", "pager: PAGERDUTY_ROUTING_KEY is no integration key; it has 32 letters and digits"),
        (
            KEY,
            "https://me:pw@example.com",
            "pager: PAGERDUTY_EVENTS_URL is not usable; write https://events.pagerduty.com/v2/enqueue",
        ),
    ],
)
def test_what_is_missing_is_one_line_in_doctor_and_a_permanent_error(
    paging: Receivers, key: str | None, url: str, said: str
) -> None:
    pager = paging(key, url=url)

    assert pager.check() == [said]
    error = failing(pager)
    assert (error.permanent, str(error)) == (True, said)


def test_another_variable_is_named_where_the_policy_names_it(paging: Receivers) -> None:
    assert "RESEARCH_PAGER_KEY is not set" in paging(None, key_env="RESEARCH_PAGER_KEY").check()[0]


def test_doctor_asks_nobody(pagerduty: FakePagerDuty, paging: Receivers) -> None:
    assert paging().check() == []
    assert pagerduty.requests == []
    assert PagerDutyOptions.unasked == "whether PagerDuty knows the key shows with the first page"
