"""Which checks make up a standard: by level, and by the version from which on a check or a form of it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kubewheel.api.pod_security import baseline, restricted
from kubewheel.api.pod_security.findings import Check, Finding
from kubewheel.api.pod_security.policy import Level, Standard
from kubewheel.libs.wire import Object

NEWEST = 37


@dataclass(frozen=True, slots=True)
class Rule:
    """A check in the forms that it has had: from which minor version on. `replaces` is a rule of level baseline."""

    name: str
    forms: tuple[tuple[int, Check], ...]
    replaces: str = ""

    def form(self, minor: int) -> Check | None:
        """Return the check as of version 1.`minor`, None if there was none yet."""
        known = [check for since, check in self.forms if since <= minor]
        return known[-1] if known else None


# In the order in which upstream reports what is wrong.
BASELINE = (
    Rule("appArmorProfile", ((0, baseline.app_armor),)),
    Rule("capabilities_baseline", ((0, baseline.capabilities),)),
    Rule("hostNamespaces", ((0, baseline.host_namespaces),)),
    Rule("hostPathVolumes", ((0, baseline.host_paths),)),
    Rule("hostPorts", ((0, baseline.host_ports),)),
    Rule("hostProbesAndHostLifecycle", ((34, baseline.handler_hosts),)),
    Rule("privileged", ((0, baseline.privileged),)),
    Rule("procMount", ((0, baseline.proc_mount), (35, baseline.proc_mount_35))),
    Rule("seLinuxOptions", ((0, baseline.se_linux(baseline.SELINUX)), (31, baseline.se_linux(baseline.SELINUX_31)))),
    Rule("seccompProfile_baseline", ((0, baseline.seccomp_annotations), (19, baseline.seccomp))),
    Rule("sysctls", (
        (0, baseline.sysctls(baseline.SYSCTLS)), (27, baseline.sysctls(baseline.SYSCTLS_27)),
        (29, baseline.sysctls(baseline.SYSCTLS_29)), (32, baseline.sysctls(baseline.SYSCTLS_32)),
        (37, baseline.sysctls(baseline.SYSCTLS_37)),
    )),
    Rule("windowsHostProcess", ((0, baseline.host_process),)),
)
RESTRICTED = (
    Rule("allowPrivilegeEscalation", (
        (8, restricted.privilege_escalation), (25, restricted.unless_windows(restricted.privilege_escalation)),
    )),
    Rule("capabilities_restricted", (
        (22, restricted.capabilities), (25, restricted.unless_windows(restricted.capabilities)),
    ), replaces="capabilities_baseline"),
    Rule("procMount_restricted", ((35, baseline.proc_mount),), replaces="procMount"),
    Rule("restrictedVolumes", ((0, restricted.volumes),), replaces="hostPathVolumes"),
    Rule("runAsNonRoot", ((0, restricted.non_root), (35, restricted.unless_user_namespace(restricted.non_root)))),
    Rule("runAsUser", ((23, restricted.user), (35, restricted.unless_user_namespace(restricted.user)))),
    Rule("seccompProfile_restricted", (
        (19, restricted.seccomp), (25, restricted.unless_windows(restricted.seccomp)),
    ), replaces="seccompProfile_baseline"),
)


def evaluate(standard: Standard, metadata: Object, spec: Object) -> list[Finding]:
    """Return how a pod violates a standard."""
    if standard.allows_all:
        return []
    minor = NEWEST if standard.minor is None else min(standard.minor, NEWEST)
    found = (check(metadata, spec) for check in checks(standard.level, minor))
    return [finding for finding in found if finding is not None]


@cache
def checks(level: Level, minor: int) -> tuple[Check, ...]:
    """Return the checks of a standard, in the order of reports."""
    stricter = RESTRICTED if level is Level.RESTRICTED else ()
    replaced = {rule.replaces for rule in stricter if rule.form(minor) is not None}
    rules = [*(rule for rule in BASELINE if rule.name not in replaced), *stricter]
    return tuple(check for rule in rules if (check := rule.form(minor)) is not None)


def details(findings: Sequence[Finding]) -> str:
    """Return all findings, with names and values."""
    return ", ".join(map(str, findings))


def reasons(findings: Sequence[Finding]) -> str:
    """Return all findings in short."""
    return ", ".join(finding.reason for finding in findings)
