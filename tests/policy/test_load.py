from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Severity
from budgetbot.errors import PolicyError, UsageError
from budgetbot.policy.load import load_policy, policy_files, validate_summary
from budgetbot.policy.policy import Policy
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.reload import PolicyReload
from budgetbot.rules.undelivered import Undelivered
from budgetbot.rules.unpriced import UnpricedUsage
from tests.policy.registries import REGISTRIES

REACH = "receivers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]\n"
ALWAYS = ("unpriced-usage", "policy-reload", "undelivered")  # rules that nobody writes
BUDGET = "{name: %s, amount: 5, period: day, thresholds: [{at: 80%%, severity: info}]}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "policies"
    path.mkdir()
    return path


def load(folder: Path, **files: str) -> Policy:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_policy(Path("policies"), REGISTRIES)


def mistakes(folder: Path, **files: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(folder, **files)
    return caught.value.mistakes


def test_all_files_of_a_folder_are_one_policy(folder: Path) -> None:
    policy = load(folder, a=f"budgets: [{BUDGET % 'one'}]", b=f"budgets: [{BUDGET % 'two'}]", c=REACH)

    assert [rule.name for rule in policy.rules] == ["one", "two", "quiet-source", *ALWAYS]
    built_in = dict.fromkeys(("quiet-source", *ALWAYS), "built in")
    assert policy.where == {"one": "policies/a.yaml:1", "two": "policies/b.yaml:1", **built_in}
    assert policy.receivers["screen"].kind == "console"
    assert [(route.to, route.where) for route in policy.routes] == [(("screen",), "policies/c.yaml:2")]


def test_a_single_file_may_be_given(folder: Path) -> None:
    file = folder / "any.name"
    file.write_text(REACH)

    assert load_policy(file, REGISTRIES).receivers.keys() == {"screen"}


def test_subfolders_count_but_tests_and_hidden_files_do_not(folder: Path) -> None:
    for name in ["z.yml", "a/b.yaml", "tests/t.yaml", ".hidden.yaml", ".git/c.yaml", "notes.txt", "a/tests/d.yaml"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(REACH)

    found = [file.relative_to(folder).as_posix() for file in policy_files(folder)]

    assert found == ["a/b.yaml", "a/tests/d.yaml", "z.yml"]


@pytest.mark.parametrize("text", ["rules are elsewhere", None])
def test_a_folder_without_a_policy_is_a_usage_error(folder: Path, text: str | None) -> None:
    if text:
        (folder / "README.md").write_text(text)

    with pytest.raises(UsageError, match=r"^no \*.yaml in policies; give the path"):
        load_policy(Path("policies"), REGISTRIES)


def test_a_missing_path_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"^polices does not exist; give the path"):
        load_policy(Path("polices"), REGISTRIES)


def test_every_mistake_of_every_file_is_told_at_once_in_order(folder: Path) -> None:
    found = mistakes(
        folder,
        a="budgets:\n  - {name: x, amount: 5k, period: dya, thresholds: [{at: 80, severity: info}], notify: [scren]}",
        b=REACH + "digests: [{name: d, schedule: daily, to: [screen, nobody], top: many}]",
    )

    assert [line.split(": ")[0:2] for line in found] == [
        ["policies/a.yaml:2:23", "budgets[0].amount"],
        ["policies/a.yaml:2:35", "budgets[0].period"],
        ["policies/a.yaml:2:58", "budgets[0].thresholds[0].at"],
        ["policies/a.yaml:2:89", "budgets[0].notify[0]"],
        ["policies/b.yaml:3:31", "digests[0].schedule"],
        ["policies/b.yaml:3:51", "digests[0].to[1]"],
        ["policies/b.yaml:3:65", "digests[0].top"],
    ]


def test_a_file_that_cannot_be_read_makes_no_follow_up_mistakes(folder: Path) -> None:
    found = mistakes(folder, a="budgets: [{name: x, match: {team: a}, notify: [screen]}]", b=REACH + "labels: [a")

    assert found == [
        "policies/a.yaml:1:11: budgets[0].amount: missing; add amount: ...",
        "policies/a.yaml:1:11: budgets[0].period: missing; add period: ...",
        "policies/a.yaml:1:11: budgets[0].thresholds: missing; add thresholds: ...",
        'policies/b.yaml:3:11: a "[" or "{" is not closed, or a comma is missing; close it, and put text with , or '
        "? in quotes",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "recievers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]",
        "receivers: [{nam: screen, console: {}}]\nroutes: [{to: [screen]}]",
        "receivers: {name: screen}\nroutes: [{to: [screen]}]",
        REACH + "labels: [{sett: {team: x}}]\nbudgets: [" + BUDGET % "b, match: {team: x}" + "]",
        REACH + "source: [{name: eu, type: openai}]\nfreshness: [{name: q, source: eu, stale_after: 6h}]",
        "receivers: [{name: screen, console: {}}]\nroute: [{to: [screen]}]",
        REACH.replace("{to:", "{continu: true, to:"),
    ],
)
def test_what_a_mistake_causes_is_not_told_as_well(folder: Path, text: str) -> None:
    assert len(mistakes(folder, a=text)) == 1


