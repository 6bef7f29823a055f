from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.alert_row import alert_row
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.options import WebhookOptions
from budgetbot.notifiers.webhook import WebhookNotifier, signature
from tests.notifiers.hostile import NASTY, nasty
from tests.notifiers.samples import DIGEST, digest, every_kind, notify
from tests.standins.posting import Fault
from tests.standins.webhook import SECRET, FakeHook

Make = Callable[..., WebhookNotifier]
BY_VARIABLE = {"url_env": "HOOK_URL", "secret_env": "HOOK_SECRET"}


@pytest.fixture
def hook() -> Iterator[FakeHook]:
    with FakeHook() as standin:
        yield standin


@pytest.fixture
def receiver(hook: FakeHook) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(url: str | None = None, secret: str | None = SECRET, **how: Any) -> WebhookNotifier:
            options = WebhookOptions.model_validate(how.pop("options", BY_VARIABLE))
            address = SecretStr(hook.hook_url if url is None else url)
            signing = SecretStr(secret) if secret else None
            made = WebhookNotifier("hook", options, address, signing, **how)
            stack.callback(made.close)
            return made

        yield make


def failing(made: WebhookNotifier, notification: Notification | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        made.send(notification or notify(), None)
    return failed.value


def test_a_notification_is_posted_in_the_shape_of_the_contract(hook: FakeHook, receiver: Make) -> None:
    now = datetime.now(UTC)

    place = receiver(clock=lambda: now).send(notify(), None)

    told = notify()
    assert told.alert is not None
    assert hook.taken == {
        "n-1": {
            "version": 1,
            "key": "n-1",
            "reason": "first",
            "receiver": "ml-slack",
            "created_at": told.created_at.isoformat().replace("+00:00", "Z"),
            "alert": json.loads(json.dumps(alert_row(told.alert, told.created_at))),
            "together": [],
            "more": 0,
            "digest": None,
            "summary": "Warning: research $840.12 of $1,000 (84 %), Nov 2026; 80% of research-monthly",
        }
    }
    assert place == {"status": 204, "host": "127.0.0.1"}


def test_what_is_sent_again_is_the_same_to_the_byte_under_a_new_timestamp(hook: FakeHook, receiver: Make) -> None:
    now = datetime.now(UTC)
    hook.faults.append(Fault(500, accept=True))

    assert not failing(receiver(clock=lambda: now)).permanent
    receiver(clock=lambda: now + timedelta(seconds=90)).send(notify(), None)

    first, second = hook.requests
    assert first.body == second.body
    assert first.headers["x-budgetbot-timestamp"] != second.headers["x-budgetbot-timestamp"]
    assert hook.again == ["n-1"]


def test_a_digest_is_posted_whole(hook: FakeHook, receiver: Make) -> None:
    receiver().send(digest(), None)

    (told,) = hook.taken.values()
    assert (told["reason"], told["alert"], told["digest"]) == ("digest", None, DIGEST)
    assert told["summary"].startswith("20 Nov: $123.45")


@pytest.mark.parametrize("name", every_kind())
def test_every_kind_of_notification_is_taken(hook: FakeHook, receiver: Make, name: str) -> None:
    receiver().send(every_kind()[name], None)

    assert len(hook.taken) == 1


def test_the_signature_is_over_timestamp_and_raw_body(hook: FakeHook, receiver: Make) -> None:
    now = datetime.now(UTC)

    receiver(clock=lambda: now).send(notify(), None)

    (seen,) = hook.requests
    stamp = str(int(now.timestamp()))
    by_hand = hmac.new(SECRET.encode(), stamp.encode() + b"." + seen.body, hashlib.sha256).hexdigest()
    assert seen.headers["x-budgetbot-timestamp"] == stamp
    assert seen.headers["x-budgetbot-signature"] == f"v1={by_hand}"


def test_the_signature_of_a_known_body_is_known() -> None:
    by_openssl = "3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"

    assert signature("k", "1", b"{}") == by_openssl


@pytest.mark.parametrize("how", [{"secret": "another"}, {"clock": lambda: datetime.now(UTC) - timedelta(hours=1)}])
def test_a_wrong_secret_and_an_old_timestamp_are_refused_for_good(
    hook: FakeHook, receiver: Make, how: dict[str, Any]
) -> None:
    error = failing(receiver(**how))

    assert (error.permanent, hook.taken) == (True, {})
    assert "HTTP 401" in str(error)


def test_without_a_secret_nothing_is_signed() -> None:
    with FakeHook(secret=None) as hook:
        made = WebhookNotifier("hook", WebhookOptions(url=hook.hook_url), None, None)
        made.send(notify(), None)
        made.close()

        assert len(hook.taken) == 1


def test_what_is_sent_again_carries_the_same_key(hook: FakeHook, receiver: Make) -> None:
    made = receiver()
    for _ in range(2):
        made.send(notify(), None)

    assert (list(hook.taken), hook.again) == (["n-1"], ["n-1"])


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_confirms(hook: FakeHook, receiver: Make, status: int) -> None:
    hook.faults.append(Fault(status))

    assert receiver().send(notify(), None)["status"] == status


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503])
@pytest.mark.parametrize(("headers", "wait"), [({}, None), ({"retry-after": "17"}, 17.0)])
def test_what_passes_is_tried_again_after_what_it_asks_for(
    hook: FakeHook, receiver: Make, status: int, headers: dict[str, str], wait: float | None
) -> None:
    hook.faults.append(Fault(status, headers))

    error = failing(receiver())

    assert (error.permanent, error.unknown, error.retry_after) == (False, False, wait)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_any_other_refusal_is_permanent(hook: FakeHook, receiver: Make, status: int) -> None:
    hook.faults.append(Fault(status))

    error = failing(receiver())

    assert (error.permanent, error.unknown) == (True, False)
    assert str(error) == f"hook: HTTP {status}; check HOOK_URL"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(hook: FakeHook, receiver: Make, status: int) -> None:
    with FakeHook() as elsewhere:
        hook.faults.append(Fault(status, {"location": elsewhere.hook_url}))

        error = failing(receiver())

        assert elsewhere.requests == []
    assert error.permanent
    assert str(error) == f"hook: HTTP {status}: a redirect, which is never followed; check HOOK_URL"


