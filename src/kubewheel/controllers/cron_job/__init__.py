"""CronJob: makes a Job whenever its schedule says so.

In: CronJobs and the Jobs they own.  Out: Job creates and deletes, the CronJob's status.
Flow: `schedule` finds the start that is due, `plan` decides whether it may happen and what the status becomes, `sync`
carries it out and comes back at the time of the next start.
"""

from kubewheel.controllers.cron_job.sync import CronJobs

__all__ = ["CronJobs"]
