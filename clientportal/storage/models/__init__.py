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
from clientportal.storage.models.delivery import (
    AddressAlert,
    AddressState,
    BatchState,
    CampaignPause,
    ChannelTest,
    MessageBatch,
    Sender,
)
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
from clientportal.storage.models.invoice_templates import DocumentTemplate, InvoiceTemplate
from clientportal.storage.models.messages import Message
from clientportal.storage.models.operations import AuditEntry, Change, ImportMapping, ImportRun
from clientportal.storage.models.originals import DocumentOriginal
from clientportal.storage.models.payments import (
    AttemptLine,
    Payment,
    PaymentAttempt,
    WebhookInbox,
)
from clientportal.storage.models.receivables import AccountBalance, AccountStanding, SavedView
from clientportal.storage.models.sending import DocumentLink, DocumentSend, MessageFile

__all__ = [
    "Access",
    "Account",
    "AccountBalance",
    "AccountContact",
    "AccountKind",
    "AccountStanding",
    "AddressAlert",
    "AddressState",
    "Allocation",
    "AttemptLine",
    "AuditEntry",
    "BatchState",
    "CampaignPause",
    "Change",
    "Channel",
    "ChannelTest",
    "Comment",
    "Company",
    "CompanyMember",
    "Contact",
    "ContactPoint",
    "CreditReturn",
    "Dispute",
    "Document",
    "DocumentLine",
    "DocumentLink",
    "DocumentOriginal",
    "DocumentSend",
    "DocumentSource",
    "DocumentTax",
    "DocumentTemplate",
    "ImportMapping",
    "ImportRun",
    "InvoiceTemplate",
    "Message",
    "MessageBatch",
    "MessageFile",
    "NumberSeries",
    "Payment",
    "PaymentAttempt",
    "SavedView",
    "Sender",
    "SignInCode",
    "SignInTry",
    "Space",
    "SpaceAccount",
    "User",
    "UserSession",
    "WebhookInbox",
]
