"""The EncryptionConfiguration file (apiserver.config.k8s.io/v1): read strictly, every fault named with its field.

Source: https://kubernetes.io/docs/reference/config-api/apiserver-encryption.v1/
"""

import base64
import binascii
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml

from kubewheel.storage.encryption import ciphers
from kubewheel.storage.encryption.rules import Encryption, Rule

FORMS = {("apiserver.config.k8s.io/v1", "EncryptionConfiguration"), ("v1", "EncryptionConfig")}  # the old one, too
AES_BYTES, SECRETBOX_BYTES = (16, 24, 32), (32,)
KEYED: dict[str, tuple[Callable[[str, bytes], ciphers.Cipher], tuple[int, ...]]] = {
    "aescbc": (ciphers.AesCbc, AES_BYTES),
    "aesgcm": (ciphers.AesGcm, AES_BYTES),
    "secretbox": (ciphers.Secretbox, SECRETBOX_BYTES),
}
UNSTORED = ("apiserveripinfo", "serviceipallocations", "servicenodeportallocations")
OVERLAP = (
    "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed "
    "as they will be masked"
)
NO_PLUGINS = "key management plugins are not supported; use aesgcm, aescbc or secretbox"
UNUSED = (ciphers.Identity(),)  # what a rule with faults has; it is never asked


class Unfit(ValueError):
    """The file cannot be used; the message names every fault with its field."""


def parse(text: str) -> Encryption:
    """Return what the file's text asks for; raise Unfit. Secrets of keys never appear in a message."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unfit(f"is no YAML: {getattr(error, 'problem', 'it cannot be parsed')}") from None
    if not isinstance(document, dict) or (document.get("apiVersion"), document.get("kind")) not in FORMS:
        raise Unfit("is no EncryptionConfiguration of apiserver.config.k8s.io/v1")
    entries = document.get("resources")
    faults = list(_unknown(document, ("apiVersion", "kind", "resources"), ""))
    if not isinstance(entries, list) or not entries:
        raise Unfit("; ".join([*faults, "resources: Required value: at least one resources is required"]))
    rules = [_rule(entry, f"resources[{index}]", faults) for index, entry in enumerate(entries)]
    if faults:
        raise Unfit("; ".join(faults))
    return Encryption(rules)


def _unknown(part: dict[str, Any], known: Sequence[str], path: str) -> Iterator[str]:
    for name in part:
        if name not in known:
            yield f'unknown field "{path}{"." if path else ""}{name}"'


def _rule(entry: Any, path: str, faults: list[str]) -> Rule:
    if not isinstance(entry, dict):
        faults.append(f"{path}: Invalid value: must be an object")
        return Rule(frozenset(), UNUSED)
    faults += _unknown(entry, ("resources", "providers"), path)
    names, providers = entry.get("resources") or [], entry.get("providers") or []
    for field, value in (("resources", names), ("providers", providers)):
        if not isinstance(value, list) or not value:
            faults.append(f"{path}.{field}: Required value: at least one {path}.{field} is required")
    if not isinstance(names, list) or not isinstance(providers, list):
        return Rule(frozenset(), UNUSED)
    _check_names(names, f"{path}.resources", faults)
    made = [
        cipher for index, provider in enumerate(providers)
        for cipher in _provider(provider, f"{path}.providers[{index}]", faults)
    ]
    return Rule(frozenset(map(str, names)), tuple(made) or UNUSED)


def _check_names(names: list[Any], path: str, faults: list[str]) -> None:
    for index, name in enumerate(names):
        fault = _name_fault(str(name))
        if fault:
            faults.append(f'{path}[{index}]: Invalid value: "{name}": {fault}')
    if len(set(map(str, names))) != len(names):
        faults.append(f"{path}: Invalid value: the same resource cannot be specified multiple times")
    if _overlaps(sorted({str(name) for name in names})):
        faults.append(f"{path}: Invalid value: {OVERLAP}")


def _name_fault(name: str) -> str:
    plural, _, group = name.partition(".")
    if name != name.lower():
        return "resource name should not contain capital letters"
    if name == "*":
        return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
    if name in UNSTORED:
        return "resources which do not have REST API/s cannot be encrypted"
    if group == "events.k8s.io":
        return (
            "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. "
            "Use 'events' instead in the config file"
        )
    if group == "extensions":
        return "'extensions' group has been removed and cannot be used for encryption"
    if group == "*" and plural != "*":
        return "encrypting the same resource across groups is not supported"
    return ""


def _overlaps(names: list[str]) -> bool:
    if len(names) > 1 and "*.*" in names:
        return True
    whole = {name.partition(".")[2] for name in names if name.startswith("*.")}
    return any(name.partition(".")[2] in whole for name in names if not name.startswith("*."))


def _provider(provider: Any, path: str, faults: list[str]) -> list[ciphers.Cipher]:
    kinds = (*KEYED, "identity", "kms")
    given = [name for name in kinds if isinstance(provider, dict) and provider.get(name) is not None]
    if isinstance(provider, dict):
        faults += _unknown(provider, kinds, path)
    if len(given) != 1:
        faults.append(f"{path}: Invalid value: " + (
            "more than one provider specified in a single element, should split into different list elements"
            if given else
            "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity"))
        return []
    kind = given[0]
    if kind == "identity":
        return [ciphers.Identity()]
    if kind == "kms":
        faults.append(f"{path}.kms: Forbidden: {NO_PLUGINS}")
        return []
    return _keys(kind, provider[kind], f"{path}.{kind}", faults)


def _keys(kind: str, provider: Any, path: str, faults: list[str]) -> list[ciphers.Cipher]:
    make, lengths = KEYED[kind]
    keys = provider.get("keys") if isinstance(provider, dict) else None
    if not isinstance(keys, list) or not keys:
        faults.append(f"{path}.keys: Required value: at least one keys is required")
        return []
    if kind == "secretbox" and importlib.util.find_spec("nacl") is None:
        faults.append(f"{path}: Forbidden: needs the package PyNaCl; pip install 'kubewheel[secretbox]'")
        return []
    made = []
    for index, key in enumerate(keys):
        secret = _secret(key if isinstance(key, dict) else {}, f"{path}.keys[{index}]", lengths, faults)
        if secret:
            made.append(make(str(key["name"]), secret))
    return made


def _secret(key: dict[str, Any], path: str, lengths: tuple[int, ...], faults: list[str]) -> bytes:
    """Return the key's bytes, none when something is wrong with it."""
    before = len(faults)
    if not key.get("name"):
        faults.append(f"{path}.name: Required value: name is a mandatory field for a key")
    if not key.get("secret"):
        faults.append(f"{path}.secret: Required value: secret is a mandatory field for a key")
        return b""
    try:
        secret = base64.b64decode(str(key["secret"]), validate=True)
    except binascii.Error:
        faults.append(f'{path}.secret: Invalid value: "REDACTED": secrets must be base64 encoded')
        return b""
    if len(secret) not in lengths:
        wanted = " ".join(map(str, lengths))
        text = f"secret is not of the expected length, got {len(secret)}, expected one of [{wanted}]"
        faults.append(f'{path}.secret: Invalid value: "REDACTED": {text}')
    return secret if len(faults) == before else b""
