"""Whoever owns the spend is told, by mail or in Slack."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.owner import OwnerNotifier
from budgetbot.settings import Settings
from tests.notifiers.samples import notify
from tests.standins.slack import ALL_SCOPES, TOKEN, FakeSlack
from tests.standins.smtp import FakeSmtp

LEAD = "ml-lead@example.com"
SCOPES = f"{ALL_SCOPES},users:read,users:read.email"


def to(who: str) -> Notification:
    return replace(notify(), receiver=f"owner:{who}")


def by_slack(slack: FakeSlack) -> OwnerNotifier:
    return OwnerNotifier("owner", Settings(_env_file=None, slack_bot_token=SecretStr(TOKEN), slack_api_url=slack.url))


def by_mail(server: FakeSmtp, **more: object) -> OwnerNotifier:
    mail = {"smtp_url": SecretStr(server.url), "email_from": "budgetbot@example.com"}
    return OwnerNotifier("owner", Settings.model_validate({**mail, **more}))


def refusal(notifier: OwnerNotifier, who: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        notifier.send(to(who), None)
    assert failed.value.permanent
    return failed.value


def test_an_owner_gets_a_mail_where_a_mail_server_is_set() -> None:
    with FakeSmtp() as server:
        by_mail(server).send(to(LEAD), None)

        assert server.recipients == [[LEAD]]


def test_an_owner_gets_a_direct_message_where_only_slack_is_set() -> None:
    with FakeSlack(SCOPES) as slack:
        slack.add_member("U7", LEAD)
        notifier = by_slack(slack)
        place = notifier.send(to(LEAD), None)
        notifier.send(to(LEAD), place)

        assert [(m["channel"], m.get("thread_ts")) for m in slack.messages] == [("D7", None), ("D7", place["ts"])]
        assert len(slack.posted("users.lookupByEmail")) == 1


def test_a_member_id_is_told_in_slack_even_where_mail_is_set() -> None:
    with FakeSlack() as slack, FakeSmtp() as server:
        slack.add_member("U7SEVEN", LEAD)
        by_mail(server, slack_bot_token=SecretStr(TOKEN), slack_api_url=slack.url).send(to("U7SEVEN"), None)

        assert server.mails == []
        assert [m["channel"] for m in slack.messages] == ["D7SEVEN"]


def test_an_address_that_slack_does_not_know_is_given_up() -> None:
    with FakeSlack(SCOPES) as slack:
        assert "users_not_found" in str(refusal(by_slack(slack), LEAD))


def test_a_bot_that_may_not_look_people_up_says_so() -> None:
    with FakeSlack() as slack:
        slack.add_member("U7", LEAD)

        assert "missing_scope" in str(refusal(by_slack(slack), LEAD))


@pytest.mark.parametrize("who", ["the research team", "a@b@c", "lead@example.com, all@example.com", "<!channel>", ""])
def test_an_owner_that_is_no_address_is_refused_with_the_fix(who: str) -> None:
    with FakeSmtp() as server:
        assert "correct the label" in str(refusal(by_mail(server), who))
        assert server.mails == []


def test_without_mail_and_slack_the_owner_cannot_be_told() -> None:
    nobody = OwnerNotifier("owner", Settings(_env_file=None))

    assert "set SMTP_URL and EMAIL_FROM, or SLACK_BOT_TOKEN" in str(refusal(nobody, LEAD))
    assert nobody.check() == ["set SMTP_URL and EMAIL_FROM, or SLACK_BOT_TOKEN, so that owners can be told"]
