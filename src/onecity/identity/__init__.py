"""Who may do what, and who did: accounts, login, roles and the trail, in one database.

One mechanism for the map and for whatever is added to it. It knows nothing of the web: a
service turns a cookie or header into a token and asks `Office.recognise`.
"""

from .accounts import Account
from .actors import Actor, Grant, Via, console_address, is_loopback
from .chain import Anchor, Break, Verdict
from .errors import ForbiddenError, LoginError
from .office import FILE, Change, Deed, Login, Office
from .parts import Guard, Part
from .rules import BASIC, Role, Rules
from .sessions import ApiToken, Lifetimes, Session
from .throttle import Limit, Limits
from .trail import Entry, Page, Trail, verify_file

__all__ = [
    "BASIC",
    "FILE",
    "Account",
    "Actor",
    "Anchor",
    "ApiToken",
    "Break",
    "Change",
    "Deed",
    "Entry",
    "ForbiddenError",
    "Grant",
    "Guard",
    "Lifetimes",
    "Limit",
    "Limits",
    "Login",
    "LoginError",
    "Office",
    "Page",
    "Part",
    "Role",
    "Rules",
    "Session",
    "Trail",
    "Verdict",
    "Via",
    "console_address",
    "is_loopback",
    "verify_file",
]
