"""`budgetbot demo`: the main job with no credentials, on a simulated organisation served over loopback HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from budgetbot import cycle
from budgetbot.app import clock, parts_of, queries_following
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.lead import leading, lease
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.policy import digests
from budgetbot.policy.step import State
from budgetbot.settings import Settings, load_settings
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve as serve_sim

_HERE = Path(__file__).parent
_EXAMPLES = (
    Path("policies"),
    _HERE / "examples",
    _HERE.parent / "policies",
)


def show(*, serve: bool = False) -> None:
    """Pull, alert, digest; then say where to go next. `serve`: keep running, with the web app."""
    folder = Path(tempfile.gettempdir()) / "budgetbot-demo"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("demo.db*"):
        old.unlink()
    organisation = Organisation()
    with serve_sim(organisation) as simulated:
        typer.echo(f"A simulated organisation answers at {simulated.base_url} as the OpenAI usage and costs API does.")
        settings = load_settings(
            budgetbot_database_url=f"sqlite:///{folder}/demo.db",
            budgetbot_policies=next((p for p in _EXAMPLES if p.is_dir()), _EXAMPLES[0]),
            openai_admin_key=simulated.admin_key,
            openai_base_url=simulated.base_url,
        )
        _tell(settings)
        if serve:
            _serve(settings)
            return
    _next_steps(settings)


def _tell(settings: Settings) -> None:
    now = clock()
    with _on_screen(settings) as parts, lease(parts.store):
        typer.echo("Pulling 90 days of costs and usage ...\n")
        cycle.turn(parts, now)
        again = cycle.turn(parts, now)
        typer.echo(f"\nA second look sends {again.sent} messages: each crossing is told once. Now the daily digest:\n")
        state = State(parts.store.alerts.open(), seen=parts.store.alerts.rules())
        today = now().astimezone(parts.policy.defaults.timezone).date()
        for spec in parts.policy.digests[:1]:
            written = cycle.write_digest(parts, spec, digests.on_date(spec, parts.policy, today), state, now())
            parts.store.alerts.record([], written, now())
        cycle.send(parts, now)


@contextmanager
def _on_screen(settings: Settings) -> Iterator[Parts]:
    """All receivers are the screen: nobody is woken by a simulated breach, whatever the policies name."""
    with parts_of(settings) as parts:
        yield replace(parts, notifiers={name: ConsoleNotifier(name) for name in parts.notifiers})


def _serve(settings: Settings) -> None:
    from budgetbot.service import serve

    with _on_screen(settings) as parts, leading(parts.store) as lead:
        address = f"http://{settings.budgetbot_http_host}:{settings.budgetbot_http_port}"
        typer.echo(f"\nStill running: {address}/api/v1/budgets. Ctrl-C ends it.")
        now, current = clock(), Current(parts)
        serve(current, lead, settings, now, queries_following(current, now), follows=False)


def _next_steps(settings: Settings) -> None:
    typer.echo(
        f"""
Where to look next
  export BUDGETBOT_DATABASE_URL={settings.budgetbot_database_url}
  budgetbot spend research by key last 7 days      who spent it
  budgetbot budgets                                every budget now
  budgetbot alerts                                 what is open; `budgetbot alerts ack ID`
  policies/                                        the rules that just fired; change one and run the demo again
  README.md                                        three commands to production
(where `make demo` set up .venv, the command is .venv/bin/budgetbot)"""
    )
