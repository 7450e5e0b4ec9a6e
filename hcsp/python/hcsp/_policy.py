"""Policy files: what they are, and what they do."""

import ctypes as c
import os
from typing import Optional, Union

import numpy as np

from hcsp import _library
from hcsp._library import LIB


class Policy:
    """A policy file (.safetensors, policies/README.md 1): a skill, a strategy or a flat policy.

    kind, name; obs, the observation layout ("strike43"), inputs wide; act, "rotor4" or the heads of
    a strategy, outputs wide; every: acts each so many control steps of 0.01 s; std: standard
    deviations [outputs] with which it samples, or None.
    Raises BadInput when the file is not whole.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"]):
        self._handle = None
        self._handle = _library.handle(LIB.hcsp_policy_load, _library.path_bytes(path))
        info = LIB.hcsp_policy_info(self._handle).contents
        self.kind: str = info.kind.decode()
        self.name: str = info.name.decode()
        self.obs: str = info.obs.decode()
        self.act_kind: str = info.act.decode()
        self.inputs: int = info.inputs
        self.outputs: int = info.outputs
        self.every: int = info.every
        self.std: Optional[np.ndarray] = (
            np.ctypeslib.as_array(info.std, (self.outputs,)).copy() if info.std else None
        )

    def __call__(self, obs: np.ndarray) -> np.ndarray:
        return self.act(obs)

    def act(self, obs: np.ndarray) -> np.ndarray:
        """Mean rotor commands [..., 4], or logits of the heads side by side, of obs [..., inputs].

        A rotor command a asks for the thrust (a + 1) / 2 of what the rotor can, clipped to 0..1.
        """
        rows = np.ascontiguousarray(obs, dtype=np.float32)
        if rows.ndim == 0 or rows.shape[-1] != self.inputs:
            raise _library.UsageError(f"{self.name}: saw shape {rows.shape}, wanted [..., {self.inputs}]")
        out = np.empty(rows.shape[:-1] + (self.outputs,), np.float32)
        floats = c.POINTER(c.c_float)
        n = out.size // self.outputs
        _library.call(
            LIB.hcsp_policy_act, self._handle, out.ctypes.data_as(floats), rows.ctypes.data_as(floats), n
        )
        return out

    def __repr__(self) -> str:
        return f"hcsp.Policy({self.name!r}: {self.kind}, {self.obs} -> {self.act_kind})"

    def __del__(self, close=LIB.hcsp_policy_close):
        if self._handle:
            close(self._handle)
