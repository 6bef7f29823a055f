"""Tests of policies, run on the real engine: what is known when, what people do, what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standins.trials import POLICY, Folder

RESEARCH = "spend: [{of: {project: research}, values: %s}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_bucket_is_known_when_it_ends(folder: Folder) -> None:
    assert folder.run(RESEARCH % "10 20 30" + "expect: [{at: 59m, spent: {b: 0}}, {at: 1h, spent: {b: 10}}]") == []
    assert folder.run(RESEARCH % "10 20 30" + "expect: [{at: 3h, spent: {b: 60}}]") == []


def test_what_is_not_known_of_a_bucket_does_not_count(folder: Folder) -> None:
    assert folder.run(RESEARCH % "10 _x2 5" + "expect: [{at: 3h, spent: {b: 10}}, {at: 4h, spent: {b: 15}}]") == []


def test_days_are_buckets_too_and_money_is_exact(folder: Folder) -> None:
    days = "spend: [{of: {project: research}, per: 1d, values: 0.1x3}]\n"

    assert folder.run(days + "expect: [{at: 71h, spent: {b: 0.2}}, {at: 3d, spent: {b: 0.3}}]") == []


def test_what_is_spent_while_a_source_is_not_read_is_known_when_it_is_read_again(folder: Folder) -> None:
    test = (
        RESEARCH % "10x9"
        + "events: [{at: 2h, stale: {for: 4h}}]\nexpect: [{at: 2h, spent: {b: 20}}, {at: 5h, spent: {b: 20}}, "
        + "{at: 6h, spent: {b: 60}}]"
    )

    assert folder.run(test) == []


def test_stale_buckets_are_a_source_that_is_not_read(folder: Folder) -> None:
    series = "{of: {project: research}, values: 10 stalex8 10}"
    other = "{of: {project: research, model: m}, values: 1x10}"
    looks = "{at: 8h, spent: {b: 11}, alerts: [{rule: quiet}]}, {at: 9h, spent: {b: 19}, alerts: []}"

    assert folder.run(f"spend: [{series}, {other}]\nexpect: [{{at: 6h, alerts: []}}, {looks}]") == []


def test_the_bill_of_a_bucket_changes(folder: Folder) -> None:
    event = "events: [{at: 5h, restate: {of: {project: research}, bucket: 1h, value: 700}}]\n"
    looks = "expect: [{at: 4h, spent: {b: 40}}, {at: 5h, spent: {b: 730}, alerts: [{rule: b, level: 50%}]}]"

    assert folder.run(RESEARCH % "10x4 0x3" + event + looks) == []


def test_a_gap_may_be_filled_by_a_later_bill(folder: Folder) -> None:
    event = "events: [{at: 5h, restate: {of: {project: research}, bucket: 1h, value: 7}}]\n"

    assert folder.run(RESEARCH % "10 _ 10" + event + "expect: [{at: 5h, spent: {b: 27}}]") == []


def test_usage_counts_with_the_metrics_that_it_is_made_of(folder: Folder) -> None:
    test = """
        usage:
          - {of: {project: web}, metric: images, values: 60 60}
          - {of: {project: web}, metric: input_tokens, values: 60 10}
          - {of: {project: web}, metric: output_tokens, values: 0 30}
          - {of: {project: web}, metric: requests, values: 1000}
        expect:
          - {at: 1h, alerts: [], spent: {images: 60, tokens: 60}}
          - {at: 2h, spent: {images: 120, tokens: 100}, alerts: [{rule: images}, {rule: tokens, kind: usage_budget}]}
    """

    assert folder.run(test) == []


def test_scopes_go_by_id_or_by_name(folder: Folder) -> None:
    test = """
        spend: [{of: {project: ci, api_key: key_1}, names: {api_key: nightly}, values: 60}]
        expect:
          - at: 1h
            spent: {each-key: {nightly: 60, key_1: 60}}
            alerts: [{rule: each-key, scope: {api_key: nightly}}]
          - {at: 2h, alerts: [{rule: each-key, scope: {api_key: key_1}}]}
    """

    assert folder.run(test) == []


def test_other_currencies_and_accounts_are_theirs(folder: Folder) -> None:
    test = """
        spend:
          - {of: {project: research}, values: 10}
          - {of: {project: research}, values: 10, currency: USD}
          - {of: {project: research, source: openai-eu}, values: 10, currency: EUR}
        expect: [{at: 1h, spent: {b: 10}, alerts: [{rule: b, level: unconverted EUR, kind: policy}]}]
    """
    assert "the series stands at" in folder.mistakes(test)[0]

    assert folder.run(test.replace("          - {of: {project: research}, values: 10, currency: USD}\n", "")) == []


def test_an_acknowledgement_a_snooze_and_a_resolution_are_done_by_hand(folder: Folder) -> None:
    test = """
        spend: [{of: {project: research}, values: 500 0 300 0x9}]
        events:
          - {at: 1h, acknowledge: {rule: b, level: 50%}, by: U1}
          - {at: 2h, snooze: {rule: b, for: 4h}}
          - {at: 5h, resolve: {rule: b, level: 80%}}
        expect:
          - {at: 1h, alerts: [{rule: b, level: 50%, acknowledged: U1, snoozed: false}]}
          - {at: 2h, alerts: [{rule: b, level: 50%, acknowledged: true, snoozed: true}]}
          - {at: 3h, alerts: [{rule: b, level: 50%, snoozed: true}, {rule: b, level: 80%, acknowledged: false}]}
          - {at: 6h, alerts: [{rule: b, level: 50%, snoozed: false}]}
    """

    assert folder.run(test) == []


def test_a_deed_on_an_alert_that_is_not_open_fails_and_says_which_are(folder: Folder) -> None:
    event = "events: [{at: 1h, acknowledge: {rule: b, level: 80%}}]\n"
    said = folder.run(RESEARCH % "500" + event + "expect: [{at: 1h, alerts: [{rule: b, level: 50%}]}]")

    place = "b.yaml:6: at 1h (2026-11-01 01:00 UTC): "
    assert said == [f"{place}no such alert is open; open: b 50% firing, info"]


def test_a_deed_that_several_alerts_could_be_meant_by_fails(folder: Folder) -> None:
    said = folder.run(
        RESEARCH % "900" + "events: [{at: 1h, snooze: {rule: b, for: 1h}}]\nexpect: [{at: 1h, spent: {b: 900}}]"
    )

    assert "several such alerts are open" in said[0]


def test_a_silence_and_a_limit_count_from_the_evaluation_at_their_time_on(folder: Folder) -> None:
    test = """
        spend: [{of: {project: research}, values: 0x3 600 0x9}]
        events:
          - {at: 4h, silence: {match: {team: research}, for: 3h}}
          - {at: 9h, limit: {budget: b, amount: 2000}}
        expect:
          - {at: 4h, alerts: [{rule: b, level: 50%, silenced: true}]}
          - {until: 6h, notifications: []}
          - {until: 8h, notifications: [{at: 7h, to: other, rule: b, level: 50%, reason: first, severity: info}]}
          - {at: 9h, alerts: []}
          - {until: 9h, notifications: [{at: 9h, to: other, rule: b, level: 50%, reason: resolved, episode: 1}]}
    """

    assert folder.run(test) == []


def test_messages_are_listed_from_the_last_such_check_on(folder: Folder) -> None:
    told = [
        "{until: 1h, notifications: []}",
        "{until: 2h, notifications: [{at: 2h, to: other, rule: b, level: 50%, reason: first}]}",
        "{until: 3h, notifications: [{at: 3h, to: screen, rule: b, level: 80%, reason: first}]}",
        "{until: 4h, notifications: []}",
    ]
    assert folder.run(RESEARCH % "0 500 300 0" + f"expect: [{', '.join(told)}]") == []


def test_what_rules_say_that_a_test_is_not_about_is_not_compared(folder: Folder) -> None:
    looks = "expect: [{at: 1h, alerts: []}, {until: 1h, notifications: []}]"

    assert folder.run("rules: [quiet]\n" + RESEARCH % "900" + looks) == []
    assert len(folder.run("rules: [b]\n" + RESEARCH % "900" + looks)) > 1


def test_local_times_are_those_of_the_test_or_of_the_policy(tmp_path: Path) -> None:
    folder = Folder(tmp_path, POLICY + "defaults: {timezone: Asia/Kolkata}\n")
    look = "expect: [{at: 2026-11-01T01:00, spent: {b: 10}}, {at: 2026-10-31T20:30Z, spent: {b: 30}}]"
    assert folder.run(RESEARCH % "10 20" + look) == []

    look = "expect: [{at: 2026-11-01T01:00, spent: {b: 10}}, {at: 2h, spent: {b: 30}}]"
    assert folder.run("timezone: America/New_York\n" + RESEARCH % "10 20" + look) == []


def test_hours_go_on_evenly_where_the_clock_changes(folder: Folder) -> None:
    text = "timezone: Europe/Berlin\n" + RESEARCH % "1x30" + "expect: [{at: 2026-10-26, spent: {b: 25}}]"
    folder.write(text)
    folder.file.write_text(folder.file.read_text().replace("2026-11-01", "2026-10-25"))

    (trial,) = folder.trials()
    assert (trial.end - trial.start).total_seconds() == 25 * 3600


def test_a_day_with_its_hours_ends_alerts_with_its_period(folder: Folder) -> None:
    test = """
        spend: [{of: {project: ci, api_key: k}, values: 60 0x25}]
        expect:
          - at: 24h
            alerts: []
          - until: 25h
            notifications:
              - {at: 1h, to: screen, rule: each-key, reason: first, scope: {api_key: k}}
              - {at: 24h, to: screen, rule: each-key, reason: expired}
    """

    assert folder.run(test) == []
