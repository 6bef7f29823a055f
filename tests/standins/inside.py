"""budgetbot without a process of its own: the same commands, ten times as fast."""

from __future__ import annotations

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from unittest.mock import patch

import structlog

from budgetbot.cli import main
from tests.standins.bot import Bot, Said


class Inside(Bot):
    """Runs commands where the tests run. Only what a process shows needs one: leases, signals, kills."""

    def call(self, *arguments: str) -> Said:
        """A command to its end, whatever that is."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        around = patch.dict(os.environ, self.env, clear=True), patch.object(sys, "argv", ["budgetbot", *arguments])
        with around[0], around[1], chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
            finally:
                structlog.reset_defaults()
        return Said(code, out.getvalue(), err.getvalue())
