"""bindings: the older path to pods/binding. The name of the pod is in the body."""

from dataclasses import replace

from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond
from kubewheel.apiserver.backend import Backend, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.subresources import binding as pod_binding
from kubewheel.libs.wire import Response


async def create(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Bind the pod that the body names."""
    options = write_options(exchange.request, "CreateOptions")
    form = respond.object_form(exchange)
    binding = body.read_object(exchange, pod_binding.GVK, options.field_validation)
    pods = backend.registry.by_kind("Pod")
    operation = replace(
        of_exchange(exchange, backend, pods, options), name=(binding.get("metadata") or {}).get("name") or "",
        subresource="binding",
    )
    await pod_binding.bind(operation, binding)
    return respond.status(exchange, pod_binding.MADE, form)


RESOURCES = {("bindings", "create"): create}
