"""Starts the scheduler."""

import random as random_module

from kubewheel.client import Client
from kubewheel.libs.clock import Clock
from kubewheel.scheduler.scheduler import Scheduler
from kubewheel.scheduler.settings import SchedulerSettings


def prepare(
    client: Client, *, clock: Clock, settings: SchedulerSettings, random: random_module.Random | None = None
) -> Scheduler:
    """Return a scheduler that is connected but not running; `random` breaks ties."""
    return Scheduler(client, clock=clock, settings=settings, random=random)


async def run(client: Client, *, clock: Clock, settings: SchedulerSettings) -> None:
    """Run the scheduler; never returns."""
    await prepare(client, clock=clock, settings=settings).run()
