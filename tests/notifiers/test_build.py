from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from pydantic import SecretStr, ValidationError

from budgetbot.errors import UsageError
from budgetbot.notifiers import KINDS, build, missing
from budgetbot.notifiers.options import ConsoleOptions, PagerDutyOptions
from budgetbot.notifiers.owner import OwnerNotifier
from budgetbot.settings import Settings, load_settings
from tests.notifiers.samples import ALERT, notify
from tests.standins.pagerduty import KEY, FakePagerDuty
from tests.standins.slack import TOKEN, FakeSlack


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("console", {}),
        ("slack", {"channel": "#ml-spend"}),
        ("slack", {"channel": "#研究_1"}),
        ("slack", {"channel": "C0123ABCD"}),
        ("slack", {"channel": "G0123ABCD"}),
        ("slack", {"channel": "D0123ABCD"}),
        ("email", {"to": ["finance@example.com", "a.b+c@mail.example.co"]}),
        ("pagerduty", {}),
        ("pagerduty", {"key_env": "RESEARCH_KEY", "severity": {"warning": "error"}, "client_url": "https://x.example"}),
        ("opsgenie", {"priority": {"critical": "P2"}}),
        ("webhook", {"url_env": "HOOK_URL", "secret_env": "HOOK_SECRET"}),
        ("webhook", {"url": "http://127.0.0.1:8000/hook"}),
        ("webhook", {"url": "http://hooks.internal/hook", "allow_http": True}),
        ("teams", {"url_env": "TEAMS_URL"}),
        ("discord", {"url_env": "DISCORD_URL"}),
        ("ntfy", {"url_env": "NTFY_URL"}),
        ("apprise", {"url_env": "MATRIX_URL"}),
    ],
)
def test_every_kind_is_built_from_its_options(kind: str, options: dict[str, object]) -> None:
    settings = load_settings(_env_file=None)

    receiver = build("here", kind, KINDS[kind].model_validate(options), settings)

    assert (receiver.name, receiver.kind) == ("here", kind)
    receiver.close()


@pytest.mark.parametrize(
    ("secrets", "clickable"),
    [({}, False), ({"slack_signing_secret": "s"}, True), ({"slack_app_token": "xapp-1"}, True)],
)
@pytest.mark.parametrize("by", ["channel", "owner"])
def test_messages_have_buttons_where_slack_can_tell_who_clicks_them(
    secrets: dict[str, str], clickable: bool, by: str
) -> None:
    with FakeSlack() as slack:
        slack.add_member("U0LEAD", "ml-lead@example.com")
        hidden = {name: SecretStr(value) for name, value in {**secrets, "slack_bot_token": TOKEN}.items()}
        settings = Settings.model_validate({**hidden, "slack_api_url": slack.url})
        options = KINDS["slack"].model_validate({"channel": "#general"})
        receiver = build("here", "slack", options, settings) if by == "channel" else OwnerNotifier("owner", settings)

        receiver.send(replace(notify(), receiver="owner:U0LEAD"), None)

        kinds = [block["type"] for block in slack.messages[0]["blocks"]]
        assert ("actions" in kinds) is clickable


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("console", {"colour": "red"}, "Extra inputs are not permitted"),
        ("slack", {}, "Field required"),
        ("slack", {"channel": "ml-spend"}, 'write "#name" in lower case, or an id such as C0123ABCD'),
        ("slack", {"channel": "#ML Spend"}, "not a Slack channel"),
        ("slack", {"channel": "#a", "token": "xoxb"}, "Extra inputs are not permitted"),
        ("pagerduty", {"routing_key": "x"}, "Extra inputs are not permitted"),
        ("pagerduty", {"key_env": "0123456789abcdef"}, "not the name of an environment variable"),
        ("pagerduty", {"severity": {"warning": "bad"}}, "Input should be"),
        ("pagerduty", {"client_url": "javascript:alert(1)"}, "not a web address"),
        ("opsgenie", {"priority": {"critical": "P0"}}, "Input should be"),
        ("webhook", {}, "a webhook has one address"),
        ("webhook", {"url": "https://x.example", "url_env": "HOOK_URL"}, "a webhook has one address"),
        ("webhook", {"url": "http://hooks.internal/hook"}, "the address is not https"),
        ("webhook", {"url": "http://127.0.0.1.example.com/"}, "the address is not https"),
        ("webhook", {"url": "https://me:pw@hooks.example.com"}, "without a user name"),
        ("teams", {}, "Field required"),
        ("discord", {"url": "https://discord.com/api/webhooks/1/a"}, "Extra inputs are not permitted"),
        ("ntfy", {"url_env": "https://ntfy.sh/spend"}, "not the name of an environment variable"),
        ("email", {"to": []}, "at least 1 item"),
        ("email", {"to": "finance@example.com"}, "valid list"),
        ("email", {"to": ["finance"]}, "not an e-mail address; write name@example.com"),
        ("email", {"to": ["a@b.example\r\nBcc: c@d.example"]}, "not an e-mail address"),
        ("email", {"to": ["Finance <a@b.example>"]}, "not an e-mail address"),
    ],
)
def test_a_wrong_option_says_what_to_write(kind: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KINDS[kind].model_validate(options)


def test_a_kind_that_is_not_there_names_those_that_are() -> None:
    kinds = "console, slack, email, pagerduty, opsgenie, webhook, teams, discord, ntfy, apprise"
    with pytest.raises(UsageError, match=f"there is no kind pigeon; write one of {kinds}"):
        build("coop", "pigeon", ConsoleOptions(), load_settings(_env_file=None))


def test_a_receivers_library_is_only_loaded_when_it_is_built() -> None:
    libraries = ("slack_sdk", "smtplib", "jinja2", "httpx", "apprise", "requests")
    loaded = f"import sys, budgetbot.notifiers; print([m for m in {libraries} if m in sys.modules])"

    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "options", "variables"),
    [
        ("console", {}, []),
        ("slack", {"channel": "#a"}, ["SLACK_BOT_TOKEN"]),
        ("pagerduty", {}, ["PAGERDUTY_ROUTING_KEY"]),
        ("pagerduty", {"key_env": "RESEARCH_KEY"}, ["RESEARCH_KEY"]),
        ("opsgenie", {}, ["OPSGENIE_API_KEY"]),
        ("webhook", {"url_env": "HOOK_URL", "secret_env": "HOOK_SECRET"}, ["HOOK_URL", "HOOK_SECRET"]),
        ("webhook", {"url": "https://hooks.example.com"}, []),
        ("teams", {"url_env": "TEAMS_URL"}, ["TEAMS_URL"]),
    ],
)
def test_the_variables_that_a_receiver_lacks_are_known_before_it_is_used(
    kind: str, options: dict[str, object], variables: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, bare = KINDS[kind].model_validate(options), load_settings(_env_file=None)

    assert missing(kind, bare, chosen) == variables
    for variable in variables:
        monkeypatch.setenv(variable, "0123456789abcdef0123456789abcdef")
    assert missing(kind, load_settings(_env_file=None), chosen) == []


def test_installations_that_share_a_pager_open_incidents_of_their_own() -> None:
    with FakePagerDuty() as there:
        env = {"pagerduty_routing_key": SecretStr(KEY), "pagerduty_events_url": there.events_url}
        settings = Settings(_env_file=None, budgetbot_install="staging", **env)  # type: ignore[arg-type]
        with closing(build("pager", "pagerduty", PagerDutyOptions(), settings)) as notifier:
            told = notifier.send(notify(ALERT), None)
    assert told == {"dedup_key": f"staging/{ALERT.id}"}
