"""What the shelves offer, for tests of policies."""

from __future__ import annotations

from budgetbot.notifiers import KINDS
from budgetbot.policy.schema import Registries

REGISTRIES = Registries(notifiers=KINDS, sources={"openai"})
