"""Jobs that bring messages out: make sign-in codes, deliver one message."""

import structlog

from clientportal.channels import registry as channels
from clientportal.channels.base import DeliveryError, Outgoing, Result
from clientportal.jobs.registry import clock, job
from clientportal.rendering import mail as rendering
from clientportal.services import messages, sign_in_codes
from clientportal.storage.session import unit_of_work

log = structlog.get_logger()


@job("send_sign_in_code")
def send_sign_in_code(code_id: int) -> None:
    with unit_of_work() as session:
        sign_in_codes.issue_code(session, code_id, clock())


@job("deliver_message")
def deliver_message(message_id: int, attempt: int) -> None:
    """Render, claim, call the channel outside any transaction, store the answer (DESIGN rule 9)."""
    with unit_of_work(read_only=True) as session:
        planned = messages.planned(session, message_id, attempt)
    if planned is None:
        return
    mail: rendering.Mail | None = None
    if not planned.is_frozen:
        try:
            mail = rendering.render(planned.kind, planned.language, planned.variables)
        except Exception as error:  # a body that cannot be made now cannot be made later
            log.exception("jobs.mail.not_rendered", message=message_id, kind=planned.kind)
            reason = f"render: {type(error).__name__}"
            _settle(Result(message_id, error=DeliveryError(reason, permanent=True)), attempt)
            return
    with unit_of_work() as session:
        outgoing = messages.claim(session, message_id, attempt, mail=mail, now=clock())
    if outgoing is not None:
        _settle(_send(outgoing), attempt)


def _send(outgoing: Outgoing) -> Result:
    try:
        results = channels.email().send([outgoing])
    except DeliveryError as error:
        return Result(outgoing.id, error=error)
    return next(result for result in results if result.message_id == outgoing.id)


def _settle(result: Result, attempt: int) -> None:
    with unit_of_work() as session:
        messages.settle(session, result, attempt, now=clock())