def test_names_are_unique_over_all_files_and_kinds_of_rules(folder: Path) -> None:
    found = mistakes(folder, a=f"budgets: [{BUDGET % 'x'}]", b=REACH + "freshness: [{name: x, stale_after: 6h}]")

    assert found == [
        "policies/b.yaml:3:20: freshness[0].name: the name `x` is taken at policies/a.yaml:1; "
        "give each rule a name of its own"
    ]


def test_defaults_stand_once(folder: Path) -> None:
    found = mistakes(folder, a="defaults: {currency: EUR}", b=REACH, c="defaults: {currency: USD}")

    assert found == ["policies/c.yaml:1:1: defaults: stand at policies/a.yaml:1 already; write defaults once"]


def test_defaults_may_be_left_out(folder: Path) -> None:
    defaults = load(folder, a=REACH).defaults

    assert (defaults.timezone, defaults.currency) == (ZoneInfo("UTC"), "USD")


def test_a_quiet_source_is_watched_where_nobody_says_otherwise(folder: Path) -> None:
    rule = load(folder, a=REACH).rule("quiet-source")

    assert isinstance(rule, Freshness)
    assert (rule.name, rule.source, rule.stale_after, rule.severity) == (
        "quiet-source", "*", timedelta(hours=6), Severity.WARNING,
    )  # fmt: skip


def test_an_empty_freshness_section_switches_the_watch_off(folder: Path) -> None:
    policy = load(folder, a=REACH + "freshness: []")

    assert [rule.name for rule in policy.rules if isinstance(rule, Freshness)] == []


def test_what_is_always_watched_gives_way_to_a_rule_of_its_name(folder: Path) -> None:
    policy = load(folder, a=REACH + "freshness: []")
    built_in = [(type(rule), policy.where[rule.name]) for rule in policy.rules]
    assert built_in == [(kind, "built in") for kind in (UnpricedUsage, PolicyReload, Undelivered)]

    names = ", ".join(BUDGET % name for name in ALWAYS)
    policy = load(folder, a=REACH + f"freshness: []\nbudgets: [{names}]")
    assert [type(rule) for rule in policy.rules] == [Budget, Budget, Budget]


def test_the_built_in_rule_gives_way_to_a_rule_of_its_name(folder: Path) -> None:
    policy = load(folder, a=REACH + f"budgets: [{BUDGET % 'quiet-source'}]")

    assert [type(policy.rule(name)) for name in ("quiet-source", "quiet-source-default")] == [Budget, Freshness]


def test_a_policy_without_rules_needs_no_routes(folder: Path) -> None:
    assert load(folder, a="version: 1\nfreshness: []").routes == ()


def test_text_stays_as_it_is_written(folder: Path) -> None:
    text = "labels: [{set: {cost_center: 4711, version: 1.10, paid: yes, live: true, since: 2026-11-20}}]\n"

    policy = load(folder, a=REACH + text)

    assert dict(policy.labels[0].labels) == {
        "cost_center": "4711", "version": "1.10", "paid": "yes", "live": "true", "since": "2026-11-20",
    }  # fmt: skip


def test_patterns_stay_as_they_are_written(folder: Path) -> None:
    policy = load(folder, a=REACH + f"budgets: [{BUDGET % 'b, match: {model: [1.10, {not: 7}], batch: true}'}]")
    rule = policy.rule("b")

    assert isinstance(rule, Budget)
    assert rule.match == Match((("model", Patterns(("1.10",), ("7",))), ("batch", Patterns(("true",)))))


@pytest.mark.parametrize("word", ["true", "yes", "on", "True"])
def test_every_word_for_true_is_understood_where_a_truth_value_belongs(folder: Path, word: str) -> None:
    policy = load(folder, a=REACH.replace("[{to:", f"[{{continue: {word}, to: [screen]}}, {{to:"))

    assert [route.continues for route in policy.routes] == [True, False]


def test_anchors_may_be_shared(folder: Path) -> None:
    budgets = "budgets:\n  - {name: a, amount: 5, period: day, thresholds: &levels [{at: 80%, severity: info}]}\n"
    policy = load(folder, a=REACH + budgets + "  - {name: b, amount: 6, period: day, thresholds: *levels}")

    assert [rule.name for rule in policy.rules] == ["a", "b", "quiet-source", *ALWAYS]


