"""What a Slack workspace holds and answers: channels, messages, threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.standins.slack_files import Files
from tests.standins.slack_responses import Responses
from tests.standins.slack_rules import MessageRefused, check_message
from tests.standins.slack_socket import SocketMode
from tests.standins.slack_views import Views

Body = dict[str, Any]
TOKEN = "xoxb-good-token"
APP_TOKEN = "xapp-1-A1-good-token"
TEAM, APP = "T1", "A1"


class Workspace:
    """The methods of the Web API that a bot calls; strict about scopes, channels and messages."""

    def __init__(self, scopes: str, page: int) -> None:
        self.scopes = scopes
        self.page = page
        self.start = 1_795_000_000
        self.channels: dict[str, Body] = {}
        self.messages: list[Body] = []
        self.members: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.enterprises: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.charts = True
        self.me: Body = {"team_id": TEAM, "bot_id": "B1", "user_id": "U1"}
        self.views = Views()
        self.files = Files(self._post)
        self.responses = Responses()
        self.socket = SocketMode()

    def add_channel(self, id: str, name: str, *, member: bool = True, archived: bool = False) -> None:
        self.channels[id] = {"id": id, "name": name, "is_member": member, "is_archived": archived}

    def add_member(self, id: str, email: str) -> None:
        """Somebody with an e-mail address; what is posted to the id arrives in the direct messages."""
        self.members[email] = id
        self.emails[id] = email
        self.add_channel(f"D{id[1:]}", id)

    def answer(self, method: str, body: Body, token: str) -> Body:
        if method == "apps.connections.open":
            return {"ok": True, "url": self.socket.url()} if token == f"Bearer {APP_TOKEN}" else no("invalid_auth")
        if token != f"Bearer {TOKEN}":
            return no("invalid_auth")
        known: dict[str, Callable[[Body], Body]] = {
            "auth.test": lambda _: {"ok": True, **self.me},
            "bots.info": self._bot,
            "users.info": self._user,
            "usergroups.users.list": self._group,
            **self.views.methods,
            **{name: self._with_files(does) for name, does in self.files.methods.items()},
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "users.lookupByEmail": self._member,
        }
        return known[method](body) if method in known else no("unknown_method")

    def _member(self, body: Body) -> Body:
        """A person by e-mail address: `members` knows them, and so their direct messages."""
        if not self._granted("users:read.email"):
            return no("missing_scope")
        found = self.members.get(str(body.get("email")))
        return {"ok": True, "user": {"id": found}} if found else no("users_not_found")

    def _bot(self, body: Body) -> Body:
        if not self._granted("users:read"):
            return no("missing_scope")
        return {"ok": True, "bot": {"id": "B1", "app_id": APP}} if body.get("bot") == "B1" else no("bot_not_found")

    def _user(self, body: Body) -> Body:
        """Somebody by id; the e-mail address only where its scope is granted."""
        id = str(body.get("user"))
        if not self._granted("users:read"):
            return no("missing_scope")
        if id not in self.emails:
            return no("user_not_found")
        profile = {"email": self.emails[id]} if self._granted("users:read.email") else {}
        known = {"enterprise_user": {"enterprise_id": self.enterprises[id]}} if id in self.enterprises else {}
        return {"ok": True, "user": {"id": id, "team_id": TEAM, "profile": profile, **known}}

    def _group(self, body: Body) -> Body:
        if not self._granted("usergroups:read"):
            return no("missing_scope")
        found = self.groups.get(str(body.get("usergroup")))
        return no("no_such_subteam") if found is None else {"ok": True, "users": found}

    def _with_files(self, does: Callable[[Body], Body]) -> Callable[[Body], Body]:
        return lambda body: does(body) if self._granted("files:write") else no("missing_scope")

    def _check(self, body: Body) -> None:
        check_message(body)
        if not self.charts and any(block["type"] == "data_visualization" for block in body.get("blocks") or []):
            raise MessageRefused("invalid_blocks", "no charts here yet")

    def _granted(self, *scopes: str) -> bool:
        return any(scope in self.scopes.split(",") for scope in scopes)

    def channel(self, named: str) -> Body | None:
        found = [c for c in self.channels.values() if named in (c["id"], f"#{c['name']}", c["name"])]
        return found[0] if found else None

    def _post(self, body: Body) -> Body:
        channel = self.channel(str(body.get("channel")))
        if not self._granted("chat:write"):
            return no("missing_scope")
        if channel is None:
            return no("channel_not_found")
        if channel["is_archived"]:
            return no("is_archived")
        if not channel["is_member"] and not self._granted("chat:write.public"):
            return no("not_in_channel")
        thread = body.get("thread_ts")
        if thread and not any(m["ts"] == thread and m["channel"] == channel["id"] for m in self.messages):
            return no("thread_not_found")
        try:
            self._check(body)
        except MessageRefused as refused:
            return {**no(refused.error), "response_metadata": {"messages": [str(refused)]}}
        ts = f"{self.start + len(self.messages)}.000100"
        self.messages.append({**body, "channel": channel["id"], "ts": ts})
        return {"ok": True, "channel": channel["id"], "ts": ts, "message": {"text": body.get("text", "")}}

    def _update(self, body: Body) -> Body:
        for i, message in enumerate(self.messages):
            if message["ts"] == body.get("ts") and message["channel"] == body.get("channel"):
                try:
                    self._check(body)
                except MessageRefused as refused:
                    return no(refused.error)
                self.messages[i] = {**message, **body}
                return {"ok": True, "channel": message["channel"], "ts": message["ts"]}
        return no("message_not_found")

    def _history(self, body: Body) -> Body:
        kept = [m for m in reversed(self.messages) if not m.get("thread_ts") or m.get("reply_broadcast")]
        return self._messages(body, kept)

    def _replies(self, body: Body) -> Body:
        root = str(body.get("ts"))
        if not any(m["ts"] == root for m in self.messages):
            return no("thread_not_found")
        return self._messages(body, [m for m in self.messages if root in (m["ts"], m.get("thread_ts"))], root)

    def _messages(self, body: Body, found: list[Body], always: str = "") -> Body:
        if not self._granted("channels:history"):
            return no("missing_scope")
        if body.get("channel") not in self.channels:
            return no("channel_not_found")  # an id is needed here, a name is not enough
        oldest = float(body.get("oldest") or 0)
        here = [m for m in found if m["channel"] == body["channel"] and (float(m["ts"]) > oldest or m["ts"] == always)]
        hidden = set() if body.get("include_all_metadata") in ("1", "true", True) else {"metadata"}
        shown = [{k: v for k, v in m.items() if k not in {*hidden, "channel"}} for m in here]
        return self._paged(body, "messages", shown)

    def _list(self, body: Body) -> Body:
        wanted = str(body.get("types") or "public_channel").split(",")
        needed = {"public_channel": "channels:read", "private_channel": "groups:read"}
        if not all(self._granted(needed[kind]) for kind in wanted):
            return no("missing_scope")
        hide = body.get("exclude_archived") in ("1", "true", True)
        return self._paged(body, "channels", [c for c in self.channels.values() if not (hide and c["is_archived"])])

    def _info(self, body: Body) -> Body:
        if not self._granted("channels:read"):
            return no("missing_scope")
        channel = self.channels.get(str(body.get("channel")))
        return {"ok": True, "channel": channel} if channel else no("channel_not_found")

    def _paged(self, body: Body, key: str, items: list[Body]) -> Body:
        first, size = int(body.get("cursor") or 0), min(int(body.get("limit") or 100), self.page)
        more = str(first + size) if first + size < len(items) else ""
        return {"ok": True, key: items[first : first + size], "response_metadata": {"next_cursor": more}}


def no(error: str) -> Body:
    return {"ok": False, "error": error}
