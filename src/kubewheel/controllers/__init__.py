"""Controllers: each keeps one kind of object in order, through `reconcile`.

In: a client of the API.  Out: writes to the API.  One controller, one file (or package); `run` starts all.
"""

from kubewheel.controllers.run import prepare, run, run_engine
from kubewheel.controllers.settings import ControllersSettings

__all__ = ["ControllersSettings", "prepare", "run", "run_engine"]
