"""State of the team in the settings: who belongs to it, other roles, who leaves."""

from dataclasses import dataclass
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.actors import Member, Role
from clientportal.domain.errors import Conflict, Invalid
from clientportal.domain.permissions import Permission, may
from clientportal.services import members
from clientportal.services.members import MemberRow
from clientportal.ui.base import Visitor, failure, notice
from clientportal.ui.gate import staff
from clientportal.ui.session import read, write
from clientportal.ui.staff.common import Place, enter, text_of
from clientportal.ui.staff.document_rows import row_id


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One person of the team; `open`: whoever looks may change them, or try to."""

    user_id: int
    name: str
    email: str
    role: str
    me: bool
    open: bool


class TeamRoles(rx.State, mixin=True):
    """Part of the settings' state. Each row says with what is asked which role it showed."""

    team: list[MemberLine] = []

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def change_role(self, data: dict[str, Any]) -> EventSpec:
        """Give a member the role that was chosen beside their name."""
        place = await enter(self)
        given = text_of(data, "user_id", 18)
        user_id = row_id(int(given) if given.isascii() and given.isdigit() else 0)
        seen, role = _role(text_of(data, "seen", 20)), _role(text_of(data, "role", 20))
        try:
            name = await write(
                members.set_role,
                place.actor,
                user_id=user_id,
                seen=seen,
                role=role,
                now=place.now,
            )
        except Conflict as error:
            return await self._refused(place, error)
        await self._list_team(place)
        return notice("role_changed", name=name)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def remove_member(self, user_id: int, seen: str) -> EventSpec:
        """Let a member leave; who leaves themselves goes where they still may be."""
        place = await enter(self)
        wanted, role = row_id(user_id), _role(seen)
        try:
            name = await write(
                members.remove, place.actor, user_id=wanted, seen=role, now=place.now
            )
        except Conflict as error:
            return await self._refused(place, error)
        if wanted == place.actor.user_id:
            left: Any = Visitor.leave("/")
            return cast(EventSpec, left)
        await self._list_team(place)
        return notice("member_removed", name=name)

    async def _refused(self, place: Place, error: Conflict) -> EventSpec:
        """Say why, and show the team as it is."""
        await self._list_team(place)
        return failure(error.error_code, **{key: str(value) for key, value in error.params.items()})

    async def _list_team(self, place: Place) -> None:
        rows = await read(members.listing, place.actor)
        self.team = [_line(row, place.actor) for row in rows]


def _line(row: MemberRow, actor: Member) -> MemberLine:
    reach = row.role is not Role.OWNER or actor.role is Role.OWNER
    return MemberLine(
        row.user_id,
        row.name,
        row.email,
        row.role.value,
        row.user_id == actor.user_id,
        reach and may(actor, Permission.COMPANY_EDIT),
    )


def _role(text: object) -> Role:
    """A role that a browser sent. Raises Invalid for anything else."""
    if not isinstance(text, str) or text not in set(Role):
        raise Invalid()
    return Role(text)
