"""A user's own subclass of the Mesa model: found by name, and carried to workers as text."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.scenario.problems import list_names, nearest

MAIN = "__main__"
SUFFIX = ".py"
OURS = ("analysis", "reprisal", "sim")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_HOW = "write MODULE:CLASS, such as my_module:MyModel, or FILE:CLASS, such as mine/model_1.py:Mine"
_MOVE = "where worker processes cannot import it; move it to the top level of a file of its own"

_lock = threading.RLock()
_modules: dict[tuple[str, str], ModuleType] = {}
_folders: list[str] = []


class ModelError(Exception):
    """A model that was asked for cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class OwnModel:
    """A class that is imported from the text of its file, the same one in every process.

    Parameters
    ----------
    asked : str
        As it was asked for, such as ``my_module:MyModel`` or ``models/mine.py:MyModel``.
    module, class_name : str
        Names of the module and of the class in it.
    file : str
        The module's file, absolute.
    folder : str
        Where other modules of the user are looked for, after all installed ones.
    source : bytes
        What was in the file, UTF-8.
    """

    asked: str
    module: str
    class_name: str
    file: str
    folder: str
    source: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Module and class."""
        return f"{self.module}:{self.class_name}"

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal digits."""
        return hashlib.sha256(self.source).hexdigest()

    def load(self) -> Any:
        """Import the class."""
        return attrgetter(self.class_name)(self.load_module())

    def load_module(self) -> ModuleType:
        """Import the module from its text, once for each text."""
        key = self.file, self.sha256
        with _lock:
            if key not in _modules:
                _modules[key] = self._execute()
            return _modules[key]

    def place(self, error: BaseException) -> str:
        """Name the last line of the file that an exception came through."""
        lines = [
            line
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename == self.file
        ]
        if isinstance(error, SyntaxError) and error.filename == self.file:
            lines.append(error.lineno or 1)
        return f"{Path(self.file).name}, line {lines[-1]}" if lines else ""

    def _execute(self) -> ModuleType:
        _look_in(self.folder)
        before = sys.modules.get(self.module)
        try:
            package = self.module.rpartition(".")[0]
            if package:
                import_module(package)
            module = self._empty()
            sys.modules[self.module] = module
            exec(compile(self.source, self.file, "exec", dont_inherit=True), vars(module))
        except (Exception, SystemExit) as error:
            sys.modules.pop(self.module, None)
            if before is not None:
                sys.modules[self.module] = before
            raise self._broken(error) from error
        return module

    def _empty(self) -> ModuleType:
        # The text is executed that was hashed: an import would read the file again, or a cache.
        inside = [str(Path(self.file).parent)] if Path(self.file).stem == "__init__" else None
        spec = spec_from_file_location(self.module, self.file, submodule_search_locations=inside)
        if spec is None:
            raise ImportError(f"{self.file} is not a file of Python source")
        return module_from_spec(spec)

    def _broken(self, error: BaseException) -> ModelError:
        where = self.place(error) or self.module
        return _error(self.asked, f"importing it failed, {where}: {_last_line(error)}")


def find(asked: str | type) -> OwnModel:
    """Find a subclass of the Mesa model, and check that a batch can run it."""
    model = _named(asked) if isinstance(asked, str) else _of_class(asked)
    _check(model)
    return model


def function(asked: str) -> Callable[..., Any]:
    """Find a function of the user, such as ``my_module:longest_lull``."""
    try:
        found = _named(asked)
        named = attrgetter(found.class_name)(found.load_module())
    except AttributeError:
        raise ModelError(f"{asked}: there is no {asked.rpartition(':')[2]} in that file") from None
    except ModelError as error:
        text = str(error).removeprefix("--model ").replace(":CLASS", ":FUNCTION")
        raise ModelError(text.replace("MyModel", "my_function").replace(":Mine", ":mine")) from None
    if not callable(named):
        raise ModelError(f"{asked}: that is no function but {_article(type(named).__name__)}")
    return named  # type: ignore[no-any-return]


def _named(asked: str) -> OwnModel:
    where, colon, name = asked.rpartition(":")
    if where == MAIN or "<locals>" in name:
        raise _unreachable(asked, where, name)
    is_path = where.endswith(SUFFIX) or "/" in where
    if not _DOTTED.fullmatch(name) or not (is_path or _DOTTED.fullmatch(where)):
        raise _error(asked, _HOW, "" if colon else _with_colon(asked))
    if is_path:
        file = Path(where).parent.resolve() / Path(where).name
        module, folder = file.stem, file.parent
        if not file.is_file():
            raise _error(asked, f"no file {where}", _near(file.name, folder, SUFFIX))
        if not module.isidentifier():
            raise _error(asked, f"{file.name} cannot be imported: rename it, with letters and _")
    else:
        module, folder = where, Path.cwd()
        file = folder.joinpath(*module.split(".")).with_suffix(SUFFIX)
    if file.is_file():
        _refuse_taken(asked, module, folder)
    else:
        file = _installed(asked, module, folder)
    return _read(asked, module, name, file, folder)


def _of_class(asked: type) -> OwnModel:
    module, name = asked.__module__, asked.__qualname__
    text = f"{module}:{name}"
    if module == MAIN or "<locals>" in name:
        raise _unreachable(text, module, name)
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or Path(file).suffix != SUFFIX or module.partition(".")[0] in OURS:
        raise _error(text, "it is not in a file of yours; write a subclass of ReprisalModel in one")
    path = Path(file).resolve()
    depth = module.count(".") + (path.stem == "__init__")
    return _read(text, module, name, path, path.parents[depth])


