"""Bodies in YAML, as values of JSON."""

import math
import re
from typing import Any

import orjson
import yaml

MAX_NODES = 200_000  # Aliases could make a few lines stand for billions of values.

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1 timestamps stay texts, as they do for Go.
_RESOLVERS = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# Forms that YAML 1.1 of PyYAML takes for numbers and Go does not: 1:30 in base 60.
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


class _Builder:
    """Makes JSON values of a document's nodes; counts them, and notes keys that come twice."""

    def __init__(self, constructor: Any) -> None:
        self._constructor = constructor
        self._left = MAX_NODES
        self.duplicates: list[str] = []

    def build(self, node: Any, path: str, open_nodes: tuple[int, ...]) -> Any:
        self._left -= 1
        if self._left < 0 or id(node) in open_nodes or len(open_nodes) > 300:
            raise ValueError("yaml: document contains excessive aliasing")
        inside = (*open_nodes, id(node))
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path, inside)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, f"{path}[{index}]", inside) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _map(self, node: Any, path: str, inside: tuple[int, ...]) -> dict[str, Any]:
        self._constructor.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            inner = f"{path}.{key}" if path else key
            if key in found:
                self.duplicates.append(inner)
            found[key] = self.build(value_node, inner, inside)
        return found

    def _key(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise ValueError("yaml: invalid map key")
        value = self._scalar(node)
        if isinstance(value, str):
            return value
        return "null" if value is None else orjson.dumps(value).decode()

    def _scalar(self, node: Any) -> Any:
        if node.tag in _NUMBER_TAGS and _SEXAGESIMAL.fullmatch(node.value):
            return node.value
        value = self._constructor.construct_object(node)
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"json: unsupported value: {node.value}")
        if value is None or isinstance(value, str | bool | int | float):
            return value
        raise ValueError(f"yaml: cannot decode {node.tag}")


def parse(data: bytes) -> tuple[Any, list[str]]:
    """Return the value of the first document and the paths of keys that come twice; ValueError if it is no YAML."""
    try:
        loader = _Loader(data)
        loader.yaml_implicit_resolvers = _RESOLVERS
        node = loader.get_node() if loader.check_node() else None
        builder = _Builder(loader)
        value = builder.build(node, "", ()) if node is not None else None
        return orjson.loads(orjson.dumps(value)), builder.duplicates
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise ValueError(f"yaml:{line} {error.problem}") from error
    except (yaml.YAMLError, RecursionError, orjson.JSONEncodeError) as error:
        raise ValueError(f"yaml: {error}") from error
