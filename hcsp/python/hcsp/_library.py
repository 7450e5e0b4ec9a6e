"""libhcsp.so by ctypes: the structures of hcsp.h, and errors as exceptions."""

import ctypes as c
import os
import pathlib
import threading

import numpy as np

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
        ("stop", c.POINTER(c.c_int)),
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
        ("opponent", c.c_char_p),
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
        ("heads", c.c_int),
        ("options", c.c_int),
    ]


class EnvArrays(c.Structure):
    _fields_ = [
        ("obs", c.POINTER(c.c_float)),
        ("mask", c.POINTER(c.c_uint8)),
        ("reward", c.POINTER(c.c_float)),
        ("terminated", c.POINTER(c.c_uint8)),
        ("truncated", c.POINTER(c.c_uint8)),
        ("final_obs", c.POINTER(c.c_float)),
        ("seconds", c.POINTER(c.c_float)),
        ("legal", c.POINTER(c.c_uint8)),
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


class Tensor(c.Structure):
    _fields_ = [("name", c.c_char_p), ("data", c.POINTER(c.c_float)), ("dims", c.c_int), ("dim", c.c_int * 2)]


class PolicySpec(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("kind", c.c_char_p),
        ("name", c.c_char_p),
        ("obs", c.c_char_p),
        ("act", c.c_char_p),
        ("options", c.c_char_p),
        ("provenance", c.c_char_p),
        ("every", c.c_int),
        ("inputs", c.c_int),
        ("outputs", c.c_int),
        ("layers", c.c_int),
        ("hidden", c.c_int * 8),
        ("input_norm", c.c_char_p),
        ("activation", c.c_char_p),
        ("hidden_norm", c.c_char_p),
        ("squash", c.c_char_p),
        ("tensor", c.POINTER(Tensor)),
        ("tensors", c.c_int),
    ]


class LogInfo(c.Structure):
    _fields_ = [
        ("near_team", c.c_char_p),
        ("far_team", c.c_char_p),
        ("rules", c.c_char_p),
        ("world", c.c_char_p),
        ("generator", c.c_char_p),
        ("rallies", c.c_int),
        ("seed", c.c_uint64),
        ("seconds", c.c_double),
    ]


class RallyInfo(c.Structure):
    _fields_ = [
        ("rally", c.c_int64),
        ("seed", c.c_uint64),
        ("server", c.c_char_p),
        ("winner", c.c_char_p),
        ("reason", c.c_char_p),
        ("steps", c.c_int),
        ("hits", c.c_int),
    ]


class Column(c.Structure):
    _fields_ = [
        ("table", c.c_char_p),
        ("name", c.c_char_p),
        ("units", c.c_char_p),
        ("description", c.c_char_p),
        ("type", c.c_char_p),
        ("rows", c.c_int),
        ("rank", c.c_int),
        ("length", c.c_int * 2),
        ("data", c.c_void_p),
    ]


class EvalOptions(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("points", c.c_int),
        ("threads", c.c_int),
        ("seed", c.c_uint64),
        ("rules", c.c_char_p),
        ("stop", c.POINTER(c.c_int)),
    ]


class Score(c.Structure):
    _fields_ = [(name, c.c_double) for name in ("wins", "losses", "draws", "rate", "low", "high")]


class ExploitOptions(c.Structure):
    _fields_ = [
        ("size", c.c_size_t),
        ("budget", c.c_int64),
        ("seeds", c.c_int),
        ("warm", c.c_int),
        ("points", c.c_int),
        ("threads", c.c_int),
        ("seed", c.c_uint64),
        ("rules", c.c_char_p),
        ("keep", c.c_char_p),
        ("stop", c.POINTER(c.c_int)),
    ]


class ExploitResult(c.Structure):
    _fields_ = [
        ("rate", c.c_double),
        ("low", c.c_double),
        ("high", c.c_double),
        ("greedy", c.c_int),
        ("failed", c.c_int),
        ("opponent", c.c_char * 64),
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
    ("hcsp_env_options", c.c_int, [_handle, c.c_int]),
    ("hcsp_env_head_name", c.c_char_p, [_handle, c.c_int]),
    ("hcsp_env_option_name", c.c_char_p, [_handle, c.c_int, c.c_int]),
    ("hcsp_env_reset", c.c_int, [_handle, _error]),
    ("hcsp_env_step", c.c_int, [_handle, _floats, _error]),
    ("hcsp_env_state_size", c.c_size_t, [_handle]),
    ("hcsp_env_save", c.c_int, [_handle, c.c_char_p, _error]),
    ("hcsp_env_load", c.c_int, [_handle, c.c_char_p, c.c_size_t, _error]),
    ("hcsp_policy_load", _handle, [c.c_char_p, _error]),
    ("hcsp_policy_close", None, [_handle]),
    ("hcsp_policy_info", c.POINTER(PolicyInfo), [_handle]),
    ("hcsp_policy_act", c.c_int, [_handle, _floats, _floats, c.c_int, _error]),
    ("hcsp_policy_save", c.c_int, [c.c_char_p, c.POINTER(PolicySpec), _error]),
    ("hcsp_log_open", _handle, [c.c_char_p, _error]),
    ("hcsp_log_close", None, [_handle]),
    ("hcsp_log_info", c.POINTER(LogInfo), [_handle]),
    ("hcsp_log_read", c.POINTER(RallyInfo), [_handle, c.c_int, _error]),
    ("hcsp_log_column", c.c_int, [c.POINTER(Column), _handle, c.c_int]),
    ("hcsp_log_observe", _floats, [c.POINTER(c.c_int), _handle, c.c_char_p, _error]),
    ("hcsp_eval", c.c_int, [c.POINTER(Score), c.POINTER(c.c_double), c.POINTER(c.c_double), c.POINTER(_handle), c.c_int,
                            c.POINTER(EvalOptions), _error]),
    ("hcsp_exploit", c.c_int, [c.POINTER(ExploitResult), _handle, c.POINTER(ExploitOptions), _error]),
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


def call_long(function, *arguments, keep):
    """call() of work that takes long and whose last argument are options with a `stop`.

    It runs in a thread of its own, so that an exception here, such as that of Ctrl-C, stops it. keep: what the
    handles among the arguments belong to; it lives as long as the work does.
    """
    stop, error, status = c.c_int(0), ErrorText(), []
    *first, options = arguments
    options.stop = c.pointer(stop)

    def run(_):
        status.append(function(*first, c.byref(options), c.byref(error)))

    worker = threading.Thread(target=run, args=(keep,), name=function.__name__)
    try:
        worker.start()
        worker.join()
    except BaseException:
        stop.value = 1
        if worker.is_alive():
            worker.join()
        raise
    check(status[0], error)


def path_bytes(path):
    """A path or name as the library takes it."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"saw {type(path).__name__}, wanted a name or a path")
    found = os.fsencode(path)
    if b"\0" in found:
        raise UsageError("a name or path cannot hold the character 0")
    return found


class Memory:
    """A handle of the library that lives as long as anything that shows its memory.

    used() guards a call: a handle is used by one thread at a time, and by the process that made it,
    since threads of the library do not come along into a fork.
    """

    def __init__(self, made, close, name):
        self.handle, self.name = made, name
        self._close, self._process, self._lock = close, os.getpid(), threading.Lock()

    def __enter__(self):
        if os.getpid() != self._process:
            raise UsageError(f"{self.name}: was made before this process was forked; make it here")
        if not self._lock.acquire(False):
            raise UsageError(f"{self.name}: is in use by another thread")
        return self.handle

    def __exit__(self, *_):
        self._lock.release()

    def view(self, pointer, shape, dtype=np.float32):
        """The array at pointer, without a copy; it keeps the memory."""
        n = int(np.prod(shape))
        buffer = (pointer._type_ * n).from_address(c.addressof(pointer.contents))
        buffer.memory = self
        return np.frombuffer(buffer, dtype).reshape(shape)

    def __del__(self, process=os.getpid):
        if self.handle and process() == self._process:
            self._close(self.handle)


def floats(what, array, shape):
    """array as float32 of that shape, copied only where it is of another type or layout."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiu" or array.shape != tuple(shape):
        raise UsageError(
            f"{what}: saw {array.dtype} of shape {array.shape}, wanted float32 of shape {tuple(shape)}"
        )
    return np.ascontiguousarray(array, dtype=np.float32)


def integer(what: str, value, low: int, high: int) -> int:
    """value as an integer between the bounds."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{what}: saw {value!r}, wanted an integer")
    value = value.__index__()
    if not low <= value <= high:
        raise UsageError(f"{what}: saw {value}, wanted {low} to {high}")
    return value
