"""Markup and script as somebody might type them, or a plugin say them, to have them run in another's browser.

A text that says where it comes from begins with a mark, so that it is known again wherever it is shown.
"""

from __future__ import annotations

CORPUS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title></style><svg onload=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "[a](javascript:alert(1))",
    '<a href="javascript:alert(1)">a</a>',
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "{{ 7*7 }}{% raw %}<b>",
    "%(name)s ${alert(1)} `alert(1)`",
    "<!--><img src=x onerror=alert(1)>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;<script>alert(1)</script>",
    "<style>@import 'data:text/css,*{color:red}'</style>",
    "]]><script>alert(1)</script>",
)
ENTIRE = " ".join(CORPUS)
SHORT = "\"><script>alert(1)</script>'><img src=x onerror=alert(1)>"
WITHOUT_MARKUP = '" autofocus onfocus="alert(1)" \' onmouseover=\'alert(1)'
MARKUP = tuple(each for each in CORPUS if "<" in each)
FOREIGN = """() => [...document.querySelectorAll(
    "[onerror], [onload], [onfocus], [onmouseover], [autofocus], [srcdoc], [href^='javascript:' i], [src=x],"
    + " script:not([src]):not([nonce]), math, iframe, style")]
    .filter(each => each.localName !== "style" || each.textContent.includes("@import"))
    .map(each => each.outerHTML)"""
"""What none of the kit's own pages has."""
SAID = set[str]()
"""The places that have said anything in this process."""


def mark(place: str) -> str:
    """What a text from this place begins with."""
    SAID.add(place)
    return f"zz-{place}-zz"


def said(place: str) -> str:
    """The whole corpus, from this place."""
    return f"{mark(place)} {ENTIRE}"


def in_address(place: str) -> str:
    """The same without a slash, which would be another address."""
    return f'{mark(place)} "><img src=x onerror=alert(1)>'


def briefly(place: str) -> str:
    """The same where there is room for a line."""
    return f"{mark(place)} {SHORT}"
