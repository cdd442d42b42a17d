"""Tokens to a tree. Macros become parts of the tree that say what they do."""

from collections.abc import Mapping

from kubewheel.libs.cel import macros
from kubewheel.libs.cel.faults import Invalid, report
from kubewheel.libs.cel.lexer import LARGEST, SMALLEST, Token, tokens
from kubewheel.libs.cel.nodes import (
    Call,
    Constant,
    MakeList,
    MakeMap,
    MakeObject,
    Name,
    Node,
    Select,
    qualified,
)

DEEPEST = 250
RESERVED = frozenset({
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
})
CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}
STARTS = ("{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, "
          "IDENTIFIER}")
# From the loosest binding to the tightest; all of them group from the left.
BINARY: Mapping[str, tuple[int, str]] = {
    "||": (1, "_||_"), "&&": (2, "_&&_"), "<": (3, "_<_"), "<=": (3, "_<=_"), ">": (3, "_>_"), ">=": (3, "_>=_"),
    "==": (3, "_==_"), "!=": (3, "_!=_"), "in": (3, "@in"), "+": (4, "_+_"), "-": (4, "_-_"), "*": (5, "_*_"),
    "/": (5, "_/_"), "%": (5, "_%_"),
}
LOGIC = ("_||_", "_&&_")


