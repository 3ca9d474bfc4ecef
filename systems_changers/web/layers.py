"""Templates in layers: a partner's plugins in their order, then the core; `next/<name>` is the one underneath.

One environment an enabled-plugin tuple: a loader that looked at the present partner would leak one partner's pages to
another through Jinja's cache.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
)
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule

from systems_changers.infra.blame import come_through, explained
from systems_changers.web import direct
from systems_changers.web.direct import StraightCalls, piece

NEXT = "next/"
IMPORTED = "imported_macros"
Found = tuple[str, str | None, Callable[[], bool] | None]


class LayeredLoader(BaseLoader):
    """First layer wins; `@n/name` looks from layer n on, counted from 0."""

    def __init__(self, layers: Sequence[BaseLoader]) -> None:
        self.layers = tuple(layers)
        self._homes: dict[str, int] = {}

    def get_source(self, environment: Environment, template: str) -> Found:
        """The first source from the layer in its name on; raises TemplateNotFound with the name as written."""
        start, name = _split(template)
        for number, layer in enumerate(self.layers[start:], start):
            try:
                found = layer.get_source(environment, name)
            except TemplateNotFound:
                continue
            self._homes[template] = number
            return found
        raise TemplateNotFound(template)

    def list_templates(self) -> list[str]:
        """Every name in any layer."""
        return sorted({name for layer in self.layers for name in layer.list_templates()})

    def home(self, template: str) -> int:
        """The layer in which a template was found when it was loaded."""
        return self._homes[template]


def _split(template: str) -> tuple[int, str]:
    mark, _, name = template.partition("/")
    return (int(mark[1:]), name) if mark[:1] == "@" and mark[1:].isdecimal() else (0, template)


class _MacrosOnce(Template):
    """Makes the macros of web/ once a page, with the page's values, however many templates and panels import them."""

    def make_module(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,  # noqa: FBT001, FBT002 - Jinja's signature
        locals: Mapping[str, Any] | None = None,
    ) -> TemplateModule:
        """The template's macros; those made before for this page where it keeps them."""
        kept: dict[str, TemplateModule] | None = vars.get(IMPORTED) if vars is not None and shared else None
        name = self.name or ""
        if kept is None or not name.startswith("web/"):
            return super().make_module(vars, shared, locals)
        if name not in kept:
            kept[name] = super().make_module(vars, shared, locals)
        return kept[name]


class LayeredEnvironment(Environment):
    """Knows what `next/` means: the first form of a template in the layers after the one that says it."""

    code_generator_class = StraightCalls
    template_class = _MacrosOnce
    piece = staticmethod(piece)

    def join_path(self, template: str, parent: str) -> str:
        """The name under which the loader finds what `parent` asks for."""
        if not template.startswith(NEXT) or not isinstance(self.loader, LayeredLoader):
            return template
        return f"@{self.loader.home(parent) + 1}/{template.removeprefix(NEXT)}"


