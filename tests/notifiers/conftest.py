"""A PagerDuty, and receivers of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.options import PagerDutyOptions
from budgetbot.notifiers.pagerduty import PagerDutyNotifier
from tests.notifiers.samples import notify
from tests.standins.pagerduty import KEY, FakePagerDuty


@pytest.fixture
def pagerduty() -> Iterator[FakePagerDuty]:
    with FakePagerDuty() as standin:
        yield standin


class Receivers:
    """Makes receivers of the stand-in, and closes them."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self.stack = url, stack

    def __call__(
        self, key: str | None = KEY, *, timeout: float = 5, url: str = "", **options: Any
    ) -> PagerDutyNotifier:
        secret = SecretStr(key) if key else None
        chosen = PagerDutyOptions.model_validate(options)
        made = PagerDutyNotifier("pager", secret, chosen, url or self.url, timeout=timeout)
        self.stack.callback(made.close)
        return made


@pytest.fixture
def paging(pagerduty: FakePagerDuty) -> Iterator[Receivers]:
    with ExitStack() as stack:
        yield Receivers(pagerduty.events_url, stack)


def failing(made: PagerDutyNotifier, notification: Notification | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        made.send(notification or notify(), None)
    return failed.value