def parse(text: str) -> Node:
    """Return the tree of an expression; raise Invalid."""
    parser = _Parser(text)
    try:
        node = parser.expression()
    except RecursionError as error:
        raise Invalid(f"ERROR: <input>:-1:0: expression recursion limit exceeded: {DEEPEST}") from error
    token = parser.token
    if token.kind != "end":
        raise parser.fault(token.place, f"Syntax error: extraneous input '{token.text}' expecting <EOF>")
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def fault(self, place: int, message: str) -> Invalid:
        return Invalid(report(self._text, [(place, message)]))

    def _is(self, sign: str) -> bool:
        token = self._tokens[self._place]
        return token.kind == "sign" and token.text == sign

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += token.kind != "end"
        return token

    def _accept(self, sign: str) -> Token | None:
        return self._next() if self._is(sign) else None

    def _expect(self, sign: str) -> Token:
        if not self._is(sign):
            token = self.token
            word = "mismatched" if token.kind == "end" else "extraneous"
            shown = f"missing '{sign}' at" if token.kind == "end" and sign != ":" else f"{word} input"
            after = "" if shown.startswith("missing") else f" expecting '{sign}'"
            raise self.fault(token.place, f"Syntax error: {shown} '{token.text}'{after}")
        return self._next()

    def expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RecursionError
        node = self._binary(1)
        question = self._accept("?")
        if question:
            yes = self._binary(1)
            self._expect(":")
            node = Call(question.place, "_?_:_", [node, yes, self.expression()])
        self._depth -= 1
        return node

    def _binary(self, lowest: int) -> Node:
        node = self._unary()
        while True:
            token = self.token
            level, function = BINARY.get(token.text, (0, "")) if token.kind == "sign" else (0, "")
            if level < lowest:
                return node
            if function in LOGIC:
                node = self._logic(node, function, token.text, level)
                continue
            self._next()
            node = Call(token.place, function, [node, self._binary(level + 1)])

    def _logic(self, first: Node, function: str, sign: str, level: int) -> Node:
        """Return a balanced tree, so that a long chain is not a deep one."""
        terms, places = [first], []
        while self._is(sign):
            places.append(self._next().place)
            terms.append(self._binary(level + 1))
        return _balanced(terms, places, function)

    def _unary(self) -> Node:
        signs: list[Token] = []
        while self._is("!") or (self._is("-") and (not signs or signs[0].text == "-")):
            if signs and signs[0].text != self.token.text:
                break
            signs.append(self._next())
        if not signs:
            return self._member()
        literal = self.token
        if signs[0].text == "-" and literal.kind == "literal" and type(literal.value) in (int, float):
            literal.value = -literal.value
            signs.pop()
        node = self._member()
        if len(signs) % 2:
            node = Call(signs[0].place, "!_" if signs[0].text == "!" else "-_", [node])
        return node

    def _member(self) -> Node:
        node = self._primary()
        while True:
            token = self.token
            if self._accept("."):
                node = self._after_dot(node, token)
            elif self._accept("["):
                optional = self._accept("?") is not None
                index = self.expression()
                self._expect("]")
                node = Call(token.place, "_[?_]" if optional else "_[_]", [node, index])
            elif self._is("{") and (name := qualified(node)):
                node = self._object(name)
            else:
                return node

    def _after_dot(self, operand: Node, dot: Token) -> Node:
        optional = self._accept("?") is not None
        token = self._next()
        if token.kind not in ("word", "quoted") or (token.text in CONSTANTS and token.kind == "word"):
            raise self.fault(token.place, f"Syntax error: no viable alternative at input '.{token.text}'")
        if not self._is("(") or optional:
            return Select(dot.place, operand, token.text, optional)
        opening = self._next()
        arguments = self._arguments(")")
        before = qualified(operand)
        made = macros.of_method(self.fault, opening.place, operand, before, token.text, arguments)
        if made is not None:
            return made
        full = f"{before}.{token.text}"
        if before and full in macros.QUALIFIED:
            return Call(opening.place, full, arguments)
        return Call(opening.place, token.text, [operand, *arguments], is_method=True)

    def _arguments(self, closing: str) -> list[Node]:
        found: list[Node] = []
        while not self._is(closing):
            found.append(self.expression())
            if not self._accept(","):
                break
        self._expect(closing)
        return found

    def _primary(self) -> Node:
        token = self._next()
        if token.kind == "literal":
            if type(token.value) is int and not SMALLEST <= token.value <= LARGEST:
                raise self.fault(token.place, "invalid int literal")
            return Constant(token.place, token.value)
        if token.kind == "word":
            return self._word(token)
        if token.kind == "sign" and token.text == "." and self.token.kind == "word":
            return self._word(self._next())
        if token.kind == "sign" and token.text == "(":
            node = self.expression()
            self._expect(")")
            return node
        if token.kind == "sign" and token.text == "[":
            return self._list(token)
        if token.kind == "sign" and token.text == "{":
            return self._map(token)
        raise self.fault(token.place, f"Syntax error: mismatched input '{token.text}' expecting {STARTS}")

    def _word(self, token: Token) -> Node:
        if token.text in CONSTANTS:
            return Constant(token.place, CONSTANTS[token.text])
        if token.text in RESERVED:
            raise self.fault(token.place, f"reserved identifier: {token.text}")
        opening = self._accept("(")
        if opening is None:
            return Name(token.place, token.text)
        arguments = self._arguments(")")
        if token.text == "has":
            return macros.has(self.fault, opening.place, arguments)
        return Call(opening.place, token.text, arguments)

    def _list(self, opening: Token) -> Node:
        elements: list[tuple[Node, bool]] = []
        while not self._is("]"):
            optional = self._accept("?") is not None
            elements.append((self.expression(), optional))
            if not self._accept(","):
                break
        self._expect("]")
        return MakeList(opening.place, elements)

    def _map(self, opening: Token) -> Node:
        entries: list[tuple[Node, Node, bool]] = []
        while not self._is("}"):
            optional = self._accept("?") is not None
            key = self.expression()
            self._expect(":")
            entries.append((key, self.expression(), optional))
            if not self._accept(","):
                break
        self._expect("}")
        return MakeMap(opening.place, entries)

    def _object(self, name: str) -> Node:
        opening = self._next()
        made = MakeObject(opening.place, name)
        while not self._is("}"):
            optional = self._accept("?") is not None
            token = self._next()
            if token.kind not in ("word", "quoted"):
                raise self.fault(token.place, f"Syntax error: mismatched input '{token.text}' expecting IDENTIFIER")
            colon = self._expect(":")
            made.fields.append((colon.place, token.text, self.expression(), optional))
            if not self._accept(","):
                break
        self._expect("}")
        return made


def _balanced(terms: list[Node], places: list[int], function: str) -> Node:
    if len(terms) == 1:
        return terms[0]
    middle = (len(terms) + 1) // 2
    left = _balanced(terms[:middle], places[:middle - 1], function)
    right = _balanced(terms[middle:], places[middle:], function)
    return Call(places[middle - 1], function, [left, right])


