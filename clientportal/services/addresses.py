"""E-mail addresses and telephone numbers in one written form, so that equal ones compare equal."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from clientportal.domain.errors import Invalid
from clientportal.domain.messages import ENCODED_WORD


def email(text: str, *, field: str = "email") -> str:
    """The address in its normal form: RFC 5321/5322 without DNS, Unicode NFC, casefolded.

    The part before the @ is casefolded too: no provider in use tells `Ana@` from `ana@`, and two
    people must not get one identity each. Raises Invalid("email_invalid").
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False)
        if ENCODED_WORD in checked.normalized:
            raise EmailNotValidError("an encoded word")
    except EmailNotValidError as error:
        raise Invalid(code="email_invalid", field=field, value=text.strip()[:100]) from error
    return checked.normalized.casefold()


def phone(text: str, country: str, *, field: str = "phone") -> tuple[str, str]:
    """(as people read it, E.164) of a number; `country` (ISO alpha-2) completes one without prefix.

    Raises Invalid("phone_invalid").
    """
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException as error:
        raise Invalid(code="phone_invalid", field=field, value=text.strip()[:40]) from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid(code="phone_invalid", field=field, value=text.strip()[:40])
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
