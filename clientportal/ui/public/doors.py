"""Where somebody who comes to the start page may go: their doors, or the demo's cast."""

from dataclasses import dataclass

from sqlmodel import Session

from clientportal.services import companies, demo, demo_cast, identity, spaces
from clientportal.services.identity import Doors, Principal


@dataclass(frozen=True, slots=True)
class Door:
    """A company or a customer space that the person may enter; `detail` names its companies."""

    name: str
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class CastLine:
    """One of the demo's people."""

    key: str
    name: str
    role: str
    company: str


@dataclass(frozen=True, slots=True)
class Start:
    """What the start page needs to know about this installation and this person."""

    empty: bool
    demo: bool
    doors: tuple[Door, ...]
    cast: tuple[CastLine, ...]


def look(session: Session, who: Principal, demo_tools: bool) -> Start:
    """Only what this visitor may know: whether there is data, their doors, the demo's cast."""
    if companies.is_empty(session):
        return Start(True, False, (), ())
    if who.user_id is not None:
        return Start(False, False, _doors(session, who, identity.doors_of(session, who)), ())
    if not (demo_tools and demo.is_there(session)):
        return Start(False, False, (), ())
    names = {company.slug: company.name for company in demo_cast.companies()}
    cast = tuple(
        CastLine(person.key, person.name, str(person.role), names.get(person.company, ""))
        for person in demo_cast.people()
    )
    return Start(False, True, (), cast)


def _doors(session: Session, who: Principal, doors: Doors) -> tuple[Door, ...]:
    found = [Door(name, "", f"/staff/{slug}/today") for slug, name in doors.companies]
    if doors.portal and who.user_id is not None:
        found += [
            Door(
                view.title,
                ", ".join(company.name for company in view.companies),
                f"/portal/{view.key}",
            )
            for view in spaces.spaces_of(session, who.user_id)
        ]
    return tuple(found)
