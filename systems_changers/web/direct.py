"""Compiles templates so that functions and macros are called straight, not through Jinja's own call.

That call looks for decorators (pass_context and its kin) that nothing given to our templates carries, and costs four
times what looking up a word does.
"""

from __future__ import annotations

from keyword import iskeyword

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


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
