"""A service that is told that others are well: GET is a sign of life, POST to /fail tells of a failure."""

from __future__ import annotations

from typing import Any

from tests.standins.posting import PostStandIn, Refused, Seen

SECRET = "0f1e2d3c-very-secret-check"


class FakeMonitor(PostStandIn):
    """`pulse` is what it was told, in order: "" for a sign of life, else what failed."""

    def __init__(self) -> None:
        super().__init__()
        self.pulse: list[str] = []

    @property
    def check_url(self) -> str:
        return f"{self.url}/{SECRET}"

    def answer(self, seen: Seen) -> tuple[int, Any]:
        if (seen.method, seen.path) == ("GET", f"/{SECRET}"):
            self.pulse.append("")
        elif (seen.method, seen.path) == ("POST", f"/{SECRET}/fail") and 0 < len(seen.body) <= 10_000:
            self.pulse.append(seen.body.decode("utf-8"))
        else:
            raise Refused(404)
        return 200, None
