"""Compiles templates so that functions and macros are called straight, attributes read straight, text escaped bare.

Jinja's own call looks for decorators (pass_context and its kin) that nothing given to our templates carries, and costs
four times what looking up a word does. Its own escape marks each piece as safe, which nobody asks of a piece that is
joined at once: on a page of thirty rows that is an eighth of the whole. It asks for an attribute through two functions
more, eight hundred times a page; here it does so only for what has none of that name, such as a dictionary.
"""

from __future__ import annotations

from keyword import iskeyword
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as escaped
except ImportError:  # not built for this machine
    escaped = escape


def piece(value: Any) -> str:
    """A value as a piece of HTML: as `markupsafe.escape` has it, but a plain string."""
    kind = type(value)
    if kind is str:
        return escaped(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # the type was just compared
    return escape(value)


class StraightCalls(CodeGenerator):
    """Jinja's code generator, but for plain calls."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802 - Jinja's names
        """Write a plain call where its arguments are written out."""
        if node.dyn_args is not None or node.dyn_kwargs is not None or any(iskeyword(each.key) for each in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for part in (*node.args, *node.kwargs):
            self.visit(part, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """Write an attribute that Python finds without asking Jinja."""
        self.write("(_found if (_found := getattr((_of := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(_of, {node.attr!r}))")

    def write_commons(self) -> None:
        """Let what is written out be escaped by `piece`: Jinja joins the pieces, and marks the whole where it must."""
        super().write_commons()
        self.writeline("escape = environment.piece")
