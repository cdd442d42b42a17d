"""The expressions of a policy, compiled: what is wrong with them, and what evaluates them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubewheel.api.validation.faults import Faults, invalid
from kubewheel.libs.wire import Object

if TYPE_CHECKING:  # Loaded only where there are expressions.
    from kubewheel.api.expressions import Expression
    from kubewheel.api.expressions.admission import Scope
    from kubewheel.libs.cel.types import Type


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold, and what is said if it does not."""

    text: str
    expression: "Expression"
    message: "Expression | None"
    plain_message: str
    reason: str


@dataclass(frozen=True, slots=True)
class Programs:
    """The expressions of a policy. Variables come in the order in which they can refer to each other.

    `annotations` are those of the audit record; `changes` say of what type they are, and what makes them.
    """

    variables: Sequence[tuple[str, "Expression"]]
    conditions: Sequence["Expression"]
    rules: Sequence[Rule]
    annotations: Sequence[tuple[str, "Expression"]]
    changes: Sequence[tuple[str, "Expression"]]


class _Compiler:
    """Compiles expressions and collects what is wrong with them."""

    def __init__(self, scope: "Scope") -> None:
        self.scope = scope
        self.faults: Faults = []

    def one(self, text: str, path: str, scope: "Scope", results: Sequence["Type"]) -> "Expression | None":
        """Return a compiled expression, or None and a fault. What is not there is somebody else's fault."""
        from kubewheel.api.expressions import Invalid, admission

        if not text.strip():
            return None
        try:
            return admission.compile(text, scope, results)
        except Invalid as error:
            self.faults.append(invalid(path, text, str(error)))
            return None

    def variables(self, listed: Sequence[Object]) -> list[tuple[str, "Expression"]]:
        """Compile variables; each can refer to those before it."""
        from kubewheel.api.expressions import admission

        made: list[tuple[str, Expression]] = []
        known: dict[str, Type] = {}
        for index, variable in enumerate(listed):
            scope = replace(self.scope, variables=dict(known))
            text, path = variable.get("expression") or "", f"spec.variables[{index}].expression"
            expression = self.one(text, path, scope, admission.ANY_RESULT)
            if expression is not None:
                made.append((variable.get("name") or "", expression))
                known[variable.get("name") or ""] = expression.type
        self.scope = replace(self.scope, variables=known)
        return made


def compile_policy(policy: Object, scope: "Scope | None" = None) -> tuple[Programs, Faults]:
    """Return the expressions of a policy, and what is wrong with the others."""
    from kubewheel.api.expressions import admission

    spec = policy.get("spec") or {}
    compiler = _Compiler(scope or admission.Scope(has_params=spec.get("paramKind") is not None))
    variables = compiler.variables(spec.get("variables") or ())
    conditions = [
        compiler.one(each.get("expression") or "", f"spec.matchConditions[{index}].expression", compiler.scope,
                     admission.TRUTH)
        for index, each in enumerate(spec.get("matchConditions") or ())
    ]
    programs = Programs(
        variables, [each for each in conditions if each is not None], _rules(spec, compiler),
        _annotations(spec, compiler), _changes(spec, compiler),
    )
    return programs, compiler.faults


def _rules(spec: Object, compiler: _Compiler) -> list[Rule]:
    from kubewheel.api.expressions import admission

    made: list[Rule] = []
    for index, rule in enumerate(spec.get("validations") or ()):
        path, text = f"spec.validations[{index}]", rule.get("expression") or ""
        expression = compiler.one(text, f"{path}.expression", compiler.scope, admission.TRUTH)
        message = compiler.one(
            rule.get("messageExpression") or "", f"{path}.messageExpression",
            replace(compiler.scope, has_authorizer=False), admission.TEXT,
        )
        if expression is not None:
            plain = (rule.get("message") or "").strip() or f"failed expression: {text.strip()}"
            made.append(Rule(text, expression, message, plain, rule.get("reason") or "Invalid"))
    return made


def _annotations(spec: Object, compiler: _Compiler) -> list[tuple[str, "Expression"]]:
    from kubewheel.api.expressions import admission

    made: list[tuple[str, Expression]] = []
    for index, annotation in enumerate(spec.get("auditAnnotations") or ()):
        path, text = f"spec.auditAnnotations[{index}].valueExpression", annotation.get("valueExpression") or ""
        expression = compiler.one(text, path, compiler.scope, admission.TEXT_OR_NOTHING)
        if expression is not None:
            made.append((annotation.get("key") or "", expression))
    return made


def _changes(spec: Object, compiler: _Compiler) -> list[tuple[str, "Expression"]]:
    from kubewheel.api.expressions import admission

    results = {"applyConfiguration": admission.CONFIGURATION, "jsonPatch": admission.PATCHES}
    scope = replace(compiler.scope, makes_patches=True)
    made: list[tuple[str, Expression]] = []
    for index, change in enumerate(spec.get("mutations") or ()):
        for name, wanted in results.items():
            path, text = f"spec.mutations[{index}].{name}.expression", (change.get(name) or {}).get("expression") or ""
            expression = compiler.one(text, path, scope, wanted)
            if expression is not None:
                made.append((change.get("patchType") or "", expression))
    return made


def condition_faults(conditions: Sequence[Object], path: str) -> Faults:
    """Return what is wrong with the match conditions of a webhook."""
    if not conditions:
        return []
    from kubewheel.api.expressions import Invalid, admission

    faults: Faults = []
    for index, condition in enumerate(conditions):
        text = condition.get("expression") or ""
        try:
            if text.strip():
                admission.condition(text)
        except Invalid as error:
            faults.append(invalid(f"{path}[{index}].expression", text, str(error)))
    return faults
