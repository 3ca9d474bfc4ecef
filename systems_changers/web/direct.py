"""Compiles templates so that the functions every page is given are called straight, not through Jinja's own call.

That call looks for decorators that none of them carries, and costs four times what looking up a word does.
"""

from __future__ import annotations

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

STRAIGHT = frozenset({"_", "gettext", "translate", "url", "asset"})
"""Names that a template is only ever given plain functions for; see `context` in web/pages.py."""


class StraightCalls(CodeGenerator):
    """Jinja's code generator, but for calls of the names above."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802 - Jinja's names
        """Write a plain call where the name allows it."""
        plain = isinstance(node.node, nodes.Name) and node.node.name in STRAIGHT
        if not plain or forward_caller or node.dyn_args is not None or node.dyn_kwargs is not None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for part in (*node.args, *node.kwargs):
            self.visit(part, frame)
            self.write(", ")
        self.write(")")
