"""Which role may do what, as data. `require` is the first line of every service."""

from enum import StrEnum

from clientportal.domain.actors import Actor, Customer, Guest, Member, Nobody, Role, System
from clientportal.domain.errors import NotAllowed, NotSignedIn


class Permission(StrEnum):
    """noun:verb."""

    COMPANY_READ = "company:read"
    COMPANY_EDIT = "company:edit"
    MEMBERS_READ = "members:read"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_EDIT = "accounts:edit"
    ACCESS_EDIT = "access:edit"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_EDIT = "documents:edit"
    DOCUMENTS_VOID = "documents:void"
    DOCUMENTS_IMPORT = "documents:import"
    DOCUMENTS_COMMENT = "documents:comment"
    DOCUMENTS_SEND = "documents:send"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_RECORD = "payments:record"
    PAYMENTS_RELEASE = "payments:release"
    PAYMENTS_PAY = "payments:pay"
    CREDIT_APPLY = "credit:apply"
    CREDIT_RETURN = "credit:return"
    MESSAGES_READ = "messages:read"
    AUDIT_READ = "audit:read"
    SPACES_EDIT = "spaces:edit"
    PROFILE_EDIT = "profile:edit"  # one's own name, language and password


_VIEWER = frozenset(
    {
        Permission.COMPANY_READ,
        Permission.MEMBERS_READ,
        Permission.ACCOUNTS_READ,
        Permission.DOCUMENTS_READ,
        Permission.PAYMENTS_READ,
        Permission.MESSAGES_READ,
        Permission.AUDIT_READ,
        Permission.PROFILE_EDIT,
    }
)
_AGENT = _VIEWER | {
    Permission.ACCOUNTS_EDIT,
    Permission.DOCUMENTS_EDIT,
    Permission.DOCUMENTS_COMMENT,
    Permission.DOCUMENTS_IMPORT,
    Permission.DOCUMENTS_SEND,
    Permission.PAYMENTS_RECORD,
    Permission.CREDIT_APPLY,
}
_ADMIN = _AGENT | {
    Permission.COMPANY_EDIT,
    Permission.ACCESS_EDIT,
    Permission.DOCUMENTS_VOID,
    Permission.PAYMENTS_RELEASE,
    Permission.CREDIT_RETURN,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.AGENT: _AGENT,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _ADMIN,
}

CUSTOMER_PERMISSIONS: frozenset[Permission] = frozenset(
    {
        Permission.COMPANY_READ,
        Permission.ACCOUNTS_READ,
        Permission.DOCUMENTS_READ,
        Permission.DOCUMENTS_COMMENT,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_PAY,
        Permission.SPACES_EDIT,
        Permission.PROFILE_EDIT,
    }
)

GUEST_PERMISSIONS: frozenset[Permission] = frozenset(
    {Permission.COMPANY_READ, Permission.ACCOUNTS_READ, Permission.DOCUMENTS_READ}
)


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Every permission that the actor holds. Objects are still checked one by one."""
    match actor:
        case Member():
            return ROLE_PERMISSIONS[actor.role]
        case Customer():
            return CUSTOMER_PERMISSIONS
        case System():
            return frozenset(Permission)
        case Guest():
            return GUEST_PERMISSIONS
        case Nobody():
            return frozenset()


def may(actor: Actor, permission: Permission) -> bool:
    return permission in permissions_of(actor)


def require(actor: Actor, permission: Permission) -> None:
    """Refuse unless the actor holds the permission.

    Raises NotSignedIn for nobody, NotAllowed for everybody else.
    """
    if may(actor, permission):
        return
    if isinstance(actor, Nobody):
        raise NotSignedIn()
    raise NotAllowed(permission=permission.value)