def _read(asked: str, module: str, name: str, file: Path, folder: Path) -> OwnModel:
    source = file.read_bytes()
    try:
        source.decode()
    except UnicodeDecodeError:
        raise _error(asked, f"{file.name} is not UTF-8; save it as UTF-8") from None
    return OwnModel(asked, module, name, str(file), str(folder), source)


def _installed(asked: str, module: str, folder: Path) -> Path:
    """Find the file of a module that is no file in the folder: a package, or installed."""
    if module.partition(".")[0] in OURS:
        raise _taken(asked, module.partition(".")[0], "Reprisal itself")
    _look_in(str(folder))
    try:
        spec = find_spec(module)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            raise _not_found(asked, module, folder) from None
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        where = f"{Path(frame.f_code.co_filename).name}, line {line}"
        message = f"importing its package failed, {where}: {_last_line(error)}"
        raise _error(asked, message) from error
    if spec is None:
        raise _not_found(asked, module, folder)
    if spec.origin is None or not spec.origin.endswith(SUFFIX):
        raise _error(asked, f"module {module} has no file of Python source; give it one")
    return Path(spec.origin).resolve()


def _refuse_taken(asked: str, module: str, folder: Path) -> None:
    """Refuse a file whose name others use: their imports would get it."""
    top = module.partition(".")[0]
    if top in OURS:
        raise _taken(asked, top, "Reprisal itself")
    if top in sys.stdlib_module_names:
        raise _taken(asked, top, "Python itself")
    try:
        spec = find_spec(top)
    except ValueError:  # in use, and from nowhere
        raise _taken(asked, top, "a module in use") from None
    places = [] if spec is None else list(_places(spec))
    mine = [str(folder), *_folders]
    if places and not any(place.startswith(tuple(mine)) for place in places):
        raise _taken(asked, top, places[0])


def _places(spec: ModuleSpec) -> Iterable[str]:
    if spec.origin:
        yield spec.origin
    yield from spec.submodule_search_locations or ()


def _check(model: OwnModel) -> None:
    """Refuse what is not a subclass of the model, or is not where it was said to be."""
    from sim.model import ReprisalModel

    asked, name = model.asked, model.class_name
    module = model.load_module()
    try:
        named = attrgetter(name)(module)
    except AttributeError:
        raise _missing(model, module, ReprisalModel) from None
    if not isinstance(named, type):
        raise _error(asked, f"{name} is not a class but {_article(type(named).__name__)}")
    if named is ReprisalModel:
        raise _error(asked, "that is the stock model; leave --model out to run it")
    if not issubclass(named, ReprisalModel):
        wanted = f"write class {name}(ReprisalModel), with ReprisalModel from sim.model"
        raise _error(asked, f"{name} is not a subclass of ReprisalModel; {wanted}")
    if named.__module__ != model.module:
        right = f"--model {named.__module__}:{named.__qualname__}"
        raise _error(asked, f"{name} is defined in module {named.__module__}; write {right}")


def _missing(model: OwnModel, module: ModuleType, base: type) -> ModelError:
    file, name = Path(model.file).name, model.class_name
    inner = [
        node.lineno
        for node in ast.walk(ast.parse(model.source))
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    if inner:
        where = f"{file}, line {inner[0]}"
        return _error(model.asked, f"{name} is inside a function or a block ({where}), {_MOVE}")
    known = [
        key
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, base) and value is not base
    ]
    near = nearest(name, known)
    there = f"its models: {list_names(known, near)}" if known else "it has no model at all"
    return _error(model.asked, f"{file} has no class {name}; {there}", near)


def _unreachable(asked: str, module: str, name: str) -> ModelError:
    where = "in a program or a notebook" if module == MAIN else "inside a function"
    last = name.rpartition(".")[2]
    return _error(asked, f"{last} is {where}, {_MOVE}, such as my_module.py")


def _not_found(asked: str, module: str, folder: Path) -> ModelError:
    message = f"no module {module} in {folder} or among the installed ones"
    return _error(asked, message, _near(module, folder))


def _taken(asked: str, name: str, owner: str) -> ModelError:
    message = f"the name {name} is taken by {owner}; give your class a file with another name"
    return _error(asked, message)


def _with_colon(asked: str) -> str:
    module, dot, name = asked.rpartition(".")
    return f"{module}:{name}" if dot and name[:1].isupper() else ""


def _near(name: str, folder: Path, suffix: str = "") -> str:
    return nearest(name, (f"{path.stem}{suffix}" for path in sorted(folder.glob(f"*{SUFFIX}"))))


def _error(asked: str, message: str, near: str = "") -> ModelError:
    hint = f" (did you mean '{near}'?)" if near else ""
    return ModelError(f"--model {asked}: {message}{hint}")


def _last_line(error: BaseException) -> str:
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(f"{type(error).__name__}: {what}".split())


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _look_in(folder: str) -> None:
    # At the end: a file of the user called analysis.py must not take the place of ours.
    if folder not in _folders:
        _folders.append(folder)
    if folder not in sys.path:
        sys.path.append(folder)
