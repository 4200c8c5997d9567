"""Guards that several services share."""

from clientportal.domain.actors import Actor, Customer, Member, System
from clientportal.domain.errors import NotAllowed
from clientportal.domain.permissions import Permission, require


def require_staff(actor: Actor, permission: Permission) -> Member | System:
    """`require`, and refuse customers, who hold some permissions over their own rows only.

    Raises NotSignedIn or NotAllowed.
    """
    require(actor, permission)
    if not isinstance(actor, Member | System):
        raise NotAllowed(permission=permission.value)
    return actor


def require_customer(actor: Actor, permission: Permission) -> Customer:
    """`require`, and refuse staff. Raises NotSignedIn or NotAllowed."""
    require(actor, permission)
    if not isinstance(actor, Customer):
        raise NotAllowed(permission=permission.value)
    return actor
