"""Restart a program in the function that failed: hot_restart(3)."""

from collections.abc import Callable
from types import ModuleType
from typing import Literal, TypeVar, overload

_T = TypeVar("_T")
_C = TypeVar("_C", bound=type)
_Exceptions = type[BaseException] | tuple[type[BaseException], ...]

__version__: str
__all__ = [
    "wrap",
    "no_wrap",
    "wrap_module",
    "wrap_modules",
    "wrap_class",
    "exit",
    "reraise",
    "ReloadException",
    "restart_module",
    "reload_module",
    "is_restarting_module",
]

DEBUGGER: Literal["pdb", "ipdb", "pudb", "pydevd", "debugpy"]
STOP: Literal["unhandled", "always", "never"]
RELOAD_ON_CONTINUE: bool
RELOAD_ALL_ON_CONTINUE: bool
COUNT_YIELDS: bool
PRINT_HELP_MESSAGE: bool
PROGRAM_SHOULD_EXIT: bool
DEBUG_LOG: str
DEBUG_ORIGINAL_PATH_RELOADED_CODE: bool

class ReloadException(ValueError): ...

@overload
def wrap(
    func: _T,
    *,
    propagated_exceptions: _Exceptions = (),
    propagate_keyboard_interrupt: bool = True,
) -> _T: ...
@overload
def wrap(
    *,
    propagated_exceptions: _Exceptions = (),
    propagate_keyboard_interrupt: bool = True,
) -> Callable[[_T], _T]: ...
@overload
def wrap_class(
    cls: _C,
    *,
    propagated_exceptions: _Exceptions = (),
    propagate_keyboard_interrupt: bool = True,
) -> _C: ...
@overload
def wrap_class(
    cls: None = None,
    *,
    propagated_exceptions: _Exceptions = (),
    propagate_keyboard_interrupt: bool = True,
) -> Callable[[_C], _C]: ...
def wrap_module(
    module_or_name: ModuleType | str | None = None,
    *,
    propagated_exceptions: _Exceptions = (),
    propagate_keyboard_interrupt: bool = True,
) -> None: ...
def wrap_modules(pattern: str) -> None: ...
def no_wrap(func_or_class: _T) -> _T: ...
def ignore(func_or_class: _T) -> _T: ...
def exit() -> None: ...
def reraise() -> None: ...
def restart_module(module_or_name: ModuleType | str | None = None) -> None: ...
def reload_module(module_or_name: ModuleType | str | None = None) -> None: ...
def is_restarting_module() -> bool: ...
