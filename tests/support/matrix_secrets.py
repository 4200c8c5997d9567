"""What each actor of the matrix must never be sent."""

from tests.support.canary import INTERNAL, MINE, OTHER, PUBLIC

# The rightful customer sees neither other accounts nor what
# is for the staff alone; a stranger of the same company knows that company, and their own account.
SECRETS = {
    "nobody": PUBLIC + INTERNAL + MINE + OTHER,
    "stranger": INTERNAL + MINE,
    "foreign_customer": PUBLIC + INTERNAL + MINE + OTHER,
    "customer": INTERNAL + OTHER,
    "viewer": "",
    "agent": "",
    "admin": "",
    "foreign_admin": PUBLIC + INTERNAL + MINE + OTHER,
}
