"""Answers, as text for a terminal and as messages of Slack."""