@pytest.mark.parametrize(
    "fault", [Fault(hang=True), Fault(hang=True, accept=True), Fault(reset=True), Fault(reset=True, accept=True)]
)
def test_a_lost_answer_is_unknown_and_nobody_can_be_asked(hook: FakeHook, receiver: Make, fault: Fault) -> None:
    hook.faults.append(fault)
    made = receiver(timeout=0.1)

    assert failing(made).unknown
    with pytest.raises(DeliveryError, match="cannot be asked") as asked:
        made.find(notify(), None)
    assert not asked.value.unknown
    receiver().send(notify(), None)

    assert list(hook.taken) == ["n-1"]


def test_a_confirmation_counts_whatever_its_body_does(hook: FakeHook, receiver: Make) -> None:
    hook.faults.append(Fault(200, body=b"x" * 2_000_000))

    assert receiver().send(notify(), None)["status"] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 100_000,
        b"\x00\x1b[31m\r\nlog: forged" + b"\xff" * 5000,
        b"[" * 100_000,
        json.dumps({"message": "m" * 5000, "errors": ["e" * 5000]}).encode(),
        json.dumps({"message": {"deep": 1}, "errors": 7}).encode(),
    ],
)
def test_of_a_hostile_answer_two_hundred_characters_are_told(hook: FakeHook, receiver: Make, body: bytes) -> None:
    hook.faults.append(Fault(400, body=body))

    told = str(failing(receiver()))

    assert told.isprintable()
    assert len(told.removeprefix("hook: HTTP 400: ").removesuffix("; check HOOK_URL")) <= 200


def test_no_secret_reaches_an_error_or_a_log(hook: FakeHook, receiver: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = f"{hook.hook_url} {SECRET} very-secret-query very-secret-path"
    hook.faults += [Fault(400, body=seen.encode()), Fault(reset=True), Fault(302), Fault(500, body=seen.encode())]
    made = receiver()

    told = [str(failing(made)) for _ in range(4)]

    assert not [line for line in [*told, caplog.text, repr(made)] if "very-secret" in line or SECRET in line]


def test_an_address_that_does_not_resolve_is_not_shown(receiver: Make) -> None:
    made = receiver("https://budgetbot.invalid/very-secret-path?token=very-secret-query", timeout=2)

    error = failing(made)

    assert not error.permanent
    assert "very-secret" not in str(error)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("reason", [Reason.FIRST, Reason.RESOLVED, Reason.TEST])
def test_hostile_names_are_valid_json_and_forge_no_header(
    hook: FakeHook, receiver: Make, text: str, reason: Reason
) -> None:
    receiver().send(nasty(text, reason), None)

    (seen,) = hook.requests
    assert "x-injected" not in seen.headers
    assert len(seen.headers["idempotency-key"]) <= 200
    assert seen.json["alert"]["rule"] == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("options", "url", "secret", "said"),
    [
        (BY_VARIABLE, "", SECRET, "HOOK_URL is not set; give the address to post to"),
        (
            BY_VARIABLE,
            "hooks.example.com",
            SECRET,
            "HOOK_URL is not usable; write https://HOST/PATH, without a user name",
        ),
        (
            BY_VARIABLE,
            "https://me:hunter2@hooks.example.com/",
            SECRET,
            "HOOK_URL is not usable; write https://HOST/PATH, without a user name",
        ),
        (
            BY_VARIABLE,
            "http://hooks.example.com/",
            SECRET,
            "HOOK_URL is not https; write an https address, or allow_http: true",
        ),
        (
            BY_VARIABLE,
            "https://hooks.example.com/",
            None,
            "HOOK_SECRET is not set; give the secret that signs requests",
        ),
    ],
)
def test_what_is_missing_is_one_line_in_doctor_and_a_permanent_error(
    receiver: Make, options: dict[str, str], url: str, secret: str | None, said: str
) -> None:
    made = receiver(url, secret, options=options)

    assert made.check() == [f"hook: {said}"]
    error = failing(made)
    assert (error.permanent, str(error)) == (True, f"hook: {said}")


def test_doctor_posts_nothing(hook: FakeHook, receiver: Make) -> None:
    assert receiver().check() == []
    assert receiver("http://hooks.example.com", options={**BY_VARIABLE, "allow_http": True}).check() == []
    assert hook.requests == []
