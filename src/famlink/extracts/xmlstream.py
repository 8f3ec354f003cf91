"""XML read element by element, hostile files refused: entities, external references and document types are not taken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.handler import ContentHandler

from famlink.errors import SourceError

_DEEPEST = 100


@dataclass(slots=True)
class Node:
    """One element.

    Args:
        name: its name without a namespace prefix.
        line: the line of the file it begins on.
        text: its own text, stripped.
        children: the elements inside.
    """

    name: str
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *path: str) -> list[Node]:
        """The elements at a path of names below this one, at each step any of that name.

        Example:
            >>> Node("a", 1, children=[Node("b", 2, "x"), Node("b", 3, "y")]).all("b")[1].text
            'y'
        """
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def get(self, *path: str) -> str | None:
        """The text of the first element at a path that holds any."""
        return next((node.text for node in self.all(*path) if node.text), None)

    def walk(self) -> Iterator[Node]:
        """Every element below this one, in the order of the file."""
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def first(self, *names: str) -> str | None:
        """The text of the first element of one of the names at any depth; earlier names win."""
        for name in names:
            text = next((node.text for node in self.walk() if node.name == name and node.text), None)
            if text is not None:
                return text
        return None


class _Collector(ContentHandler):
    """Builds the elements that are wanted whole, and lets the rest pass."""

    def __init__(self, wanted: frozenset[str], file: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.file = file
        self.found: list[Node] = []
        self.open: list[Node] = []
        self.texts: list[list[str]] = []
        self.depth = 0
        self.locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802
        self.locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: ARG002, N802
        self.depth += 1
        line = self.locator.getLineNumber()
        if self.depth > _DEEPEST:
            raise SourceError(f"{self.file}: line {line}: elements are nested more than {_DEEPEST} deep; not an export")
        bare = name.rsplit(":", 1)[-1]
        if self.open or bare in self.wanted:
            node = Node(bare, line)
            if self.open:
                self.open[-1].children.append(node)
            self.open.append(node)
            self.texts.append([])

    def characters(self, content: str) -> None:
        if self.texts:
            self.texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        self.depth -= 1
        if not self.open:
            return
        node = self.open.pop()
        text = "".join(self.texts.pop())
        # Text between the elements of a parent is stray: only an element without children says something.
        node.text = "" if node.children else " ".join(text.split())
        if not self.open:
            self.found.append(node)


def read_elements(data: bytes, *names: str, file: str) -> list[Node]:
    r"""Read the elements of some names, each whole, from XML.

    Args:
        data: the file.
        names: names of elements; one inside another belongs to it.
        file: the file's name, for messages.

    Returns:
        the elements, in the order of the file.

    Raises:
        SourceError: it is not well-formed XML (the line is named), or it declares a document type or entities.

    Example:
        >>> [pupil.get("UPN") for pupil in read_elements(b"<A><Pupil><UPN>1</UPN></Pupil></A>", "Pupil", file="x.xml")]
        ['1']
    """
    from xml.sax import SAXException, SAXParseException

    import defusedxml
    from defusedxml.sax import make_parser

    handler = _Collector(frozenset(names), file)
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(data))
    except defusedxml.DefusedXmlException:
        raise SourceError(
            f"{file}: declares a document type or entities, which no export of these formats does; it is refused unread"
        ) from None
    except SAXParseException as error:
        raise SourceError(
            f"{file}: not well-formed XML at line {error.getLineNumber()}; export the file again"
        ) from None
    except SourceError:
        raise
    except (SAXException, ValueError, LookupError):
        raise SourceError(f"{file}: not XML that can be read; export the file again") from None
    return handler.found
