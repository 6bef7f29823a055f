"""Commands, clicks and modals by the real protocols of both transports, in a strict Slack."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from budgetbot.chat.slack.bolt_desk import SORRY, UNSURE, WORKING
from budgetbot.store import Store
from tests.standins.running import wait_for
from tests.standins.slack import CHAT_SCOPES, FakeSlack
from tests.standins.slack_office import CHART, Office, snooze_view
from tests.standins.slack_sender import Person
from tests.store.samples import HOUR, NOW, alert

ID = "7c1f0ea95d22"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(CHAT_SCOPES) as workspace:
        yield workspace


@pytest.fixture
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def office(slack: FakeSlack, sqlite_store: Store, now: list[datetime]) -> Iterator[Office]:
    sqlite_store.alerts.record([alert(ID)], [], NOW - HOUR)
    with Office(slack, sqlite_store, lambda: now[0]) as standing:
        yield standing


@pytest.fixture(params=["http", "socket"])
def anna(request: pytest.FixtureRequest, office: Office) -> Person:
    """Who is told the same by either transport."""
    return Person(office.slack, office.by(request.param))


def acknowledged(office: Office) -> str | None:
    return office.hands.store.alerts.get(ID).acknowledged_by


def story(office: Office) -> list[object]:
    return [row["reason"] for row in office.hands.store.alerts.events(ID)[1:]]


def test_a_command_is_answered_at_once_to_the_person_alone(office: Office, anna: Person) -> None:
    said = anna.types("/spend", "by model")

    assert (said["response_type"], said["text"], len(said["blocks"])) == ("ephemeral", "you said 8 characters", 1)
    command, words, who = office.words.asked[0]
    assert (command, words, who.id, who.name, who.team) == ("/spend", "by model", "U2ANNA", "anna", "T1")


def test_a_public_answer_goes_to_the_channel(anna: Person) -> None:
    assert anna.types("/budget", "share")["response_type"] == "in_channel"


@pytest.mark.parametrize(
    "words", ["payload", "payload=1", "{", '{"type": "block_actions"}', "a=b&command=c", "", "ж" * 9]
)
def test_words_arrive_as_they_were_typed(office: Office, anna: Person, words: str) -> None:
    anna.types("/spend", words)

    assert office.words.asked[0][:2] == ("/spend", words)


def test_a_command_of_10_kb_is_answered(office: Office, anna: Person) -> None:
    assert anna.types("/spend", "x" * 10_000)["text"] == "you said 10000 characters"


def test_a_slow_command_is_acknowledged_in_time_and_answered_later(office: Office, anna: Person) -> None:
    assert anna.types("/spend", "slow")["text"] == WORKING
    assert office.slack.responses.said == []

    office.words.release.set()

    wait_for(lambda: bool(office.slack.responses.said))
    (later,) = office.slack.responses.said
    assert (later["text"], later["response_type"], later["replace_original"]) == (
        "you said 4 characters",
        "ephemeral",
        False,
    )


def test_a_chart_comes_after_the_acknowledgement(office: Office, anna: Person) -> None:
    assert anna.types("/spend", "chart share") == {}

    wait_for(lambda: bool(office.slack.responses.said))
    (later,) = office.slack.responses.said
    assert (later["blocks"][1], later["response_type"]) == (CHART, "in_channel")


def test_a_chart_that_is_refused_is_left_out_for_a_day(office: Office, anna: Person, now: list[datetime]) -> None:
    office.slack.charts = False
    anna.types("/spend", "chart")
    wait_for(lambda: bool(office.slack.responses.said))

    assert [block["type"] for block in office.slack.responses.said[0]["blocks"]] == ["section"]
    assert len(anna.types("/spend", "chart")["blocks"]) == 1  # at once: nothing has to be tried

    office.slack.charts = True
    now[0] += timedelta(hours=24)
    assert anna.types("/spend", "chart") == {}
    wait_for(lambda: len(office.slack.responses.said) == 2)
    assert office.slack.responses.said[1]["blocks"][1] == CHART


def test_an_answer_that_slack_did_not_take_for_a_moment_is_sent_again(office: Office, anna: Person) -> None:
    office.slack.fail("response_url", status=503)
    anna.types("/spend", "chart")

    wait_for(lambda: bool(office.slack.responses.said))


def test_an_answer_that_fails_is_a_calm_sentence(
    office: Office, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert anna.types("/spend", "fail")["text"] == SORRY

    log = "".join(capsys.readouterr())
    assert "RuntimeError" in log
    assert "a-secret" not in log


def test_a_click_is_kept_before_slack_is_answered(office: Office, anna: Person) -> None:
    anna.clicks("alert:acknowledge", ID)

    assert acknowledged(office) == "Slack: anna (U2ANNA)"
    wait_for(lambda: office.nudged == 1)
    assert office.slack.responses.said == []


def test_a_second_click_does_no_harm(office: Office, anna: Person) -> None:
    anna.clicks("alert:acknowledge", ID)
    anna.clicks("alert:acknowledge", ID)
    Person(office.slack, anna.by, "U3BOB", "bob").clicks("alert:acknowledge", ID)

    assert (acknowledged(office), story(office)) == ("Slack: anna (U2ANNA)", ["acknowledged"])


def test_many_who_click_at_once_do_no_harm(office: Office, anna: Person) -> None:
    people = [Person(office.slack, anna.by, f"U{i}", f"p{i}") for i in range(8)]
    with ThreadPoolExecutor(8) as eight:
        list(eight.map(lambda person: person.clicks("alert:acknowledge", ID), people))

    wait_for(lambda: acknowledged(office) is not None)
    assert story(office) == ["acknowledged"]


def test_a_click_on_what_is_gone_is_told_to_the_person_alone(office: Office, anna: Person) -> None:
    anna.clicks("alert:acknowledge", "no-such")

    wait_for(lambda: bool(office.slack.responses.said))
    assert office.slack.responses.said[0]["response_type"] == "ephemeral"
    assert office.nudged == 0


def test_a_slow_click_is_acknowledged_in_time_and_told_when_it_is_done(office: Office, anna: Person) -> None:
    office.hands.wait.clear()
    anna.clicks("alert:acknowledge", ID)
    wait_for(lambda: [one["text"] for one in office.slack.responses.said] == [WORKING])
    assert acknowledged(office) is None

    office.hands.wait.set()

    wait_for(lambda: [one["text"] for one in office.slack.responses.said] == [WORKING, "Done."])
    assert acknowledged(office) == "Slack: anna (U2ANNA)"


def test_a_modal_opens_is_corrected_and_closes(office: Office, anna: Person) -> None:
    anna.clicks("alert:snooze", ID)
    wait_for(lambda: "V1" in office.slack.views.open)

    wrong = anna.submits("V1", {"reason": {"text": {"type": "plain_text_input", "value": ""}}})
    assert wrong == {"response_action": "errors", "errors": {"reason": "say why"}}

    right = anna.submits("V1", {"reason": {"text": {"type": "plain_text_input", "value": "known"}}})
    assert right == {"response_action": "clear"}
    assert acknowledged(office) == "Slack: anna (U2ANNA)"
    wait_for(lambda: office.nudged == 1)


@pytest.mark.parametrize(("reason", "title"), [("more", "another"), ("no", "budgetbot")])
def test_a_modal_can_be_followed_by_another_or_by_a_word(office: Office, anna: Person, reason: str, title: str) -> None:
    anna.clicks("alert:snooze", ID)
    wait_for(lambda: "V1" in office.slack.views.open)

    anna.submits("V1", {"reason": {"text": {"type": "plain_text_input", "value": reason}}})

    assert office.slack.views.open["V1"]["title"]["text"] == title


def test_a_slow_modal_says_so_and_shows_its_outcome_later(office: Office, anna: Person) -> None:
    anna.clicks("alert:snooze", ID)
    wait_for(lambda: "V1" in office.slack.views.open)
    office.hands.wait.clear()

    anna.submits("V1", {"reason": {"text": {"value": ""}}})
    assert office.slack.views.open["V1"]["blocks"][0]["text"]["text"] == WORKING
    office.hands.wait.set()

    wait_for(lambda: office.slack.views.open["V1"]["blocks"][0]["text"]["text"] == "say why")


def test_a_modal_that_slack_does_not_open_is_told(office: Office, anna: Person) -> None:
    office.slack.views.lasts = -1

    anna.clicks("alert:snooze", ID)

    wait_for(lambda: bool(office.slack.responses.said))
    assert "click once more" in office.slack.responses.said[0]["text"]


def test_a_button_of_the_home_tab_has_its_word_in_a_modal_and_the_tab_is_shown_anew(
    office: Office, anna: Person
) -> None:
    home = {"id": "VHOME", "type": "home", "callback_id": "", "private_metadata": "", "state": {"values": {}}}

    anna.clicks("alert:details", ID, response_url="", view=home)
    wait_for(lambda: "V1" in office.slack.views.open)
    assert office.slack.views.open["V1"]["blocks"][0]["text"]["text"] == "all there is to know"

    anna.clicks("alert:acknowledge", ID, response_url="", view=home)
    wait_for(lambda: "U2ANNA" in office.slack.views.homes)


def test_a_button_of_a_modal_changes_that_modal(office: Office, anna: Person) -> None:
    office.slack.views.open["V9"] = snooze_view(ID, "Old")

    anna.clicks("alert:snooze", ID, view={**office.slack.views.open["V9"], "id": "V9"})

    wait_for(lambda: office.slack.views.open["V9"]["title"]["text"] == "Snooze")


def test_the_home_tab_is_published_for_who_opens_it(office: Office, anna: Person) -> None:
    anna.looks_at_home("messages")
    anna.looks_at_home()

    wait_for(lambda: "U2ANNA" in office.slack.views.homes)
    assert len(office.slack.posted("views.publish")) == 1


@pytest.mark.parametrize("action", ["other:thing", "alerts", ""])
def test_unknown_buttons_are_acknowledged_and_nothing_happens(office: Office, anna: Person, action: str) -> None:
    anna.clicks(action, ID)

    assert story(office) == []
    assert office.slack.calls == [call for call in office.slack.calls if call[0] == "apps.connections.open"]


def test_the_channel_of_a_click_does_not_matter(office: Office, anna: Person) -> None:
    anna.clicks("alert:acknowledge", ID, channel={"id": "D0ELSEWHERE", "name": "directmessage"}, message=None)

    assert acknowledged(office) == "Slack: anna (U2ANNA)"


def test_slack_is_asked_once_who_we_are(office: Office, anna: Person) -> None:
    for _ in range(3):
        anna.types("/spend")

    assert [len(office.slack.posted(method)) for method in ("auth.test", "bots.info")] == [1, 1]


def test_where_slack_does_not_say_who_we_are_nobody_is_let_in(office: Office, anna: Person) -> None:
    office.slack.fail("auth.test", status=500)
    office.slack.fail("auth.test", status=500)

    assert anna.types("/spend")["text"] == UNSURE
    anna.clicks("alert:acknowledge", ID)
    assert acknowledged(office) is None

    assert anna.types("/spend")["text"] == "you said 0 characters"
