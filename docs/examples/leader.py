"""The code under test: takes a lease although others write it, and follows config maps whatever happens."""

from kubernetes import client, watch


def take_lease(api: client.ApiClient, name: str, holder: str, tries: int = 5) -> None:
    leases = client.CoordinationV1Api(api)
    for last in range(tries - 1, -1, -1):
        lease = leases.read_namespaced_lease(name, "default")
        lease.spec.holder_identity = holder
        try:
            leases.replace_namespaced_lease(name, "default", lease)
            return
        except client.ApiException as error:
            if error.status != 409 or not last:
                raise


def follow(api: client.ApiClient, until: str):
    """Yield (type, name) of config maps up to the one named `until`; lists anew when what was missed is gone."""
    core, revision = client.CoreV1Api(api), ""
    while True:
        if not revision:
            found = core.list_namespaced_config_map("default")
            revision = found.metadata.resource_version
            for each in found.items:
                yield "KNOWN", each.metadata.name
        try:
            watching = watch.Watch()
            events = watching.stream(core.list_namespaced_config_map, "default", resource_version=revision)
            for event in events:
                revision = event["object"].metadata.resource_version
                yield event["type"], event["object"].metadata.name
                if event["object"].metadata.name == until:
                    return
        except client.ApiException as error:
            if error.status != 410:
                raise
            revision = ""
