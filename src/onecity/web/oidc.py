"""Login by an office's own provider: OpenID Connect, authorisation code with PKCE.

OpenID Connect Core 1.0 §3.1 and RFC 7636. What a login began with (state, nonce, verifier) lies in
a signed cookie of the browser that began it, so that nobody can be made to finish the login of
somebody else; the provider's answer is believed only if its ID token is signed by the provider,
made for us, not old and carries that nonce.
"""

import base64
import hmac
import json
import logging
import os
import secrets
import threading
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from onecity.core.errors import InputError, MissingError
from onecity.identity import LoginError, is_loopback

LOG = logging.getLogger("onecity.web")
MINUTES = 10
"""How long a login may take from its begin to the provider's answer."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures with a public key alone: one with a shared secret would be ours to forge."""
_LEEWAY = 60
_KEYS_SECONDS = 3600.0
_TIMEOUT = 10.0
_FIELDS = {"issuer", "client_id", "secret_file", "secret_env", "title_zh", "title_en"}
_FIELDS |= {"claim", "scopes", "address"}


@dataclass(frozen=True, slots=True)
class Provider:
    """Who vouches for people, as its administrator wrote it down.

    Attributes
    ----------
    issuer
        Its address; HTTPS, or this machine.
    client_id, secret
        By which it knows this service.
    title
        What the button says, by language.
    claim
        What of its answer is the name of the account here.
    scopes
        What it is asked for besides ``openid``.
    address
        Under which browsers reach this service, such as ``https://ledger.example``; None for the
        address of the request itself.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    title: Mapping[str, str]
    claim: str = "preferred_username"
    scopes: tuple[str, ...] = ("profile",)
    address: str | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a provider from a TOML file; its secret lies in a file or variable named there.

        Raises
        ------
        MissingError
            The file, or that of the secret, is not there.
        InputError
            It is no TOML, or a value is missing, unknown or wrong.
        """
        where = str(path)
        try:
            given = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise MissingError("logins.no_file", path=where) from error
        except ValueError as error:
            raise InputError("logins.not_toml", path=where, reason=error) from error
        for name in given:
            if name not in _FIELDS:
                known = ", ".join(sorted(_FIELDS))
                raise InputError("logins.unknown", path=where, name=name, known=known)
        issuer = _text(given, "issuer", where)
        if not _is_safe(issuer):
            raise InputError("logins.not_https", path=where, given=issuer)
        client = _text(given, "client_id", where)
        scopes = given.get("scopes", ["profile"])
        if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
            raise InputError("logins.wrong", path=where, name="scopes", given=scopes)
        zh = _text(given, "title_zh", where, "统一身份登录")
        return cls(
            issuer=issuer.rstrip("/"),
            client_id=client,
            secret=_secret(given, path),
            title={"zh": zh, "en": _text(given, "title_en", where, "Sign in with your office")},
            claim=_text(given, "claim", where, "preferred_username"),
            scopes=tuple(one for one in scopes if one != "openid"),
            address=_text(given, "address", where, "").rstrip("/") or None,
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was begun: where the browser goes, and what it keeps meanwhile."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for: its own name of them for good, and the account's."""

    issuer: str
    subject: str
    name: str


class SignIn:
    """Logins by one provider. What the provider says of itself is asked when first needed."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._until = 0.0

    def begin(self, back: str) -> Begun:
        """Begin a login; `back` is the address that the provider sends the browser to.

        Raises
        ------
        LoginError
            The provider does not answer.
        """
        about = self._metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": back,
            "scope": " ".join(("openid", *self.provider.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip("="),
            "code_challenge_method": "S256",
        }
        address = about["authorization_endpoint"]
        joint = "&" if urlsplit(address).query else "?"
        kept = self._signed(
            {
                "state": state,
                "nonce": nonce,
                "verifier": verifier,
                "until": time.time() + MINUTES * 60,
            }
        )
        return Begun(f"{address}{joint}{urlencode(asked)}", kept)

    def finish(self, kept: str, back: str, *, code: str, state: str) -> Vouched:
        """Return whom the provider vouches for.

        Parameters
        ----------
        kept
            What the browser kept since `begin`.
        back
            As it was given to `begin`.
        code, state
            What the provider sent along.

        Raises
        ------
        LoginError
            It is no answer to a login of this browser, or not to be believed.
        """
        begun = self._read(kept)
        if begun is None or not hmac.compare_digest(str(begun["state"]).encode(), state.encode()):
            raise LoginError("logins.not_begun")
        about = self._metadata()
        answer = self._call(
            "POST",
            about["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": begun["verifier"],
            },
            auth=(self.provider.client_id, self.provider.secret),
        )
        claims = self._claims(answer.get("id_token"), begun["nonce"])
        name = claims.get(self.provider.claim)
        if not isinstance(name, str) or not name.strip():
            LOG.warning("login: the provider's answer has no %s", self.provider.claim)
            raise LoginError("logins.no_name", name=self.provider.claim)
        return Vouched(self.provider.issuer, str(claims["sub"]), name)

    # --- Pieces ---

    def _claims(self, given: object, nonce: str) -> dict[str, Any]:
        """Return what an ID token says, after every check of OpenID Connect Core §3.1.3.7."""
        ours = self.provider.client_id
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._metadata()["issuer"]},
            aud={"essential": True, "value": ours},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(str(given)).claims
            rules.validate(claims)
            if claims.get("azp", ours) != ours:
                raise LoginError("logins.not_believed")
        except (JoseError, ValueError, TypeError) as error:
            LOG.warning("login: an ID token was refused: %s", error)
            raise LoginError("logins.not_believed") from error
        return dict(claims)

    def _decoded(self, text: str) -> jwt.Token:
        """Return a token whose signature fits; keys are asked for anew if none of ours does."""
        try:
            return jwt.decode(text, self._key_set(), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            return jwt.decode(text, self._key_set(anew=True), algorithms=_ALGORITHMS)

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if not self._about:
                issuer = self.provider.issuer
                found = self._call("GET", f"{issuer}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                own = str(found.get("issuer", "")).rstrip("/") == issuer
                if not own or not all(_is_safe(found.get(name)) for name in needed):
                    LOG.warning("login: %s describes itself wrongly", issuer)
                    raise LoginError("logins.no_provider")
                self._about = found
            return self._about

    def _key_set(self, *, anew: bool = False) -> KeySet:
        about = self._metadata()
        with self._lock:
            if self._keys is None or anew or time.monotonic() > self._until:
                self._keys = KeySet.import_key_set(self._call("GET", about["jwks_uri"]))  # type: ignore[arg-type]
                self._until = time.monotonic() + _KEYS_SECONDS
            return self._keys

    def _call(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        """Ask the provider; what it answers is a JSON object."""
        try:
            answer = httpx.request(method, address, timeout=_TIMEOUT, **given)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            LOG.warning("login: %s: %s", address, error)
            raise LoginError("logins.no_provider") from error
        if not isinstance(found, dict):
            raise LoginError("logins.no_provider")
        return found

    def _signed(self, value: Mapping[str, Any]) -> str:
        text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        return f"{text}.{self._mark(text)}"

    def _read(self, kept: str) -> dict[str, Any] | None:
        """Return what was kept; None if it is not of us, or too old."""
        text, _, mark = kept.partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(text).encode()):
            return None
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
        return found if found["until"] > time.time() else None

    def _mark(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()


def _text(given: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    found = given.get(name, default)
    if not isinstance(found, str) or (default is None and not found.strip()):
        raise InputError("logins.wrong", path=where, name=name, given=found)
    return found


def _secret(given: Mapping[str, Any], path: Path) -> str:
    """Return the secret from where the file says it lies: not in the file itself."""
    if "secret_env" in given:
        name = _text(given, "secret_env", str(path))
        if not os.environ.get(name):
            raise MissingError("logins.no_secret", path=str(path), given=name)
        return os.environ[name]
    file = path.parent / _text(given, "secret_file", str(path))
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise MissingError("logins.no_secret", path=str(path), given=str(file)) from error


def _is_safe(address: object) -> bool:
    """Whether what is sent to an address cannot be read on the way."""
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")
