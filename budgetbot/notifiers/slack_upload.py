"""A chart as an image in a thread, where Slack has no block for it. Needs files:write, and Pillow to draw it.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import json

import structlog

from budgetbot.core.text import cut
from budgetbot.http.client import Http
from budgetbot.logs import fault
from budgetbot.notifiers.chart import Chart
from budgetbot.notifiers.chart_png import png
from budgetbot.notifiers.slack_api import SlackApi
from budgetbot.notifiers.slack_text import plain

_FILE = "chart.png"
_ALT, _TITLE = 1_000, 100
_TIMEOUT = 10.0
_log = structlog.get_logger(__name__)


def upload_chart(api: SlackApi, chart: Chart, channel: str, thread_ts: str) -> bool:
    """Whether it is there now. The message says the same in text, so that without it nothing is missing."""
    try:
        return _uploaded(api, chart, channel, thread_ts)
    except ImportError:
        return False
    except Exception as error:  # the message itself was confirmed
        _log.info("the chart was not uploaded as an image", error=fault(error))
        return False


def _uploaded(api: SlackApi, chart: Chart, channel: str, thread_ts: str) -> bool:
    image = png(chart)
    asked = {"filename": _FILE, "length": len(image), "alt_txt": cut(plain(chart.described(), 4_000), _ALT)}
    place = api.call("files.getUploadURLExternal", params=asked)
    http = Http(_TIMEOUT)
    try:
        sent = http.request("POST", str(place["upload_url"]), content=image, headers={"content-type": "image/png"})
    finally:
        http.close()
    if not sent.good:
        return False
    files = json.dumps([{"id": str(place["file_id"]), "title": plain(chart.title, _TITLE)}])
    api.call("files.completeUploadExternal", params={"files": files, "channel_id": channel, "thread_ts": thread_ts})
    return True
