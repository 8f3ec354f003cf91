"""The SQL of a Splink condition, read into a tree.

A condition is one expression: no query, no table but ``l`` and ``r``. So the grammar is small and is read here. A general
SQL library renames functions to classes of its own, which change from release to release; whether a model is read
exactly would then depend on its version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from famlink.errors import ModelError
from famlink.linkage.splink.tree import (
    COMPARISONS,
    And,
    Arrow,
    Call,
    Case,
    Cast,
    Column,
    IsNull,
    Literal,
    Node,
    Not,
    Or,
)

_TOKEN = re.compile(
    r"""\s+
    |(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`[^`]*`)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign><=|>=|<>|!=|==|\|\||::|->|[-+*/%(),.<>=\[\]:])""",
    re.VERBOSE | re.DOTALL,
)
_RESERVED = frozenset(
    (
        "and",
        "or",
        "not",
        "is",
        "null",
        "case",
        "when",
        "then",
        "else",
        "end",
        "between",
        "in",
        "like",
        "as",
        "true",
        "false",
    )
)


def parse(sql: str, *, aliases: bool) -> Node:
    """Read one condition.

    Args:
        sql: a level's condition, with columns ``name_l`` and ``name_r``, or a blocking rule, with ``l.name`` and
            ``r.name``.
        aliases: whether sides are table aliases (a blocking rule).

    Returns:
        its tree.

    Raises:
        ModelError: it is not an expression this grammar knows; the message says at which place of the text.

    Example:
        >>> parse("a_l = a_r", aliases=False)
        Call(name='=', args=(Column(name='a', side='l'), Column(name='a', side='r')))
    """
    reader = _Reader(list(_tokens(sql)), aliases=aliases)
    found = reader.expression()
    reader.end()
    return found


def _tokens(sql: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None:
            raise ModelError(f"cannot read the SQL at character {at + 1}")
        if found.lastgroup not in (None, "comment"):
            yield str(found.lastgroup), found.group(), at
        at = found.end()


class _Reader:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, tokens: list[tuple[str, str, int]], *, aliases: bool) -> None:
        self.tokens = tokens
        self.aliases = aliases
        self.at = 0
        self.bound: list[str] = []

    def end(self) -> None:
        if self.at < len(self.tokens):
            self.fail()

    def fail(self) -> None:
        where = f"at character {self.tokens[self.at][2] + 1}" if self.at < len(self.tokens) else "at its end"
        raise ModelError(f"cannot read the SQL {where}")

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        if self.at + ahead >= len(self.tokens):
            return "end", ""
        kind, text, _ = self.tokens[self.at + ahead]
        return kind, text.lower() if kind in ("name", "sign") else text

    def take(self, *words: str) -> bool:
        """Pass words or signs if they come next."""
        for ahead, word in enumerate(words):
            kind, text = self.peek(ahead)
            if kind not in ("name", "sign") or text != word:
                return False
        self.at += len(words)
        return True

    def need(self, word: str) -> None:
        if not self.take(word):
            self.fail()

    def expression(self) -> Node:
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Node:
        return Not(self.negation()) if self.take("not") else self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        while True:
            if self.take("is"):
                negated = self.take("not")
                left = self.is_test(left)
                left = Not(left) if negated else left
                continue
            negated = self.take("not")
            if self.take("between"):
                low = self.sum()
                self.need("and")
                left = And((Call(">=", (left, low)), Call("<=", (left, self.sum()))))
            elif self.take("in"):
                self.need("(")
                left = Or(tuple(Call("=", (left, item)) for item in self.items(")")))
            elif self.take("like"):
                left = Call("like", (left, self.sum()))
            elif negated:
                self.fail()
            else:
                kind, text = self.peek()
                text = {"!=": "<>", "==": "="}.get(text, text)
                if kind != "sign" or text not in COMPARISONS:
                    return left
                self.at += 1
                left = Call(text, (left, self.sum()))
            left = Not(left) if negated else left

    def is_test(self, left: Node) -> Node:
        if self.take("null"):
            return IsNull(left)
        truth = self.take("true")
        if not truth:
            self.need("false")
        return Call("coalesce", (left if truth else Not(left), Literal(value=False)))

    def sum(self) -> Node:
        left = self.product()
        while True:
            sign = self.peek()
            if sign not in (("sign", "+"), ("sign", "-"), ("sign", "||")):
                return left
            self.at += 1
            left = Call(sign[1], (left, self.product()))

    def product(self) -> Node:
        left = self.unary()
        while True:
            sign = self.peek()
            if sign not in (("sign", "*"), ("sign", "/"), ("sign", "%")):
                return left
            self.at += 1
            left = Call(sign[1], (left, self.unary()))

    def unary(self) -> Node:
        if self.take("-"):
            part = self.unary()
            if isinstance(part, Literal) and isinstance(part.value, int | float):
                return Literal(-part.value)
            return Call("-", (Literal(0), part))
        return self.unary() if self.take("+") else self.postfix()

    def postfix(self) -> Node:
        found = self.primary()
        while True:
            if self.take("["):
                found = Call("element", (found, self.expression()))
                self.need("]")
            elif self.take("::"):
                found = Cast(found, self.kind(), safe=False)
            else:
                return found

    def items(self, last: str) -> tuple[Node, ...]:
        """Expressions between commas, up to a closing sign."""
        if self.take(last):
            return ()
        found = [self.argument()]
        while self.take(","):
            found.append(self.argument())
        self.need(last)
        return tuple(found)

    def argument(self) -> Node:
        python = self.peek() == ("name", "lambda") and self.peek(2) == ("sign", ":")
        if python or (self.peek()[0] == "name" and self.peek(1) == ("sign", "->")):
            # DuckDB writes x -> body, and of late lambda x: body.
            name = self.peek(1 if python else 0)[1]
            self.at += 3 if python else 2
            self.bound.append(name)
            body = self.expression()
            self.bound.pop()
            return Arrow(name, body)
        return self.expression()

    def kind(self) -> str:
        word = self.word()
        while self.peek()[0] == "name" and self.peek()[1] in ("precision", "varying"):
            word += " " + self.word()
        if self.take("("):
            sizes = self.items(")")
            word += "(" + ",".join(str(size.value) if isinstance(size, Literal) else "?" for size in sizes) + ")"
        return word

    def word(self) -> str:
        kind, text = self.peek()
        if kind != "name" or text in _RESERVED:
            self.fail()
        self.at += 1
        return text

    def primary(self) -> Node:
        found = self.constant()
        if found is not None:
            return found
        if self.take("("):
            inner = self.expression()
            self.need(")")
            return inner
        if self.take("["):
            return Call("list", self.items("]"))
        if self.take("case"):
            return self.case()
        called = self.peek()[0] == "name" and self.peek(1) == ("sign", "(")
        return self.call() if called else self.column()

    def constant(self) -> Literal | None:
        kind, text = self.peek()
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.take(word):
                return Literal(value)
        if kind not in ("number", "text"):
            return None
        self.at += 1
        if kind == "text":
            return Literal(text[1:-1].replace("''", "'"))
        return Literal(int(text) if text.isdigit() else float(text))

    def case(self) -> Node:
        subject = None if self.peek() == ("name", "when") else self.expression()
        whens = []
        while self.take("when"):
            condition = self.expression()
            self.need("then")
            whens.append((condition if subject is None else Call("=", (subject, condition)), self.expression()))
        otherwise = self.expression() if self.take("else") else Literal(None)
        self.need("end")
        if not whens:
            self.fail()
        return Case(tuple(whens), otherwise)

    def call(self) -> Node:
        name = self.word()
        self.need("(")
        if name in ("cast", "try_cast"):
            part = self.expression()
            self.need("as")
            found = Cast(part, self.kind(), safe=name == "try_cast")
            self.need(")")
            return found
        if name == "extract":
            unit = self.word()
            self.need("from")
            part = self.expression()
            self.need(")")
            return Call("date_part", (Literal(unit), part))
        return Call(name, self.items(")"))

    def column(self) -> Node:
        name = self.named()
        if name.lower() in self.bound:
            return Column(name.lower(), "bound")
        if self.aliases:
            side = name.lower()
            if side not in ("l", "r") or not self.take("."):
                self.fail()
            return Column(self.named(), side)
        stem, _, side = name.rpartition("_")
        if not stem or side.lower() not in ("l", "r"):
            raise ModelError(f"the column {name!r} is of neither side: columns end in _l or _r")
        return Column(stem, side.lower())

    def named(self) -> str:
        """A name as written, without its quotes."""
        kind, _ = self.peek()
        if kind == "quoted":
            text = self.tokens[self.at][1]
            self.at += 1
            return text[1:-1].replace('""', '"')
        self.word()
        return self.tokens[self.at - 1][1]
