"""Unit tests of policies: a story of spend, what people do, and the alerts and messages that are expected of it."""
