"""`budgetbot sim`: where it listens, and what it says when it cannot."""

from __future__ import annotations

import re
import socket

import httpx

from tests.standins.inside import Inside


def test_it_says_where_it_listens_also_on_a_port_that_it_chose_itself(new: Inside) -> None:
    process = new.start("sim", "--port", "0")
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.match(r"listening on (http://127\.0\.0\.1:[1-9]\d+/v1) with the admin key (\S+);", line)
        assert found is not None
        answer = httpx.get(
            f"{found[1]}/organization/projects", headers={"Authorization": f"Bearer {found[2]}"}, timeout=5
        )
    finally:
        process.kill()
        process.communicate()

    assert answer.status_code == 200


def test_a_port_that_is_taken_is_told_in_one_line(new: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = new.run("sim", "--port", str(port), exits=2)

    assert said.startswith(f"cannot listen on port {port} (")
    assert said.count("\n") == 1
