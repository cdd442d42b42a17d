"""CronJob: makes a Job whenever its schedule says so."""

import re
import zoneinfo
from typing import Any

from kubewheel.api import cells, durations, names
from kubewheel.api.apps import workload
from kubewheel.api.batch import job_spec
from kubewheel.api.defaults import pod_template
from kubewheel.api.defaults.fields import begin_with, fill, fill_empty, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import pod_warnings
from kubewheel.api.validation.faults import Faults, choice, invalid, not_negative, required, unsupported
from kubewheel.libs import cron
from kubewheel.libs.wire import Object

CONCURRENCY = ("Allow", "Forbid", "Replace")
NAME_LENGTH = 52  # A Job's name is the CronJob's and 11 more characters.

_is_zone_part = re.compile(r"[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}").fullmatch


def default(cron_job: dict[str, Any]) -> None:
    """Complete a CronJob."""
    spec = part_of(cron_job, "spec")
    fill_empty(spec, "concurrencyPolicy", "Allow")
    fill(spec, "suspend", False)
    fill(spec, "successfulJobsHistoryLimit", 3)
    fill(spec, "failedJobsHistoryLimit", 1)
    template = part_of(spec, "jobTemplate")
    part_of(template, "metadata")
    job_spec.default_policies(part_of(template, "spec"))
    pod_template.default_pod_template(part_of(template["spec"], "template"))


def validate_name(name: str) -> list[str]:
    """Check the name of a new CronJob."""
    too_long = [f"must be no more than {NAME_LENGTH} characters"] if len(name) > NAME_LENGTH else []
    return names.dns_subdomain(name) + too_long


def _validate_schedule(schedule: str, path: str) -> Faults:
    if not schedule:
        return [required(path)]
    faults: Faults = []
    if "TZ" in schedule:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        return [invalid(path, schedule, detail)]
    try:
        cron.parse(schedule)
    except ValueError as error:
        faults.append(invalid(path, schedule, str(error)))
    return faults


def _validate_zone(zone: str | None, path: str) -> Faults:
    if zone is None:
        return []
    if not zone:
        return [invalid(path, zone, "timeZone must be nil or non-empty string")]
    unknown = invalid(path, zone, f"unknown time zone {zone}")
    if any(part in (".", "..") or not _is_zone_part(part) for part in zone.split("/")):
        return [unknown]
    if zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [invalid(path, zone, detail)]
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return [unknown]
    return []


def _validate_template(template: Object, path: str) -> Faults:
    spec = workload.part(template, "spec")
    faults = job_spec.validate(spec, f"{path}.spec")
    if spec.get("selector") is not None:
        faults.append(invalid(f"{path}.spec.selector", spec["selector"], "`selector` will be auto-generated"))
    if spec.get("manualSelector"):
        faults.append(unsupported(f"{path}.spec.manualSelector", True, ("nil", "false")))
    return faults


def validate(cron_job: Object) -> Faults:
    """Return the faults of a CronJob."""
    spec = workload.part(cron_job, "spec")
    faults = _validate_schedule(spec.get("schedule") or "", "spec.schedule")
    faults += not_negative(spec, "spec", "startingDeadlineSeconds")
    faults += _validate_zone(spec.get("timeZone"), "spec.timeZone")
    faults += choice("spec.concurrencyPolicy", spec.get("concurrencyPolicy") or "", CONCURRENCY)
    faults += _validate_template(workload.part(spec, "jobTemplate"), "spec.jobTemplate")
    return faults + not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def warnings(cron_job: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    path = "spec.jobTemplate.spec"
    spec = workload.part(cron_job, "spec", "jobTemplate", "spec")
    template = workload.part(spec, "template")
    found = workload.name_warnings(cron_job) + job_spec.warnings(spec, path)
    metadata, pod = workload.part(template, "metadata"), workload.part(template, "spec")
    return found + pod_warnings.pod_warnings(metadata, pod, f"{path}.template")


def row(cron_job: Object, now: float) -> list[Any]:
    """Return the cells of a CronJob."""
    spec, status = workload.part(cron_job, "spec"), workload.part(cron_job, "status")
    last = status.get("lastScheduleTime")
    job = workload.part(spec, "jobTemplate", "spec")
    suspend = spec.get("suspend")
    return [
        cells.name(cron_job), spec.get("schedule") or "", spec.get("timeZone") or cells.NONE,
        cells.UNSET if suspend is None else str(bool(suspend)), len(status.get("active") or []),
        durations.age(last, now) if last else cells.NONE, cells.age(cron_job, now),
        *cells.containers(job.get("template")), cells.selector(job.get("selector")),
    ]


KIND = Kind(
    "batch", "CronJob", default=default, prepare_create=begin_with(), prepare_update=keep_status, validate=validate,
    validate_name=validate_name, warnings=warnings, has_generation=True, row=row,
    columns=(
        NAME, Column("Schedule"), Column("Timezone"), Column("Suspend", "boolean"), Column("Active", "integer"),
        Column("Last Schedule"), AGE, cells.CONTAINERS, cells.IMAGES, cells.SELECTOR,
    ),
)
