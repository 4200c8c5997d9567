"""Every table, so that one import registers them all in the metadata."""

from clientportal.storage.models.accounts import (
    Access,
    Account,
    AccountContact,
    AccountKind,
    Channel,
    Contact,
    ContactPoint,
    Space,
    SpaceAccount,
)
from clientportal.storage.models.companies import Company, CompanyMember, NumberSeries
from clientportal.storage.models.documents import (
    Allocation,
    Comment,
    CreditReturn,
    Dispute,
    Document,
    DocumentLine,
    DocumentSource,
    DocumentTax,
)
from clientportal.storage.models.identity import (
    SignInCode,
    SignInTry,
    User,
    UserSession,
)
from clientportal.storage.models.messages import Message, MessageState
from clientportal.storage.models.operations import AuditEntry, Change, ImportRun
from clientportal.storage.models.originals import DocumentOriginal
from clientportal.storage.models.payments import (
    AttemptLine,
    Payment,
    PaymentAttempt,
    WebhookInbox,
)

__all__ = [
    "Access",
    "Account",
    "AccountContact",
    "AccountKind",
    "Allocation",
    "AttemptLine",
    "AuditEntry",
    "Change",
    "Channel",
    "Comment",
    "Company",
    "CompanyMember",
    "Contact",
    "ContactPoint",
    "CreditReturn",
    "Dispute",
    "Document",
    "DocumentLine",
    "DocumentOriginal",
    "DocumentSource",
    "DocumentTax",
    "ImportRun",
    "Message",
    "MessageState",
    "NumberSeries",
    "Payment",
    "PaymentAttempt",
    "SignInCode",
    "SignInTry",
    "Space",
    "SpaceAccount",
    "User",
    "UserSession",
    "WebhookInbox",
]
