"""policies backtest: what a policy would have said over what the ledger remembers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from budgetbot import sources
from budgetbot.app import clock, policy_of, store_of
from budgetbot.cli.backtest_text import markdown, report_row, text
from budgetbot.cli.console import JSON_OPTION, moment, print_json, settings
from budgetbot.cli.progress import progress_bar
from budgetbot.core.directory import Directory
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.errors import UsageError
from budgetbot.policy.backtest import backtest, metrics, reach
from budgetbot.policy.backtest_difference import difference
from budgetbot.policy.backtest_report import report
from budgetbot.policy.policy import Policy
from budgetbot.policy.rehearsal import Watched
from budgetbot.settings import Settings
