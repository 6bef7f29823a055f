from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from apprise import NotifyBase
from apprise.plugins import N_MGR
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.workflows import NotifyWorkflows
from pydantic import SecretStr, ValidationError

from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import KINDS
from budgetbot.notifiers.apprise import AppriseNotifier
from budgetbot.notifiers.apprise_service import service
from tests.notifiers.hostile import NASTY, nasty
from tests.notifiers.samples import digest, every_kind, notify
from tests.standins.chat_services import CERTIFICATE, TOPIC, FakeDiscord, FakeNtfy, FakeTeams
from tests.standins.posting import Fault

DISCORD = "https://discord.com/api/webhooks/1234567890/very-secret_TOKEN"
ALIVE = "@everyone <@123> <@&7> @here [x](https://evil.example) https://evil.example <at>boss</at> **b** `c`"


@pytest.fixture
def ntfy() -> Iterator[FakeNtfy]:
    with FakeNtfy() as standin:
        yield standin


@pytest.fixture
def discord(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDiscord]:
    """apprise has one host for all of Discord, which is moved here."""
    with FakeDiscord() as standin:
        monkeypatch.setattr(NotifyDiscord, "notify_url", standin.api)
        yield standin


@pytest.fixture
def teams(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTeams]:
    """It has TLS, as every workflow has."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
    with FakeTeams() as standin:
        yield standin


def made(kind: str, url: str, timeout: float = 5) -> AppriseNotifier:
    return AppriseNotifier("here", kind, "THE_URL", SecretStr(url) if url else None, timeout)


def failing(receiver: AppriseNotifier, notification: Notification | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        receiver.send(notification or notify(), None)
    return failed.value


def test_ntfy_shows_title_and_text(ntfy: FakeNtfy) -> None:
    place = made("ntfy", ntfy.topic_url).send(notify(), None)

    (told,) = ntfy.shown
    assert place == {"service": "ntfy"}
    assert (told["topic"], told["title"]) == (TOPIC, "[WARNING] research-monthly reached 80%")
    assert told["message"].startswith("research-monthly has passed 80%: $840.12 of $1,000 (84 %) in Nov 2026.\n\n")
    assert "\n- Runbook: https://wiki.example.com/spend?team=research\n" in told["message"]


def test_discord_shows_a_bold_title_and_commands_to_copy(discord: FakeDiscord) -> None:
    made("discord", DISCORD).send(notify(), None)

    (told,) = discord.shown
    assert told.startswith("**\\[WARNING\\] research-monthly reached 80%**\nresearch-monthly has passed 80%: $840.12")
    assert "\n- Acknowledge: `budgetbot alerts ack a1b2c3d4`\n" in told
    assert discord.alive == ["https://wiki.example.com/spend?team=research"]


def test_teams_shows_a_card_of_paragraphs(teams: FakeTeams) -> None:
    made("teams", teams.workflow_url).send(notify(), None)

    (told,) = teams.shown
    paragraphs = told.split("\n\n")
    assert paragraphs[0] == "**\\[WARNING\\] research-monthly reached 80%**"
    assert "Spent: $840.12 of $1,000 (84 %)" in paragraphs
    assert "" not in paragraphs


def test_any_other_service_is_told_by_its_apprise_address(ntfy: FakeNtfy) -> None:
    made("apprise", ntfy.url.replace("http:", "json:") + "/hook").send(notify(), None)

    (seen,) = ntfy.requests
    assert seen.json["title"] == "[WARNING] research-monthly reached 80%"
    assert seen.json["message"].startswith("research-monthly has passed 80%")
    assert seen.json["type"] == "warning"


@pytest.mark.parametrize("name", every_kind())
def test_every_kind_of_notification_is_taken(ntfy: FakeNtfy, discord: FakeDiscord, teams: FakeTeams, name: str) -> None:
    for receiver in (made("ntfy", ntfy.topic_url), made("discord", DISCORD), made("teams", teams.workflow_url)):
        receiver.send(every_kind()[name], None)

    assert (len(ntfy.shown), len(discord.shown), len(teams.shown)) == (1, 1, 1)


def test_a_digest_is_a_list_without_columns(ntfy: FakeNtfy) -> None:
    made("ntfy", ntfy.topic_url).send(digest(), None)

    (told,) = ntfy.shown
    assert told["title"] == "daily: $123.45, 20 Nov"
    assert "\n- research: Spent $80.00, Share 64 %, Nov 2026 $1,500.00\n" in told["message"]


@pytest.mark.parametrize("text", [*NASTY, ALIVE, "研究" * 400, "\\" * 300, "_" * 300, "@<" * 300])
def test_hostile_names_are_shown_within_the_limits_and_do_nothing(
    ntfy: FakeNtfy, discord: FakeDiscord, teams: FakeTeams, text: str
) -> None:
    for receiver in (made("ntfy", ntfy.topic_url), made("discord", DISCORD), made("teams", teams.workflow_url)):
        receiver.send(nasty(text), None)

    assert [alive for alive in discord.alive if "wiki.example.com" not in alive] == []
    shown = [ntfy.shown[0]["title"], ntfy.shown[0]["message"], discord.shown[0], teams.shown[0]]
    assert not [told for told in shown if "@everyone" in told or "//evil" in told.replace(":\u200b//evil", "")]


@pytest.mark.parametrize("kind", ["ntfy", "discord"])
def test_what_is_too_long_ends_in_an_ellipsis_after_a_whole_line(
    ntfy: FakeNtfy, discord: FakeDiscord, kind: str
) -> None:
    receiver = made("ntfy", ntfy.topic_url) if kind == "ntfy" else made("discord", DISCORD)
    receiver.send(nasty("研究" * 60), None)

    told = ntfy.shown[0]["message"] if kind == "ntfy" else discord.shown[0]
    *lines, last = told.split("\n")
    assert last == "…"
    assert len(lines) > 3


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503])
def test_a_refusal_is_tried_again_and_its_status_is_told(ntfy: FakeNtfy, status: int) -> None:
    ntfy.faults.append(Fault(status))

    error = failing(made("ntfy", ntfy.topic_url))

    assert (error.permanent, error.unknown) == (False, False)
    assert str(error) == f"here: ntfy did not confirm (HTTP {status}); check THE_URL"


def test_a_status_is_not_told_of_another_message(ntfy: FakeNtfy) -> None:
    ntfy.faults += [Fault(500), Fault(reset=True)]
    receiver = made("ntfy", ntfy.topic_url)

    assert "HTTP 500" in str(failing(receiver))
    assert str(failing(receiver)) == "here: ntfy did not confirm; check THE_URL"


@pytest.mark.parametrize(("status", "fault"), [(401, "auth_error"), (404, "client_error"), (503, "server_error")])
def test_a_refusal_is_counted_by_what_it_was(ntfy: FakeNtfy, status: int, fault: str) -> None:
    ntfy.faults.append(Fault(status))

    assert failing(made("ntfy", ntfy.topic_url)).fault == fault


def test_a_service_that_takes_no_more_for_now_is_left_alone_for_half_a_minute(ntfy: FakeNtfy) -> None:
    ntfy.faults.append(Fault(429))

    error = failing(made("ntfy", ntfy.topic_url))

    assert (error.fault, error.retry_after) == ("rate_limited", 30)


def test_discord_that_asks_to_wait_is_asked_once_and_then_when_it_says(discord: FakeDiscord) -> None:
    later = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 36_000), "retry-after": "36000"}
    discord.faults.append(Fault(429, later))

    error = failing(made("discord", DISCORD))

    assert not error.unknown
    assert str(error) == "here: Discord did not confirm (HTTP 429); check THE_URL"
    assert (len(discord.requests), error.fault) == (1, "rate_limited")
    assert error.retry_after == pytest.approx(36_000, abs=5)
    made("discord", DISCORD).send(notify(), None)


@pytest.mark.parametrize("fault", [Fault(hang=True), Fault(reset=True)])
def test_where_apprise_tells_of_a_failure_it_is_tried_again(ntfy: FakeNtfy, fault: Fault) -> None:
    ntfy.faults.append(fault)

    error = failing(made("ntfy", ntfy.topic_url, timeout=0.15))

    assert (error.permanent, error.unknown) == (False, False)


def test_an_answer_that_never_ends_is_an_unknown_outcome() -> None:
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=_dripping, args=(listening, over))
        thread.start()

        error = failing(made("ntfy", f"http://127.0.0.1:{listening.getsockname()[1]}/{TOPIC}", timeout=0.1))
        over.set()
        thread.join()

    assert error.unknown
    assert str(error) == "here: no answer within 0.3 s; check THE_URL"


def _dripping(listening: socket.socket, over: threading.Event) -> None:
    with closing(listening.accept()[0]) as line, suppress(OSError):
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not over.wait(0.02):
            line.sendall(b" ")


def test_a_fault_inside_apprise_is_an_unknown_outcome_that_tells_no_address() -> None:
    def send(*_: Any, **__: Any) -> bool:
        raise RuntimeError("very-secret")

    kinds: Any = N_MGR
    kinds.add(type("Broken", (NotifyBase,), {"service_name": "Broken", "send": send}), schemas="brokentest")
    try:
        error = failing(made("apprise", "brokentest://very-secret/"))
    finally:
        kinds.remove("brokentest")

    assert error.unknown
    assert str(error) == "here: apprise failed (RuntimeError); check THE_URL"


def test_nobody_can_be_asked_what_arrived(ntfy: FakeNtfy) -> None:
    with pytest.raises(DeliveryError, match="ntfy cannot be asked what it has received") as asked:
        made("ntfy", ntfy.topic_url).find(notify(), None)
    assert not asked.value.unknown


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(ntfy: FakeNtfy, status: int) -> None:
    with FakeNtfy() as elsewhere:
        ntfy.faults.append(Fault(status, {"location": elsewhere.topic_url}))

        failing(made("ntfy", ntfy.topic_url))

        assert elsewhere.requests == []


def test_no_address_reaches_an_error_or_a_log(
    ntfy: FakeNtfy, discord: FakeDiscord, teams: FakeTeams, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = [TOPIC, "very-secret"]
    told: list[str] = []
    for standin, receiver in (
        (ntfy, made("ntfy", ntfy.topic_url)),
        (discord, made("discord", DISCORD)),
        (teams, made("teams", teams.workflow_url)),
    ):
        echo = " ".join(secret).encode()
        standin.faults += [Fault(403, body=echo), Fault(reset=True), Fault(200, {"broken header ": TOPIC})]
        told += [str(failing(receiver)) for _ in range(2)]
        with suppress(DeliveryError):
            receiver.send(notify(), None)
        receiver.send(notify(), None)
        told += [repr(receiver)]
    told += made("discord", "discord://very-secret").check() + made("ntfy", "https://very-secret.example/a/b").check()

    assert not [line for line in [*told, caplog.text] if any(word in line for word in secret)]


@pytest.mark.parametrize(
    ("kind", "url", "said"),
    [
        ("ntfy", "", "THE_URL is not set; write https://ntfy.sh/TOPIC"),
        ("ntfy", "https://ntfy.example.com/a/b", "THE_URL is no address of ntfy; write https://ntfy.sh/TOPIC"),
        ("ntfy", "http://ntfy.example.com/topic", "THE_URL is not https; write an https address"),
        ("ntfy", "https://ntfy.sh", "THE_URL is no address of ntfy; write https://ntfy.sh/TOPIC"),
        ("ntfy", DISCORD, "THE_URL is no address of ntfy; write https://ntfy.sh/TOPIC"),
        (
            "discord",
            "https://discord.example.com/api/webhooks/1/a",
            "THE_URL is no address of Discord; write https://discord.com/api/webhooks/ID/TOKEN",
        ),
        (
            "teams",
            "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d",
            "THE_URL is no address of Teams; write https://HOST/workflows/ID/triggers/manual/paths/invoke?...&sig=..., "
            "as Workflows gives it",
        ),
        (
            "apprise",
            "nonsense",
            "THE_URL is no address of apprise; write SERVICE://..., as https://appriseit.com/services/ says",
        ),
    ],
)
def test_what_is_wrong_is_one_line_in_doctor_and_a_permanent_error(kind: str, url: str, said: str) -> None:
    receiver = made(kind, url)

    assert receiver.check() == [f"here: {said}"]
    error = failing(receiver)
    assert (error.permanent, str(error)) == (True, f"here: {said}")


def test_doctor_posts_nothing(ntfy: FakeNtfy) -> None:
    assert made("ntfy", ntfy.topic_url).check() == []
    assert ntfy.requests == []


def test_addresses_are_taken_as_the_services_give_them() -> None:
    host = "default0a1b2c.3d.environment.api.powerplatform.com"
    path = "powerautomate/automations/direct/workflows/0a1b2c3d/triggers/manual/paths/invoke"
    query = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_C"
    workflow = service("teams", f"https://{host}:443/{path}?{query}", 5)
    assert isinstance(workflow, NotifyWorkflows)
    found = (workflow.host, workflow.port, workflow.workflow, workflow.signature, workflow.api_version)
    assert found == (host, 443, "0a1b2c3d", "a-b_C", "1")
    assert workflow.power_automate

    webhook = service("discord", DISCORD, 5)
    assert isinstance(webhook, NotifyDiscord)
    assert (webhook.webhook_id, webhook.webhook_token) == ("1234567890", "very-secret_TOKEN")
    assert webhook.notify_url == "https://discord.com/api/webhooks"

    for url, host in (
        ("https://ntfy.sh/spend", "ntfy.sh"),
        ("https://ntfy.example.com:8443/spend", "ntfy.example.com"),
    ):
        topic = service("ntfy", url, 5)
        assert isinstance(topic, NotifyNtfy)
        assert (topic.host, topic.secure, topic.topics) == (host, True, ["spend"])


def test_without_the_extra_the_policy_and_doctor_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed

    for kind in ("teams", "discord", "ntfy", "apprise"):
        with pytest.raises(ValidationError, match=r"needs apprise; pip install 'budgetbot\[apprise\]'"):
            KINDS[kind].model_validate({"url_env": "THE_URL"})
        said = f"here: {kind} needs apprise; pip install 'budgetbot[apprise]'"
        assert made(kind, DISCORD).check() == [said]
        assert failing(made(kind, DISCORD)).permanent


def test_loading_apprise_reaches_no_network_and_writes_no_file() -> None:
    watched = """
import sys
touched = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "os.mkdir"):
        touched.append(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        touched.append(arguments)
sys.dont_write_bytecode = True
sys.addaudithook(watch)
from budgetbot.notifiers.apprise_service import service
assert service("discord", "https://discord.com/api/webhooks/1/a", 5)
print(touched)
"""
    ran = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.returncode) == ("[]", 0)
