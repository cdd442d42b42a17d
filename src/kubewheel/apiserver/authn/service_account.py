"""Service-account tokens: signed by us, bound to objects that must still exist.

In: a bearer token.  Out: system:serviceaccount:<namespace>:<name>, while account and bound objects exist.
"""

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubewheel.apiserver.authn import jwt
from kubewheel.apiserver.authn import service_account_claims as claims_of
from kubewheel.apiserver.authn.service_account_claims import Reference, Subject, Term
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.clock import Clock, parse_rfc3339
from kubewheel.libs.wire import Identity
from kubewheel.storage import Key, Store

REMEMBERED = 8192  # Tokens whose signature was checked; checking one costs a hundred times a look-up.
EXTRA = "authentication.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a genuine token stands for, and for which audiences of those asked about."""

    identity: Identity
    audiences: tuple[str, ...]


class ServiceAccounts:
    """Issues and checks tokens of service accounts."""

    def __init__(
        self, settings: ApiServerSettings, store: Store, clock: Clock, random_id: Callable[[], str]
    ) -> None:
        keys = settings.service_account_keys
        self._signer = jwt.Signer.from_pem(keys.signing) if keys.signing else None
        publics = [jwt.load_public(pem) for pem in (*((keys.signing,) if keys.signing else ()), *keys.verification)]
        self.verifier = jwt.Verifier(publics)
        self._settings = settings
        self._store = store
        self._clock = clock
        self._random_id = random_id
        self._genuine: OrderedDict[bytes, jwt.Token] = OrderedDict()

    @property
    def can_sign(self) -> bool:
        """Whether there is a key to sign with."""
        return self._signer is not None

    def issue(self, subject: Subject, audiences: Sequence[str], seconds: int, warn_after: int = 0) -> str:
        """Return a new token for `subject`."""
        assert self._signer is not None, "no signing key"
        named = Subject(subject.namespace, subject.account, subject.bindings, self._random_id())
        term = Term(int(self._clock.now()), seconds, warn_after)
        return self._signer.sign(claims_of.make(self._settings.issuer, audiences, named, term))

    def identify_token(self, text: str, audiences: Sequence[str] = ()) -> Bearer | None:
        """Return whom `text` stands for if it is ours, in time, meant for one of `audiences` and still bound."""
        token = self._parse(text)
        if token is None or not claims_of.is_in_time(token.claims, self._clock.now()):
            return None
        wanted = tuple(audiences) or self._settings.audiences
        legacy = claims_of.issuer_of(token.claims) == claims_of.LEGACY_ISSUER
        named = self._settings.audiences if legacy else claims_of.audiences_of(token.claims)
        shared = tuple(each for each in wanted if each in named)
        subject = claims_of.read(token.claims)
        if not shared or subject is None or not self._is_bound(subject):
            return None
        if legacy and not self._holds(subject, text):
            return None
        return Bearer(self._identity(subject), shared)

    def _parse(self, text: str) -> jwt.Token | None:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if digest in self._genuine:
            self._genuine.move_to_end(digest)
            return self._genuine[digest]
        try:
            token = jwt.parse(text)
        except jwt.Malformed:
            return None
        if claims_of.issuer_of(token.claims) not in (self._settings.issuer, claims_of.LEGACY_ISSUER):
            return None
        if not self.verifier.is_genuine(token):
            return None
        self._genuine[digest] = token
        if len(self._genuine) > REMEMBERED:
            self._genuine.popitem(last=False)
        return token

    def _is_bound(self, subject: Subject) -> bool:
        namespace, bound = subject.namespace, subject.bindings
        return (
            self._exists(Key("serviceaccounts", namespace, subject.account.name), subject.account)
            and (bound.pod is None or self._exists(Key("pods", namespace, bound.pod.name), bound.pod))
            and (bound.secret is None or self._exists(Key("secrets", namespace, bound.secret.name), bound.secret))
            # The node of a pod is information; only a token bound to the node itself ends with it.
            and (bound.node is None or bound.pod is not None or self._exists(
                Key("nodes", "", bound.node.name), bound.node
            ))
        )

    def _exists(self, key: Key, wanted: Reference) -> bool:
        entry = self._store.get(key)
        if entry is None:
            return False
        metadata = entry.object["metadata"]
        if wanted.uid and metadata.get("uid") != wanted.uid:
            return False
        deleted = metadata.get("deletionTimestamp")
        return deleted is None or parse_rfc3339(deleted) > self._clock.now() - claims_of.LEEWAY_SECONDS

    def _holds(self, subject: Subject, text: str) -> bool:
        """Tell whether the Secret of a legacy token still holds it."""
        assert subject.bindings.secret is not None
        entry = self._store.get(Key("secrets", subject.namespace, subject.bindings.secret.name))
        encoded = (entry.object.get("data") or {}).get("token", "") if entry else ""
        try:
            return base64.b64decode(encoded) == text.encode()
        except (binascii.Error, ValueError):
            return False

    def _identity(self, subject: Subject) -> Identity:
        extra: dict[str, tuple[str, ...]] = {}
        if subject.token_id:
            extra[f"{EXTRA}credential-id"] = (f"JTI={subject.token_id}",)
        bound = subject.bindings
        for kind, reference in (("node", bound.node), ("pod", bound.pod)):
            if reference is not None:
                extra[f"{EXTRA}{kind}-name"] = (reference.name,)
                if reference.uid:
                    extra[f"{EXTRA}{kind}-uid"] = (reference.uid,)
        return Identity(
            name=claims_of.username(subject.namespace, subject.account.name),
            groups=claims_of.groups(subject.namespace), uid=subject.account.uid, extra=extra,
        )
