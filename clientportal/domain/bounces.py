"""What providers' answers mean: SMTP codes, bounce types, WhatsApp error codes → `Evidence`.

Enumerations of providers are open: an unknown bounce counts as soft, an unknown error as a failure
of ours, so that nothing unknown ever sets an alert (contracts/messaging.md §1.5, §2, §3).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from clientportal.domain.contactability import Evidence

# RFC 3463 §2: class.subject.detail, alone in its text.
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_ENHANCED_WITHIN = 500
_HARD = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
_TOO_LARGE = frozenset({(2, 3), (3, 4)})
_MAILBOX_FULL = (2, 2)
_NO_ROUTE = (4, 4)
_POLICY = 7
_PROTOCOL = 5
_MAILBOX_CODES = frozenset({550, 551, 553})
_FAULT_CODES = frozenset({530, 534, 535, 538, 500, 501, 502, 503, 504})


class Soft(StrEnum):
    """What is no evidence yet: the same message may be tried again."""

    LATER = "later"
    FAULT = "fault"  # of the connection, the credentials or the protocol
    NO_ROUTE = "no_route"  # hard when the domain does not exist, which only DNS can say


def of_smtp(code: int, text: str, *, at_rcpt: bool = False) -> Evidence | Soft:
    """What an SMTP reply says. The enhanced code in `text` wins over `code` (contract §2).

    `at_rcpt`: it answered the recipient, where a bare 550 means the mailbox.
    """
    found = _ENHANCED.search(text[:_ENHANCED_WITHIN])
    if found is None:
        return _of_code(code, at_rcpt=at_rcpt)
    return of_status(found.group(0), fallback=code)


def of_status(status: str, *, fallback: int = 0) -> Evidence | Soft:
    """What a status of RFC 3463 says, as in `Status:` of a delivery report (RFC 3464)."""
    found = _ENHANCED.search(status[:_ENHANCED_WITHIN])
    if found is None:
        return _of_code(fallback, at_rcpt=False)
    kind, subject, detail = (int(part) for part in found.groups())
    if subject == _POLICY:
        return Evidence.POLICY_REFUSED if kind == 5 else Soft.LATER
    if (subject, detail) == _NO_ROUTE:
        return Soft.NO_ROUTE
    if kind != 5 or (subject, detail) == _MAILBOX_FULL:
        return Soft.LATER
    if subject == _PROTOCOL:
        return Soft.FAULT
    if (subject, detail) in _TOO_LARGE:
        return Evidence.CONTENT_REFUSED
    if (subject, detail) in _HARD:
        return Evidence.HARD_BOUNCE
    if subject in {3, 6}:
        return Evidence.CONTENT_REFUSED if subject == 6 else Soft.LATER
    return Evidence.SOFT_BOUNCE


def _of_code(code: int, *, at_rcpt: bool) -> Evidence | Soft:
    if code in _FAULT_CODES:
        return Soft.FAULT
    if 400 <= code < 500:
        return Soft.LATER
    if code == 552:
        return Evidence.CONTENT_REFUSED
    if code in _MAILBOX_CODES and at_rcpt:
        return Evidence.HARD_BOUNCE
    if 500 <= code < 600:
        return Evidence.POLICY_REFUSED
    return Soft.FAULT


_CONTENT = frozenset({"messagetoolarge", "contentrejected", "attachmentrejected"})


def of_bounce(kind: str, sub_kind: str) -> Evidence:
    """What `bounce.type` and `bounce.subType` of an e-mail event say (contract §1.5, §11).

    Compared without case. Permanent is hard unless its subtype speaks of the message; a bounce that
    is called suppressed was not tried; everything else, unknown words too, counts as soft.
    """
    kind, sub_kind = kind.casefold(), sub_kind.casefold()
    if sub_kind in _CONTENT:
        return Evidence.CONTENT_REFUSED
    if "suppress" in sub_kind or "suppress" in kind:
        return Evidence.SUPPRESSED
    if sub_kind == "messagerejected":
        return Evidence.POLICY_REFUSED
    if kind == "permanent" and sub_kind in {"", "general", "noemail"}:
        return Evidence.HARD_BOUNCE
    return Evidence.SOFT_BOUNCE


class Act(StrEnum):
    """What an error of WhatsApp asks for besides, or instead of, evidence (contract §3)."""

    RETRY = "retry"
    SLOW_DOWN = "slow_down"
    WAIT_FOR_PERSON = "wait_for_person"  # the pair of sender and recipient: 4^n seconds
    PAUSE_CHANNEL = "pause_channel"
    STOP_TEMPLATE = "stop_template"
    AS_TEMPLATE = "as_template"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Judged:
    """`evidence` to apply to the message, when the error is final."""

    act: Act
    evidence: Evidence | None = None


_WHATSAPP: dict[Act, frozenset[int]] = {
    Act.RETRY: frozenset({131000, 131016, 2, 131057, 135000, 131062, 137000}),
    Act.SLOW_DOWN: frozenset({130429, 80007, 4}),
    Act.WAIT_FOR_PERSON: frozenset({131056}),
    Act.PAUSE_CHANNEL: frozenset(
        {131048, 131064, 368, 131031, 130497, 131042, 131045, 131037, 133010, 0, 3, 10, 190}
        | set(range(200, 300))
    ),
    Act.STOP_TEMPLATE: frozenset(
        {132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 131008, 131009, 131051}
    ),
    Act.AS_TEMPLATE: frozenset({131047}),
}
_ACTS = {code: act for act, codes in _WHATSAPP.items() for code in codes}
_HELD_BACK = frozenset({131049, 130472})
_OPTED_OUT = 131050
_UNDELIVERABLE = 131026
_PARAMETER = 100
_NOT_A_NUMBER = re.compile(r"not (?:a|an?) (?:valid )?whats?app|not on whatsapp", re.IGNORECASE)
_EVIDENCE = {
    Act.AS_TEMPLATE: Evidence.WINDOW_CLOSED,
    Act.STOP_TEMPLATE: Evidence.FAILED,
}


def of_whatsapp(code: int, details: str = "", *, knows_person: bool = False) -> Judged:
    """What an error code of WhatsApp says (contract §3, the table of codes).

    `knows_person`: the failed status carried the person's own id, so that there is an account and
    131026 is only a possible reason; without one it is certain that there is none.
    """
    if code == _UNDELIVERABLE:
        certain = Evidence.UNREACHABLE if knows_person else Evidence.NO_ACCOUNT
        return Judged(Act.FAIL, certain)
    if code == _PARAMETER and _NOT_A_NUMBER.search(details[:500]):
        return Judged(Act.FAIL, Evidence.NO_ACCOUNT)
    if code in _HELD_BACK:
        return Judged(Act.FAIL, Evidence.HELD_BACK)
    if code == _OPTED_OUT:
        return Judged(Act.FAIL, Evidence.OPTED_OUT)
    act = _ACTS.get(code, Act.FAIL)
    return Judged(act, Evidence.FAILED if act is Act.FAIL else _EVIDENCE.get(act))
