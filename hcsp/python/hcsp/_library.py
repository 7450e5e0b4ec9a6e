"""libhcsp.so by ctypes: the structures of hcsp.h, and errors as exceptions."""

import ctypes as c
import os
import pathlib

ABI = 0


class Error(RuntimeError):
    """The machine or a library failed; the base of all exceptions of this package."""


class UsageError(Error, ValueError):
    """An argument is wrong."""


class BadInput(Error, ValueError):
    """A file is wrong."""


class DiskFull(Error, OSError):
    """No space is left, or a quota was reached."""


_EXCEPTIONS = {2: UsageError, 3: BadInput, 4: DiskFull, 130: KeyboardInterrupt}


class ErrorText(c.Structure):
    _fields_ = [("status", c.c_int), ("text", c.c_char * 1024)]


class PlayOptions(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("rallies", c.c_int),
        ("threads", c.c_int),
        ("seed", c.c_uint64),
        ("rules", c.c_char_p),
        ("log", c.c_char_p),
    ]


class PlayResult(c.Structure):
    _fields_ = [
        ("rallies", c.c_int),
        ("near_wins", c.c_int),
        ("far_wins", c.c_int),
        ("draws", c.c_int),
        ("near_win_rate", c.c_double),
        ("low", c.c_double),
        ("high", c.c_double),
        ("touches", c.c_double),
        ("seconds", c.c_double),
    ]


class EnvOptions(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("num_envs", c.c_int),
        ("threads", c.c_int),
        ("seed", c.c_uint64),
        ("config", c.POINTER(c.c_char_p)),
        ("configs", c.c_int),
    ]


class EnvInfo(c.Structure):
    _fields_ = [
        ("kind", c.c_char_p),
        ("obs", c.c_char_p),
        ("num_envs", c.c_int),
        ("agents", c.c_int),
        ("inputs", c.c_int),
        ("outputs", c.c_int),
        ("seconds", c.c_double),
    ]


class EnvArrays(c.Structure):
    _fields_ = [
        ("obs", c.POINTER(c.c_float)),
        ("mask", c.POINTER(c.c_uint8)),
        ("reward", c.POINTER(c.c_float)),
        ("terminated", c.POINTER(c.c_uint8)),
        ("truncated", c.POINTER(c.c_uint8)),
        ("final_obs", c.POINTER(c.c_float)),
    ]


class PolicyInfo(c.Structure):
    _fields_ = [
        ("kind", c.c_char_p),
        ("name", c.c_char_p),
        ("obs", c.c_char_p),
        ("act", c.c_char_p),
        ("inputs", c.c_int),
        ("outputs", c.c_int),
        ("every", c.c_int),
        ("std", c.POINTER(c.c_float)),
    ]


_handle = c.c_void_p
_error = c.POINTER(ErrorText)
_floats = c.POINTER(c.c_float)

# name, result, arguments: as in hcsp.h
_FUNCTIONS = [
    ("hcsp_abi_version", c.c_int, []),
    ("hcsp_version", c.c_char_p, []),
    ("hcsp_commit", c.c_char_p, []),
    ("hcsp_home", c.c_char_p, []),
    ("hcsp_team_load", _handle, [c.c_char_p, _error]),
    ("hcsp_team_close", None, [_handle]),
    ("hcsp_team_name", c.c_char_p, [_handle]),
    ("hcsp_team_list", c.c_int, [c.c_char_p, c.c_size_t, c.c_int]),
    ("hcsp_play", c.c_int, [c.POINTER(PlayResult), _handle, _handle, c.POINTER(PlayOptions), _error]),
    ("hcsp_env_create", _handle, [c.c_char_p, c.POINTER(EnvOptions), _error]),
    ("hcsp_env_close", None, [_handle]),
    ("hcsp_env_info", c.POINTER(EnvInfo), [_handle]),
    ("hcsp_env_arrays", c.POINTER(EnvArrays), [_handle]),
    ("hcsp_env_reset", c.c_int, [_handle, _error]),
    ("hcsp_env_step", c.c_int, [_handle, _floats, _error]),
    ("hcsp_env_state_size", c.c_size_t, [_handle]),
    ("hcsp_env_save", c.c_int, [_handle, c.c_char_p, _error]),
    ("hcsp_env_load", c.c_int, [_handle, c.c_char_p, c.c_size_t, _error]),
    ("hcsp_policy_load", _handle, [c.c_char_p, _error]),
    ("hcsp_policy_close", None, [_handle]),
    ("hcsp_policy_info", c.POINTER(PolicyInfo), [_handle]),
    ("hcsp_policy_act", c.c_int, [_handle, _floats, _floats, c.c_int, _error]),
]


def _find():
    """HCSP_LIBRARY, else the library of the package, else the installed one."""
    named = os.environ.get("HCSP_LIBRARY")
    own = pathlib.Path(__file__).resolve().parent / "lib" / "libhcsp.so.0"
    return named or (str(own) if own.exists() else "libhcsp.so.0")


def _open():
    library = c.CDLL(_find())
    for name, result, arguments in _FUNCTIONS:
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.hcsp_abi_version() != ABI:
        raise ImportError(
            f"libhcsp: saw interface {library.hcsp_abi_version()}, wanted {ABI}: "
            "library and package are of different versions"
        )
    return library


LIB = _open()


def check(status, error):
    """Raises what a status that is not 0 says."""
    if status:
        raise _EXCEPTIONS.get(status, Error)(error.text.decode("utf-8", "replace"))


def handle(function, *arguments):
    """Calls function(*arguments, error) and returns its handle; raises when there is none."""
    error = ErrorText()
    found = function(*arguments, c.byref(error))
    if not found:
        check(error.status or 1, error)
    return found


def call(function, *arguments):
    """Calls function(*arguments, error) and raises when it fails."""
    error = ErrorText()
    check(function(*arguments, c.byref(error)), error)


def path_bytes(path):
    """A path or name as the library takes it."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"saw {type(path).__name__}, wanted a name or a path")
    found = os.fsencode(path)
    if b"\0" in found:
        raise UsageError("a name or path cannot hold the character 0")
    return found


def integer(what: str, value, low: int, high: int) -> int:
    """value as an integer between the bounds."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{what}: saw {value!r}, wanted an integer")
    value = value.__index__()
    if not low <= value <= high:
        raise UsageError(f"{what}: saw {value}, wanted {low} to {high}")
    return value
