"""Who acts: staff, a customer, the system, the holder of a link or nobody (DESIGN: Actor)."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Role of a member inside one company, strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a company's staff, acting inside that company."""

    user_id: int
    member_id: int
    company_id: int
    role: Role
    name: str

    @property
    def key(self) -> str:
        return f"member:{self.member_id}"


@dataclass(frozen=True, slots=True)
class Customer:
    """A portal user. `space_id` narrows reads to one customer space; None means all of theirs."""

    user_id: int
    email: str
    name: str
    space_id: int | None = None

    @property
    def key(self) -> str:
        return f"customer:{self.user_id}"


@dataclass(frozen=True, slots=True)
class System:
    """Webhooks, jobs and the command line, acting for one company."""

    company_id: int
    name: str = "system"

    @property
    def key(self) -> str:
        return f"system:{self.company_id}"


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever holds the link of a sent document: sees that document, nothing else of its account.

    `name` is that of the person whom the link was sent to.
    """

    link_id: int
    company_id: int
    account_id: int
    document_id: int
    name: str

    @property
    def key(self) -> str:
        return f"guest:{self.link_id}"


@dataclass(frozen=True, slots=True)
class Nobody:
    """Before sign-in."""

    @property
    def key(self) -> str:
        return "nobody"


Actor = Member | Customer | System | Guest | Nobody