def test_the_hash_changes_with_the_content_only(folder: Path) -> None:
    whole = f"budgets: [{BUDGET % 'one'}, {BUDGET % 'two'}]\n"
    first = load(folder, a=REACH + whole).hash
    same = load(folder, a=REACH + "# a comment", b=f"budgets:\n- {BUDGET % 'two'}\n- {BUDGET % 'one'}").hash
    other = load(folder, a=REACH, b=whole.replace("amount: 5", "amount: 6", 1)).hash

    assert first == same != other
    assert len(first) == 12


def test_an_unknown_rule_is_a_key_error(folder: Path) -> None:
    with pytest.raises(KeyError):
        load(folder, a=REACH).rule("nothing")


def test_digests_and_sources_are_read_with_their_defaults(folder: Path) -> None:
    sources = "sources: [{name: eu, type: openai, key_env: EU_KEY}]\n"
    policy = load(folder, a=REACH + sources + "digests: [{name: d, schedule: ' 0  9 * * 7', to: [screen, screen]}]")
    (digest,) = policy.digests
    (source,) = policy.sources

    assert (digest.schedule, digest.to, digest.group_by, digest.top) == ("0 9 * * 7", ("screen",), ("project",), 10)
    assert (digest.covers, digest.timezone, digest.currency, digest.each) == ("since_last", None, None, ())
    assert (source.name, source.type, source.key_env, source.counts) == ("eu", "openai", "EU_KEY", None)


def test_a_source_that_is_declared_may_be_watched(folder: Path) -> None:
    sources = "sources: [{name: eu, type: openai, key_env: EU_KEY}]\n"

    policy = load(folder, a=REACH + sources + "freshness: [{name: q, source: e*, stale_after: 6h}]")

    assert [rule.name for rule in policy.rules] == ["q", *ALWAYS]


def test_validate_says_what_each_rule_means(folder: Path) -> None:
    rolling = (
        "{name: r, amount: 8 EUR, each: [project], period: {rolling: 36h}, thresholds: [{at: 8%, severity: info}]}"
    )
    fiscal = (
        "{name: f, amount: $5.5, each: [user, model], period: {every: month, from: 15}, "
        "overrides: [{match: {user: u}, amount: $7}], thresholds: [{at: $4, severity: info}]}"
    )
    span = (
        "{name: s, amount: 5, period: {from: 2026-01-01, until: 2026-07-01}, thresholds: [{at: 9.50%, severity: info}]}"
    )

    policy = load(folder, a=REACH + f"budgets:\n- {BUDGET % 'd'}\n- {rolling}\n- {fiscal}\n- {span}")

    assert validate_summary(policy) == [
        "budget d: $5.00, per day, at 80% (info)",
        "budget r: €8.00 each project, in any 36h, at 8% (info)",
        "budget f: $5.50 each user and model, per month from day 15, at $4 (info); for some $7.00",
        "budget s: $5.00, from 2026-01-01 until 2026-07-01, at 9.5% (info)",
        "freshness quiet-source: any source that is quiet for 6h (warning), built in",
        "policy unpriced-usage: any model without a price (warning), built in",
        "policy policy-reload: changed policy files that are wrong (warning), built in",
        "delivery undelivered: any receiver that does not confirm within 15m (critical), built in",
    ]


def test_validate_says_what_a_usage_budget_counts(folder: Path) -> None:
    images = (
        "{name: i, metric: images, amount: 10000, period: day, each: [project], "
        "overrides: [{match: {project: web}, amount: 20000}], thresholds: [{at: 80%, severity: info}]}"
    )
    tokens = (
        "{name: t, metric: input_tokens, amount: 5000000, period: week, rollover: {max: 20%}, "
        "thresholds: [{at: 100%, severity: info}, {forecast: 100%, probability: 90%, severity: warning}]}"
    )

    policy = load(folder, a=REACH + f"usage_budgets:\n- {images}\n- {tokens}")

    assert validate_summary(policy)[:2] == [
        "usage_budget i: 10,000 images each project, per day, at 80% (info); for some 20,000 images",
        "usage_budget t: 5,000,000 input tokens, per week, at 100% (info), forecast 100% p90% (warning); "
        "carries over up to 20%",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{stale_after: 0m}", "freshness[0].stale_after: no pull is that fresh; write a minute or more, such as 6h"),
        (
            "{stale_after: 6h, repeat: 0s}",
            "freshness[0].repeat: repeats without a pause; write a minute or more, such as 4h",
        ),
        ("{stale_after: 6h, runbook: wiki}", "freshness[0].runbook: not an address; write one that begins with https://"),
        (
            "{stale_after: 6h, source: 'a['}",
            "freshness[0].source: 'a[' is a bad glob: only * and ? are globs; write ? for one character, "
            "a bracket included",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_do_what_it_says_is_a_mistake(folder: Path, text: str, line: str) -> None:
    (found,) = mistakes(folder, a=REACH + f"freshness: [{text.replace('{', '{name: q, ')}]")

    assert found.split(": ", 1)[1] == line
