"""Everything that the controllers run, in plain order."""

import asyncio
import random as random_module
from collections.abc import Iterator

from kubewheel.client import Client, Informers
from kubewheel.controllers import (
    certificates,
    cluster_role_aggregation,
    cron_job,
    daemon_set,
    deployment,
    disruption,
    endpoint_slice,
    endpoint_slice_mirroring,
    endpoints,
    garbage_collector,
    horizontal_pod_autoscaler,
    job,
    namespace,
    node_ipam,
    node_lifecycle,
    pod_garbage_collector,
    pv_protection,
    pvc_protection,
    replica_set,
    replication_controller,
    resource_quota,
    root_ca,
    service_account,
    stateful_set,
    taint_eviction,
    token_secret,
    ttl_after_finished,
    volume_attributes_class_protection,
)
from kubewheel.controllers.settings import ControllersSettings
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.reconcile import Controller, Engine


def controllers(settings: ControllersSettings) -> Iterator[Controller]:
    """Yield every controller that the settings give work to."""
    yield namespace.CONTROLLER
    yield service_account.CONTROLLER
    if settings.root_ca:
        yield root_ca.controller(settings.root_ca)
    if settings.sign_claims is not None:
        yield token_secret.controller(settings.sign_claims, settings.root_ca)
    yield deployment.CONTROLLER
    yield replica_set.CONTROLLER
    yield replication_controller.CONTROLLER
    yield stateful_set.CONTROLLER
    yield daemon_set.DaemonSets().controller()
    yield cron_job.CronJobs().controller()
    yield job.Jobs().controller()
    yield job.STRAYS
    yield ttl_after_finished.CONTROLLER
    yield horizontal_pod_autoscaler.Autoscalers(
        settings.autoscaler_sync_seconds, settings.autoscaler_tolerance
    ).controller()
    yield disruption.CONTROLLER
    yield disruption.STALE
    yield endpoint_slice.CONTROLLER
    yield endpoints.CONTROLLER
    yield endpoint_slice_mirroring.CONTROLLER
    if settings.allocate_node_cidrs:
        yield node_ipam.controller(
            settings.cluster_cidrs, settings.node_prefix_ipv4, settings.node_prefix_ipv6
        )
    yield node_lifecycle.controller(settings)
    yield taint_eviction.controller()
    yield pod_garbage_collector.Collector(settings.terminated_pods_limit).controller()
    yield garbage_collector.controller()
    yield cluster_role_aggregation.CONTROLLER
    yield resource_quota.ResourceQuotas().controller()
    yield pvc_protection.CONTROLLER
    yield pv_protection.CONTROLLER
    yield volume_attributes_class_protection.CONTROLLER
    yield certificates.approve.CONTROLLER
    yield certificates.clean.CONTROLLER
    if settings.sign_certificate is not None:
        yield certificates.sign.controller(settings.sign_certificate, settings.certificate_seconds)


def prepare(
    client: Client, *, clock: Clock, settings: ControllersSettings, random: random_module.Random | None = None
) -> Engine:
    """Return an engine with all controllers connected; `run_engine` runs it and its informers."""
    engine = Engine(Informers(client, clock, random), clock=clock, client_for=settings.client_for, random=random)
    for controller in controllers(settings):
        if settings.is_enabled(controller.name):
            engine.add(controller)
    return engine


async def run_engine(engine: Engine) -> None:
    """Run an engine and its informers; never returns."""
    async with asyncio.TaskGroup() as group:
        tasks.create_task(group, engine.informers.run(), name="informers")
        tasks.create_task(group, engine.run(), name="engine")


async def run(client: Client, *, clock: Clock, settings: ControllersSettings | None = None) -> None:
    """Run all controllers; never returns."""
    await run_engine(prepare(client, clock=clock, settings=settings or ControllersSettings()))
