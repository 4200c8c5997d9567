"""What providers' answers mean (contracts/messaging.md §2, §3, §11): each row a case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import bounces
from clientportal.domain.bounces import Act, Judged, Soft
from clientportal.domain.contactability import EFFECTS, Evidence


@pytest.mark.parametrize(
    ("code", "text", "at_rcpt", "expected"),
    [
        (550, "5.1.1 no such user", True, Evidence.HARD_BOUNCE),
        (550, "5.1.2 no such domain", False, Evidence.HARD_BOUNCE),
        (553, "5.1.3 bad syntax", True, Evidence.HARD_BOUNCE),
        (551, "5.1.6 moved", True, Evidence.HARD_BOUNCE),
        (556, "5.1.10 null MX", False, Evidence.HARD_BOUNCE),
        (550, "5.2.1 disabled", True, Evidence.HARD_BOUNCE),
        (550, "user unknown", True, Evidence.HARD_BOUNCE),
        (551, "not here", True, Evidence.HARD_BOUNCE),
        (553, "no", True, Evidence.HARD_BOUNCE),
        (550, "rejected after DATA", False, Evidence.POLICY_REFUSED),
        (421, "busy", False, Soft.LATER),
        (450, "greylisted", True, Soft.LATER),
        (452, "4.2.2 mailbox full", True, Soft.LATER),
        (552, "5.2.2 mailbox full", True, Soft.LATER),
        (552, "5.2.3 too large", False, Evidence.CONTENT_REFUSED),
        (552, "5.3.4 too large", False, Evidence.CONTENT_REFUSED),
        (550, "5.7.1 spam", True, Evidence.POLICY_REFUSED),
        (550, "5.7.26 unauthenticated", True, Evidence.POLICY_REFUSED),
        (550, "5.7.515 not authorised", False, Evidence.POLICY_REFUSED),
        (450, "4.7.1 try later", True, Soft.LATER),
        (530, "authentication needed", False, Soft.FAULT),
        (535, "bad credentials", False, Soft.FAULT),
        (503, "5.5.1 bad sequence", False, Soft.FAULT),
        (450, "4.4.4 no route", True, Soft.NO_ROUTE),
        (550, "5.4.4 no route", True, Soft.NO_ROUTE),
    ],
)
def test_smtp(code: int, text: str, at_rcpt: bool, expected: object) -> None:
    assert bounces.of_smtp(code, text, at_rcpt=at_rcpt) is expected


def test_the_enhanced_code_wins() -> None:
    assert bounces.of_smtp(550, "550-5.7.1 blocked", at_rcpt=True) is Evidence.POLICY_REFUSED
    assert bounces.of_smtp(250, "5.1.1 gone") is Evidence.HARD_BOUNCE
    assert bounces.of_smtp(550, "host 10.5.1.1 says no", at_rcpt=True) is Evidence.HARD_BOUNCE


@pytest.mark.parametrize(
    ("kind", "sub_kind", "expected"),
    [
        ("Permanent", "General", Evidence.HARD_BOUNCE),
        ("Permanent", "NoEmail", Evidence.HARD_BOUNCE),
        ("permanent", "", Evidence.HARD_BOUNCE),
        ("Permanent", "MessageTooLarge", Evidence.CONTENT_REFUSED),
        ("Transient", "ContentRejected", Evidence.CONTENT_REFUSED),
        ("Transient", "AttachmentRejected", Evidence.CONTENT_REFUSED),
        ("Transient", "MailboxFull", Evidence.SOFT_BOUNCE),
        ("Transient", "General", Evidence.SOFT_BOUNCE),
        ("Temporary", "General", Evidence.SOFT_BOUNCE),
        ("Undetermined", "Undetermined", Evidence.SOFT_BOUNCE),
        ("Permanent", "Suppressed", Evidence.SUPPRESSED),
        ("Permanent", "OnAccountSuppressionList", Evidence.SUPPRESSED),
        ("Permanent", "MessageRejected", Evidence.POLICY_REFUSED),
        ("Permanent", "WordOfTomorrow", Evidence.SOFT_BOUNCE),
        ("WordOfTomorrow", "NoEmail", Evidence.SOFT_BOUNCE),
    ],
)
def test_bounce_events(kind: str, sub_kind: str, expected: Evidence) -> None:
    assert bounces.of_bounce(kind, sub_kind) is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_unknown_words_never_alert_at_once(kind: str, sub_kind: str) -> None:
    evidence = bounces.of_bounce(kind, sub_kind)
    known = {"permanent"}
    if kind.casefold() not in known and "suppress" not in (kind + sub_kind).casefold():
        assert EFFECTS[evidence].alert is None


@pytest.mark.parametrize(
    ("code", "details", "knows_person", "expected"),
    [
        (131026, "", False, Judged(Act.FAIL, Evidence.NO_ACCOUNT)),
        (131026, "", True, Judged(Act.FAIL, Evidence.UNREACHABLE)),
        (100, "Recipient is not a WhatsApp number", False, Judged(Act.FAIL, Evidence.NO_ACCOUNT)),
        (100, "Invalid parameter", False, Judged(Act.FAIL, Evidence.FAILED)),
        (131030, "", False, Judged(Act.FAIL, Evidence.FAILED)),
        (131047, "", False, Judged(Act.AS_TEMPLATE, Evidence.WINDOW_CLOSED)),
        (131049, "", False, Judged(Act.FAIL, Evidence.HELD_BACK)),
        (130472, "", False, Judged(Act.FAIL, Evidence.HELD_BACK)),
        (131050, "", False, Judged(Act.FAIL, Evidence.OPTED_OUT)),
        (131000, "", False, Judged(Act.RETRY)),
        (131016, "", False, Judged(Act.RETRY)),
        (130429, "", False, Judged(Act.SLOW_DOWN)),
        (131056, "", False, Judged(Act.WAIT_FOR_PERSON)),
        (131048, "", False, Judged(Act.PAUSE_CHANNEL)),
        (368, "", False, Judged(Act.PAUSE_CHANNEL)),
        (131031, "", False, Judged(Act.PAUSE_CHANNEL)),
        (131042, "", False, Judged(Act.PAUSE_CHANNEL)),
        (190, "", False, Judged(Act.PAUSE_CHANNEL)),
        (250, "", False, Judged(Act.PAUSE_CHANNEL)),
        (132001, "", False, Judged(Act.STOP_TEMPLATE, Evidence.FAILED)),
        (999999, "", False, Judged(Act.FAIL, Evidence.FAILED)),
    ],
)
def test_whatsapp(code: int, details: str, knows_person: bool, expected: Judged) -> None:
    assert bounces.of_whatsapp(code, details, knows_person=knows_person) == expected


@given(st.integers(-5, 200_000), st.text(max_size=50))
def test_only_what_says_that_nobody_is_there_alerts(code: int, details: str) -> None:
    evidence = bounces.of_whatsapp(code, details).evidence
    if evidence is not None and EFFECTS[evidence].alert is not None:
        assert code in {131026, 100}
