"""What becomes of a request that a webhook refuses, or that a webhook fails on."""

from kubewheel.api import errors
from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object


class CallingFailed(Exception):
    """A webhook could not be asked, or gave no answer; what follows is up to its failurePolicy."""

    def __init__(self, webhook: str, reason: str, code: int) -> None:
        super().__init__(f'failed calling webhook "{webhook}": {reason}')
        self.code = code

    def refusal(self) -> StatusError:
        """Return the error for a webhook without which nothing may happen."""
        return errors.internal(str(self))


class Denied(Exception):
    """A webhook refuses the request."""

    def __init__(self, refusal: StatusError) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def denied(webhook: str, status: Object | None) -> Denied:
    """Return the refusal of a webhook, with the status that it gave."""
    given = status or {}
    prefix = f'admission webhook "{webhook}" denied the request'
    code, reason = given.get("code"), str(given.get("reason") or "")
    explanation = given.get("message") or reason
    text = f"{prefix}: {explanation}" if explanation else f"{prefix} without explanation"
    # A refusal with a code of success would look like one.
    failure = StatusError(code if isinstance(code, int) and 400 <= code < 600 else 400, reason, text)
    details = given.get("details")
    if isinstance(details, dict):
        failure.details = dict(details)
    return Denied(failure)


def no_dry_run(webhook: str) -> StatusError:
    """Return the refusal of a trial whose webhook may do more than answer."""
    return errors.bad_request(f'admission webhook "{webhook}" does not support dry run')
