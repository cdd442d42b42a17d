"""Job: runs pods until enough of them have succeeded, or too many have failed.

In: Jobs and the pods they own.  Out: pod creates and deletes, finalizers of pods removed, the Job's status.
Flow: `tally` counts what there is, `verdict` says whether the Job has succeeded or failed, `scale` which pods to make
or delete, `tracking` what to write down; `sync` carries it out. `strays` frees pods whose Job is gone.
"""

from kubewheel.controllers.job.strays import STRAYS
from kubewheel.controllers.job.sync import Jobs

__all__ = ["STRAYS", "Jobs"]
