"""Looks at pages and files for what a plugin said: whether it arrived, and whether anything of it became markup.

A page of the site has its policy, which keeps scripts from running and says so; mail and files have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.corpus import FOREIGN, MARKUP
from tests.browser.visitor import Visitor

MARK = re.compile(r"[zZ]z-([a-z_.0-9]+)-zz")  # what heads a column begins with a capital


@dataclass
class Seen:
    """What was seen in all browsers: the places that texts came from, and what was wrong."""

    marks: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)
    looked: int = 0

    def is_new(self, shape: str) -> bool:
        """Whether nobody has looked at such a page; now somebody has."""
        new = shape not in self.shapes
        self.shapes.add(shape)
        return new

    def open(self, visitor: Visitor, path: str, status: int = 200) -> None:
        """Look at a page of the site."""
        self.judge(visitor, visitor.go(path, status).text(), path)

    def open_those(self, visitor: Visitor, path: str, shape: str) -> None:
        """Look at those pages, among the links of one, on which something is said that nobody has seen yet."""
        get = visitor.context.request.get
        for link in dict.fromkeys(re.findall(rf'href="([^"]*{shape})"', get(visitor.site.address + path).text())):
            if set(MARK.findall(get(visitor.site.address + link).text())) - self.marks:
                self.open(visitor, link)

    def send(self, visitor: Visitor, path: str, form: str, status: int = 200, **values: str) -> None:
        """Send a form of a page, whose address ends so, with some values more; look at what is answered."""
        visitor.go(path)
        visitor.refusals.add(status)
        with visitor.page.expect_navigation() as answered:
            visitor.page.evaluate(SEND, [form, values])
        assert answered.value.status == status, f"{form} on {path} answered {answered.value.status}"
        self.judge(visitor, answered.value.text(), f"{path}, {form} {values}")

    def read(self, visitor: Visitor, file: Path) -> None:
        """Look at a file, which nothing keeps from running what is in it."""
        visitor.page.goto(file.as_uri())
        self.judge(visitor, file.read_text("utf-8"), file.name)

    def judge(self, visitor: Visitor, text: str, what: str) -> None:
        """Note what was said on the page that is open, and what of it is markup there, or in its source."""
        self.looked += 1
        self.marks.update(MARK.findall(text))
        if visitor.page.evaluate("document.contentType") == "text/html":
            self.wrong += [f"{what}: {each[:200]}" for each in visitor.page.evaluate(FOREIGN)]
            self.wrong += [f"{what}: {each} in its source" for each in MARKUP if each in text]
        if visitor.page.evaluate("window.ran === true"):
            self.wrong.append(f"{what}: a script ran")

    def leave(self, visitor: Visitor) -> None:
        """Close a browser; whatever it complained of is wrong."""
        self.wrong += visitor.complaints
        visitor.context.close()


SEND = """([end, values]) => {
    const form = [...document.forms].find(each => each.action.endsWith(end))
    for (const [name, value] of Object.entries(values)) {
        const field = form.querySelector(`[name="${name}"]`) || form.appendChild(document.createElement("input"))
        field.type = "text"
        field.name = name
        field.value = value
    }
    form.noValidate = true
    form.requestSubmit()
}"""
