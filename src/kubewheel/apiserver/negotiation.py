"""Which form the client wants the answer in: media type, and plain object, table or metadata alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kubewheel.api import errors
from kubewheel.libs.wire import Request

JSON, YAML = "application/json", "application/yaml"
TABLE, PARTIAL, PARTIAL_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
SERVED = (JSON, YAML)
STREAMED = (f"{JSON};stream=watch",)
GO_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
READ_BY_PEOPLE = ("curl", "Wget", "Mozilla/5.0")
META_GROUP = "meta.k8s.io"
META_VERSIONS = ("v1", "v1beta1")


@dataclass(frozen=True, slots=True)
class Form:
    """How an answer is to look."""

    media_type: str = JSON
    shape: str = ""  # Table, PartialObjectMetadata, PartialObjectMetadataList, APIGroupDiscoveryList; "" is as it is
    version: str = ""
    group: str = ""
    pretty: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether stored bytes can be sent as they are."""
        return self.media_type == JSON and not self.shape and not self.pretty


PLAIN = Form()
PLAIN_PRETTY = Form(pretty=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """One media range of an Accept header."""

    media_type: str
    shape: str
    version: str
    group: str


@lru_cache(maxsize=256)
def parse(accept: str) -> tuple[Choice, ...]:
    """Return the media ranges of an Accept header, the most wanted first."""
    ranked = []
    for place, part in enumerate(accept.split(",")):
        media_type, *rest = (piece.strip() for piece in part.split(";"))
        if not media_type:
            continue
        parameters = dict(piece.partition("=")[::2] for piece in rest)
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        choice = Choice(
            media_type.lower(), parameters.get("as", ""), parameters.get("v", ""), parameters.get("g", "")
        )
        ranked.append((-quality, place, choice))
    return tuple(choice for _, _, choice in sorted(ranked, key=lambda each: each[:2]))


def negotiate(request: Request, shapes: Collection[str] = (), served: Sequence[str] = SERVED) -> Form:
    """Return the first form that the client accepts and we can make; raise 406 if there is none."""
    accept = request.headers.get("accept", "")
    if not accept or accept in ("*/*", JSON):
        return PLAIN_PRETTY if is_for_people(request) else PLAIN
    for choice in parse(accept):
        media_type = _media_type(choice.media_type)
        if media_type is None or (media_type == YAML and YAML not in served):
            continue
        if not choice.shape:
            return Form(media_type, pretty=is_for_people(request))
        if choice.shape in shapes and _is_known(choice):
            return Form(media_type, choice.shape, choice.version, choice.group, is_for_people(request))
    raise errors.not_acceptable(served)


def _is_known(choice: Choice) -> bool:
    """Return whether a form of ours exists in the version that the client names."""
    is_meta = choice.shape in (TABLE, PARTIAL, PARTIAL_LIST)
    return not is_meta or (choice.group == META_GROUP and choice.version in META_VERSIONS)


def _media_type(wanted: str) -> str | None:
    if wanted in (JSON, "*/*", "application/*"):
        return JSON
    return YAML if wanted in (YAML, "application/x-yaml", "text/yaml") else None


def is_for_people(request: Request) -> bool:
    """Return whether somebody reads the answer: people say so, or use a browser or a tool for the command line."""
    said = request.parameter("pretty")
    return said in GO_TRUE if said else request.headers.get("user-agent", "").startswith(READ_BY_PEOPLE)
