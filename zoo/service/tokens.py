"""Who may write: tokens, each good for one namespace, kept only as a digest; and signed addresses for uploads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from zoo._errors import ZooError
from zoo._sync import sync
from zoo.service.disk import create_incoming_file, prepare_root, write_file
from zoo.service.names import check_namespace
from zoo.service.refusals import Refusal

_TOKEN = re.compile(r"zoo_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_UPLOAD_SECONDS = 24 * 3600


def issue_token(root: Path, namespace: str) -> str:
    """A new token that may write into `namespace` and nowhere else. It cannot be shown again: only a digest is kept.

    Raises:
        ZooError: the namespace is no legal name, or the folder cannot be written.
    """
    try:
        namespace = check_namespace(namespace)
    except Refusal as refusal:
        raise ZooError(refusal.sentence) from refusal
    root = prepare_root(root)
    number = secrets.token_hex(8)
    token = f"zoo_{number}_{secrets.token_urlsafe(32)}"
    record = {"namespace": namespace, "sha256": hashlib.sha256(token.encode()).hexdigest(), "issued": int(time.time())}
    write_file(root, root / "tokens" / f"{number}.json", json.dumps(record).encode(), 0o600)
    return token


@dataclass(frozen=True)
class Tokens:
    """The tokens below one root."""

    root: Path

    def find_namespace(self, authorization: str | None) -> str | None:
        """The namespace of the token that the request carries; None where it carries none.

        Raises:
            Refusal: the token is not one of ours (401).
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        match = _TOKEN.fullmatch(token.strip())
        if scheme.lower() == "bearer" and match:
            try:
                record = json.loads((self.root / "tokens" / f"{match[1]}.json").read_text())
            except FileNotFoundError:
                record = {"namespace": "", "sha256": ""}
            given = hashlib.sha256(token.strip().encode()).hexdigest()
            if hmac.compare_digest(given, record["sha256"]):
                return str(record["namespace"])
        raise Refusal(401, "Invalid credentials in Authorization header", headers={"WWW-Authenticate": "Bearer"})

    def authorize_write(self, authorization: str | None, namespace: str | None) -> str:
        """The namespace that the request writes into: `namespace`, or the token's own where none is named.

        Raises:
            Refusal: no or an unknown token (401), or another namespace's (403).
        """
        own = self.find_namespace(authorization)
        if own is None:
            raise Refusal(
                401, "Writing needs a token: log in with one that was issued for this namespace.",
                headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        if namespace is not None and namespace != own:
            raise Refusal(403, f"Your token is good for the namespace {own!r}, not for {namespace!r}.", "Forbidden")
        return own

    def sign_address(self, *what: str) -> str:
        """A query string that lets its bearer do exactly `what`, for a day: the client sends no token to such a URL."""
        expires = int(time.time()) + _UPLOAD_SECONDS
        return f"expires={expires}&signature={self._compute_signature(expires, what)}"

    def check_signature(self, expires: str | None, signature: str | None, *what: str) -> None:
        """Refuse (403) a signature that `sign_address` did not make for exactly `what`, or that has expired."""
        when = int(expires) if expires and re.fullmatch(r"[0-9]{1,12}", expires) else 0
        given, expected = (signature or "").encode(errors="replace"), self._compute_signature(when, what).encode()
        if not hmac.compare_digest(expected, given):
            raise Refusal(403, "This upload address was not given out by this service: ask for one by a batch request.")
        if when < time.time():
            raise Refusal(403, "This upload address has expired: ask for a new one by a batch request.")

    def _compute_signature(self, expires: int, what: tuple[str, ...]) -> str:
        text = json.dumps([expires, *what]).encode()
        return base64.urlsafe_b64encode(hmac.digest(self._read_secret(), text, "sha256")).decode().rstrip("=")

    def _read_secret(self) -> bytes:
        """The root's own secret, made on first use; of several processes that make one, the first one's counts."""
        place = self.root / "secret"
        try:
            return place.read_bytes()
        except FileNotFoundError:
            with create_incoming_file(self.root) as (draft, descriptor):
                os.write(descriptor, secrets.token_bytes(32))
                os.fsync(descriptor)
                try:
                    os.link(draft, place)
                except FileExistsError:
                    return place.read_bytes()
            sync(self.root)
            return place.read_bytes()
