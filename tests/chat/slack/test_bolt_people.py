"""Who somebody is, asked of Slack: remembered for a while, and never an open door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from budgetbot.chat.slack.installation import Installation
from budgetbot.chat.slack.payload import Origin
from budgetbot.chat.slack.people import GROUP_LASTS, PERSON_LASTS, TROUBLE_LASTS, People
from budgetbot.notifiers.slack_api import SlackApi, SlackError
from tests.standins.slack import ALL_SCOPES, CHAT_SCOPES, TOKEN, FakeSlack

OURS = Origin(app="A1", team="T1", user_team="T1", user="U2ANNA")


class Seconds:
    """A clock that is put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(CHAT_SCOPES) as workspace:
        workspace.add_member("U2ANNA", "anna@example.com")
        workspace.groups["S0LEADS"] = ["U2ANNA"]
        yield workspace


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def api(slack: FakeSlack) -> SlackApi:
    return SlackApi(SecretStr(TOKEN), slack.url, 2.0)


@pytest.fixture
def people(api: SlackApi, seconds: Seconds) -> People:
    return People(api, seconds)


def test_an_address_is_asked_once_an_hour(slack: FakeSlack, people: People, seconds: Seconds) -> None:
    assert [people.email("U2ANNA") for _ in range(3)] == ["anna@example.com"] * 3
    assert len(slack.posted("users.info")) == 1

    seconds.now = PERSON_LASTS.total_seconds()
    slack.emails["U2ANNA"] = "anna.b@example.com"
    assert people.email("U2ANNA") == "anna.b@example.com"


@pytest.mark.parametrize(
    ("wanted", "belongs"),
    [
        (["everyone"], True),
        (["U2ANNA"], True),
        (["S0LEADS"], True),
        (["U3BOB", "S0LEADS"], True),
        (["U3BOB"], False),
        (["S0NONE"], False),
        (["S0NONE", "S0LEADS"], True),
        ([], False),
    ],
)
def test_somebody_is_meant_by_id_by_group_or_as_everyone(people: People, wanted: list[str], belongs: bool) -> None:
    assert people.in_any("U2ANNA", wanted) is belongs


def test_who_leaves_a_group_may_no_more_a_minute_later(slack: FakeSlack, people: People, seconds: Seconds) -> None:
    assert people.in_any("U2ANNA", ["S0LEADS"])
    slack.groups["S0LEADS"] = []
    assert people.in_any("U2ANNA", ["S0LEADS"])

    seconds.now = GROUP_LASTS.total_seconds()
    assert not people.in_any("U2ANNA", ["S0LEADS"])


def test_a_missing_scope_lets_nobody_in_and_says_which(slack: FakeSlack, people: People) -> None:
    slack.scopes = ALL_SCOPES

    assert not people.in_any("U2ANNA", ["S0LEADS"])
    assert people.trouble == (
        "Slack usergroups.users.list is not allowed; add the scope usergroups:read to the app and install it again"
    )
    assert people.email("U2ANNA") is None
    assert "add the scope users:read and users:read.email" in people.trouble
    assert people.in_any("U2ANNA", ["everyone"])


def test_a_slack_that_fails_lets_nobody_in_and_is_asked_again_soon(
    slack: FakeSlack, people: People, seconds: Seconds
) -> None:
    slack.fail("usergroups.users.list", status=503)

    assert not people.in_any("U2ANNA", ["S0LEADS"])
    assert not people.in_any("U2ANNA", ["S0LEADS"])
    assert (len(slack.posted("usergroups.users.list")), people.trouble) == (1, "Slack usergroups.users.list: HTTP 503")

    seconds.now = TROUBLE_LASTS.total_seconds()
    assert people.in_any("U2ANNA", ["S0LEADS"])
    assert people.trouble == ""


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, False),
        ({"user_team": ""}, False),
        ({"team": "T2"}, True),
        ({"team": ""}, False),
        ({"app": "A2"}, True),
        ({"app": ""}, False),
        ({"user_team": "T2"}, True),
        ({"enterprise": "E1"}, False),
        ({"team": "", "enterprise": "E1"}, True),
        ({"user_team": "T2", "enterprise": "E1"}, True),
    ],
)
def test_only_our_workspace_is_answered(api: SlackApi, people: People, changes: dict[str, str], refused: bool) -> None:
    assert bool(Installation(api, people).refusal(OURS.model_copy(update=changes))) is refused


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, False),
        ({"team": "T2"}, False),
        ({"team": ""}, False),
        ({"team": "", "enterprise": ""}, False),
        ({"team": "T2", "enterprise": "E2"}, True),
        ({"user_team": "T2"}, False),
        ({"user_team": "T2", "user": "U4EVE"}, True),
        ({"user_team": "T2", "user": "U5UNKNOWN"}, True),
        ({"user_team": "T2", "enterprise": "E2"}, True),
    ],
)
def test_an_app_of_a_whole_organisation_answers_all_its_workspaces(
    slack: FakeSlack, api: SlackApi, people: People, changes: dict[str, str], refused: bool
) -> None:
    slack.me |= {"enterprise_id": "E1", "is_enterprise_install": True}
    slack.add_member("U4EVE", "eve@elsewhere.example")
    slack.enterprises = {"U2ANNA": "E1", "U4EVE": "E2"}
    origin = OURS.model_copy(update={"enterprise": "E1", **changes})

    assert bool(Installation(api, people).refusal(origin)) is refused


def test_without_users_read_the_app_is_not_compared(slack: FakeSlack, api: SlackApi, people: People) -> None:
    slack.scopes = ALL_SCOPES

    assert not Installation(api, people).refusal(OURS.model_copy(update={"app": "A2"}))


def test_who_we_are_is_asked_until_slack_says_it(slack: FakeSlack, api: SlackApi, people: People) -> None:
    installation = Installation(api, people)
    slack.fail("auth.test", status=500)
    slack.fail("bots.info", status=500)
    for _ in range(2):
        with pytest.raises(SlackError):
            installation.refusal(OURS)

    assert not installation.refusal(OURS)
    assert not installation.refusal(OURS)
    assert len(slack.posted("auth.test")) == 3


def test_those_who_wait_for_a_silent_slack_wait_once(slack: FakeSlack, people: People) -> None:
    installation = Installation(SlackApi(SecretStr(TOKEN), slack.url, 0.4), people)
    for _ in range(8):
        slack.fail("auth.test", hang=True)

    def asked(_: int) -> str:
        with pytest.raises(SlackError) as failed:
            installation.refusal(OURS)
        return str(failed.value)

    began = time.monotonic()
    with ThreadPoolExecutor(8) as eight:
        assert len(set(eight.map(asked, range(8)))) == 1
    assert time.monotonic() - began < 1.2


def test_where_slack_names_no_workspace_what_is_signed_is_ours(slack: FakeSlack, api: SlackApi, people: People) -> None:
    slack.me = {"bot_id": "B1"}

    assert not Installation(api, people).refusal(Origin(app="A1", team="T1"))
