"""Who is there: projects, keys, users and service accounts, all generated from the seed. Nobody is a real person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    email: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    id: str
    name: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`purpose` decides what it is used for; a key that was deleted is in no listing but stays in the bill."""

    id: str
    name: str
    purpose: str
    owner: User | ServiceAccount
    created_at: datetime
    deleted_at: datetime | None = None
    owner_has_access: bool = True


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    name: str
    created_at: datetime
    keys: tuple[ApiKey, ...]
    service_accounts: tuple[ServiceAccount, ...]
    archived_at: datetime | None = None

    def key(self, name: str) -> ApiKey:
        """The key of that name, deleted or not; KeyError if there is none."""
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Roster:
    projects: tuple[Project, ...]
    users: tuple[User, ...]

    def project(self, name: str) -> Project:
        """The project of that name; KeyError if there is none."""
        for project in self.projects:
            if project.name == name:
                return project
        raise KeyError(name)


_KNOWN: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "research": (
        ("research-agent", "agent"),
        ("research-notebooks", "notebook"),
        ("research-evals", "eval"),
        ("research-embeddings", "embed"),
    ),
    "web": (("web-prod", "prod"), ("web-images", "images"), ("web-search", "search"), ("web-staging", "sandbox")),
    "ci": (("ci-nightly", "nightly"), ("ci-big", "big"), ("ci-release", "tools"), ("ci-lint", "sandbox")),
    "support-bot": (
        ("support-prod", "prod"),
        ("support-voice", "voice"),
        ("support-search", "search"),
        ("support-staging", "sandbox"),
    ),
    "data-platform": (
        ("etl-batch", "batch"),
        ("etl-embeddings", "embed"),
        ("warehouse-sql", "tools"),
        ("analysts", "notebook"),
    ),
    "growth": (
        ("growth-copy", "tools"),
        ("growth-images", "images"),
        ("growth-experiments", "eval"),
        ("growth-mail", "batch"),
    ),
}
_MORE: Final = (
    "search",
    "mobile",
    "docs",
    "billing",
    "security",
    "logistics",
    "analytics",
    "partners",
    "hiring",
    "legal",
)
_EXTRA: Final = (
    ("prod", "prod"),
    ("batch", "batch"),
    ("tools", "tools"),
    ("eval", "eval"),
    ("nightly", "nightly"),
    ("dev", "sandbox"),
    ("embeddings", "embed"),
    ("search", "search"),
    ("images", "images"),
    ("voice", "voice"),
)
_OWNED_BY_PEOPLE: Final = frozenset({"agent", "notebook", "eval", "sandbox", "big"})
_LEADS: Final = {"research": "ml-lead", "ci": "build-engineer", "data-platform": "data-lead"}
_AGE: Final = timedelta(days=200)


@dataclass(slots=True)
class _Enrolment:
    seed: int
    opened: datetime
    users: list[User] = field(default_factory=list)

    def id(self, prefix: str, *names: str) -> str:
        return prefix + blake2b("/".join((str(self.seed), *names)).encode(), digest_size=12).hexdigest()

    def user(self, role_name: str, role: str = "reader") -> User:
        label = role_name.replace("-", " ").capitalize()
        user = User(self.id("user-", role_name), label, f"{role_name}@example.com", role, self.opened - _AGE)
        self.users.append(user)
        return user

    def key(self, project: str, name: str, purpose: str, lead: User, deleted_at: datetime | None = None) -> ApiKey:
        created = self.opened - _AGE / 2
        owner: User | ServiceAccount = lead
        access = True
        if name == "warehouse-sql":
            owner, access = self.user("former-analyst"), False
        elif purpose not in _OWNED_BY_PEOPLE:
            owner = ServiceAccount(self.id("user-", project, name, "svc"), f"svc-{name}", "member", created)
        return ApiKey(self.id("key_", project, name), name, purpose, owner, created, deleted_at, access)

    def project(self, name: str, keys: list[ApiKey], archived_at: datetime | None = None) -> Project:
        accounts = tuple(key.owner for key in keys if isinstance(key.owner, ServiceAccount) and not key.deleted_at)
        return Project(self.id("proj_", name), name, self.opened - _AGE, tuple(keys), accounts, archived_at)


def enrol(seed: int, projects: int, keys_per_project: int, start: datetime, today: datetime) -> Roster:
    """The roster of an organisation whose history begins at `start`.

    Beyond what was asked for there are a key that was deleted and a project that was archived within the history.
    """
    enrolment = _Enrolment(seed, start)
    enrolment.user("platform-owner", "owner")
    span = today - start
    deleted_at = today - min(timedelta(days=21), span / 2)
    archived_at = today - min(timedelta(days=30), span / 3)
    names = _project_names(projects)
    made = []
    for name in names:
        lead = enrolment.user(_LEADS.get(name, f"{name}-lead"))
        keys = [enrolment.key(name, key, purpose, lead) for key, purpose in _key_names(name, keys_per_project)]
        if name == names[min(1, projects - 1)]:
            keys.append(enrolment.key(name, f"{name}-legacy", "tools", lead, deleted_at))
        made.append(enrolment.project(name, keys))
    demo = enrolment.key("prototype", "prototype-demo", "sandbox", enrolment.users[0])
    made.append(enrolment.project("prototype", [demo], archived_at))
    return Roster(tuple(made), tuple(enrolment.users))


def _project_names(count: int) -> list[str]:
    named = [*_KNOWN, *_MORE]
    return [*named, *(f"team-{number:02}" for number in range(len(named) + 1, count + 1))][:count]


def _key_names(project: str, count: int) -> list[tuple[str, str]]:
    pairs = list(_KNOWN.get(project, ()))
    taken = {name for name, _ in pairs}
    for number in range(count):
        suffix, purpose = _EXTRA[number % len(_EXTRA)]
        turn = number // len(_EXTRA)
        name = f"{project}-{suffix}" + (f"-{turn + 1}" if turn else "")
        if name not in taken:
            pairs.append((name, purpose))
    while len(pairs) < count:
        pairs.append((f"{project}-more-{len(pairs)}", "sandbox"))
    return pairs[:count]
