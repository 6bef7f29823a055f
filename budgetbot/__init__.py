"""budgetbot watches what an organisation spends on LLM APIs and tells people before it hurts."""

__version__ = "0.1.0"
