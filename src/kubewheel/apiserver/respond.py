"""Answers: stored objects and made-up ones, in the form that the client asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import yaml

from kubewheel.api import tables
from kubewheel.api.registry import Resource
from kubewheel.apiserver import negotiation, versions
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.negotiation import Form
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Entry

OBJECT_SHAPES = (negotiation.TABLE, negotiation.PARTIAL)
LIST_SHAPES = (negotiation.TABLE, negotiation.PARTIAL_LIST)
META_API = "meta.k8s.io"


def object_form(exchange: Exchange) -> Form:
    """Return the form for an answer of one object; raise 406."""
    return negotiation.PLAIN if exchange.in_memory else negotiation.negotiate(exchange.request, OBJECT_SHAPES)


def review_form(exchange: Exchange) -> Form:
    """Return the form for an answer that has no columns and no metadata worth a form of its own; raise 406."""
    return negotiation.PLAIN if exchange.in_memory else negotiation.negotiate(exchange.request)


def list_form(exchange: Exchange) -> Form:
    """Return the form for a list; raise 406."""
    return negotiation.PLAIN if exchange.in_memory else negotiation.negotiate(exchange.request, LIST_SHAPES)


def encode(content: Object, form: Form) -> bytes:
    """Return `content` in the media type of `form`."""
    if form.media_type == negotiation.YAML:
        return yaml.dump(orjson.loads(orjson.dumps(content)), Dumper=YAML_DUMPER, sort_keys=True).encode()
    if form.pretty:
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return orjson.dumps(content)


YAML_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def plain(exchange: Exchange, content: Object, form: Form, status: int = 200) -> Response:
    """Return `content` as it is."""
    if exchange.in_memory:
        return Response(status, object=content)
    return Response(status, {"Content-Type": form.media_type}, encoded=encode(content, form))


def status(exchange: Exchange, content: Object, form: Form) -> Response:
    """Return a Status, which has no table."""
    return plain(exchange, content, form, int(content.get("code") or 200))


def entry(exchange: Exchange, resource: Resource, stored: Entry, form: Form, status: int = 200) -> Response:
    """Return a stored object."""
    if exchange.in_memory:
        return Response(status, object=versions.shown(resource, stored))
    if form.is_plain:
        return Response(
            status, {"Content-Type": negotiation.JSON}, encoded=versions.encoded(resource, stored)
        )
    content = stored.object if form.shape == negotiation.TABLE else versions.shown(resource, stored)
    return made(exchange, resource, content, form, status)


def made(exchange: Exchange, resource: Resource, content: Object, form: Form, status: int = 200) -> Response:
    """Return an object in the shape of `form`; for a table it must be in its stored form."""
    if form.shape == negotiation.TABLE:
        content = table(exchange, resource, [content], {}, form)
    elif form.shape == negotiation.PARTIAL:
        content = versioned(tables.partial(content), form)
    return plain(exchange, content, form, status)


def table(
    exchange: Exchange, resource: Resource, items: Iterable[Object], metadata: Mapping[str, Any], form: Form,
    *, headers: bool = True,
) -> dict[str, Any]:
    """Return a Table of objects in their stored form."""
    include = tables.checked_include(exchange.request.parameter("includeObject"))
    made_table = tables.table(
        resource.behaviour, items, metadata, now=exchange.now(), include=include, headers=headers
    )
    return versioned(made_table, form)


def versioned(content: dict[str, Any], form: Form) -> dict[str, Any]:
    """Set the version of meta.k8s.io that the client asked for."""
    if form.version and form.version != "v1":
        content["apiVersion"] = f"{META_API}/{form.version}"
    return content


def partial_list(items: Iterable[Object], metadata: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Return the metadata of several objects."""
    return versioned(tables.partial_list(items, metadata), form)