class _Compiled(BytecodeCache):
    """Keeps compiled code in this process, so that two overlays compile a shared template once; and in a folder.

    In the folder, code says which code generator made it.
    """

    def __init__(self, folder: Path | None) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}
        made_by = sha256(Path(direct.__file__).read_bytes()).hexdigest()[:12]
        self._store = FileSystemBytecodeCache(str(folder), f"{made_by}-%s.cache") if folder else None

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))
        if bucket.code is None and self._store:
            self._store.load_bytecode(bucket)
            self._keep(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._keep(bucket)
        if self._store:
            with suppress(OSError):  # a full disk costs the next start a fifth of a second, and nobody their page
                self._store.dump_bytecode(bucket)

    def _keep(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


def _without(plugins: tuple[str, ...], gone: Collection[str]) -> tuple[str, ...]:
    return tuple(slug for slug in plugins if slug not in gone)


def _escapes(name: str | None) -> bool:
    """Everything is HTML but the text of a mail."""
    return not (name or "").endswith(".txt")


class Templates:
    """Every template of the kit and its plugins.

    `reload` looks for changed files, for development. `compiled` is an existing folder that only the kit's own user
    may write to: code is loaded from it, and a start is a fifth of a second faster.
    """

    def __init__(
        self,
        core_dirs: Sequence[Path],
        plugin_dirs: Mapping[str, Path],
        *,
        reload: bool = False,
        compiled: Path | None = None,
    ) -> None:
        self._core = FileSystemLoader([str(folder) for folder in core_dirs])
        self._folders = dict(plugin_dirs)
        self._plugins = {slug: FileSystemLoader(str(folder)) for slug, folder in plugin_dirs.items()}
        self._made: dict[tuple[str, ...], Environment] = {}
        self._lock = threading.Lock()
        self._base = LayeredEnvironment(
            loader=LayeredLoader([self._core]),
            autoescape=_escapes,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=reload,
            bytecode_cache=_Compiled(compiled),
            cache_size=-1,
        )
        self._base.policies["ext.i18n.trimmed"] = True
        self._base.globals["zip"] = zip

    @property
    def base(self) -> Environment:
        """The environment that all overlays share filters and globals with; add to it before the first page."""
        return self._base

    def environment(self, plugins: tuple[str, ...] = ()) -> Environment:
        """The environment for plugins enabled in this order."""
        made = self._made.get(plugins)
        if made is None:
            with self._lock:
                made = self._made.setdefault(plugins, self._overlay(plugins))
        return made

    def render(self, plugins: tuple[str, ...], name: str, values: Mapping[str, Any]) -> str:
        """The template's text; raises TemplateNotFound, and UndefinedError for a value that wasn't given."""
        return self.environment(plugins).get_template(name).render({IMPORTED: {}, **values})

    def render_without(
        self, plugins: tuple[str, ...], name: str, values: Mapping[str, Any], error: Exception
    ) -> tuple[str, dict[str, str]]:
        """The text without the layers that fail, and why each plugin was left out; `error` is what rendering raised.

        Raises `error` where leaving plugins out doesn't help.
        """
        blamed = self._blame(plugins, name, values, error)
        text = self._again(_without(plugins, blamed), name, values)
        for slug in tuple(blamed)[:-1]:  # one that only stood above another's fault comes back
            with suppress(Exception):
                text = self._again(_without(plugins, blamed.keys() - {slug}), name, values)
                del blamed[slug]
        return text, blamed

    def _blame(
        self, plugins: tuple[str, ...], name: str, values: Mapping[str, Any], error: Exception
    ) -> dict[str, str]:
        """Why each of the plugins was left out without which the text can be made; raises `error` if it never can."""
        blamed: dict[str, str] = {}
        found, left = error, plugins
        while slug := self._culprit(left, found):
            blamed[slug] = explained(found, self._folders[slug])
            left = _without(left, {slug})
            try:
                self._again(left, name, values)
            except Exception as again:  # noqa: BLE001 - another plugin's layer may be wrong as well
                found = again
            else:
                return blamed
        # No plugin's line was met: one may have taken away what another's template needs.
        for gone in (*((slug,) for slug in left), left):
            with suppress(Exception):
                self._again(_without(left, gone), name, values)
                return {**blamed, **dict.fromkeys(gone, explained(found, None))}
        raise error

    def _culprit(self, plugins: tuple[str, ...], error: Exception) -> str | None:
        """The plugin whose template the error came through last."""
        own = {slug: self._folders[slug].resolve() for slug in plugins if slug in self._folders}
        met = (slug for file, _ in come_through(error) for slug, home in own.items() if file.is_relative_to(home))
        return next(met, None)

    def _again(self, plugins: tuple[str, ...], name: str, values: Mapping[str, Any]) -> str:
        values.get(IMPORTED, {}).clear()  # macros that were made with other layers
        return self.render(plugins, name, values)

    def _overlay(self, plugins: tuple[str, ...]) -> Environment:
        layers = [self._plugins[slug] for slug in plugins if slug in self._plugins]
        return self._base.overlay(loader=LayeredLoader([*layers, self._core]))


def core_template_dirs(package: Path) -> list[Path]:
    """`web/templates` and every slice's own templates folder, under the package `systems_changers`."""
    return [package / "web" / "templates", *sorted(package.glob("core/*/templates"))]
