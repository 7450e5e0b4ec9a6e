"""Policy files: what they are, and what they do."""

import ctypes as c
import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np

from hcsp import _library
from hcsp._library import LIB, UsageError


class Policy:
    """A policy file (.safetensors, policies/README.md 1): a skill, a strategy or a flat policy.

    kind, name; obs, the observation layout ("strike43"), inputs wide; act, "rotor4", "ctbr4" or the heads
    of a strategy, outputs wide; every: acts each so many control steps of 0.01 s; std: standard
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
            raise UsageError(f"{self.name}: saw shape {rows.shape}, wanted [..., {self.inputs}]")
        out = np.empty(rows.shape[:-1] + (self.outputs,), np.float32)
        floats = c.POINTER(c.c_float)
        n = out.size // self.outputs
        _library.call(
            LIB.hcsp_policy_act, self._handle, out.ctypes.data_as(floats), rows.ctypes.data_as(floats), n
        )
        return out

    @staticmethod
    def save(
        path: Union[str, "os.PathLike[str]"],
        arrays: Mapping[str, np.ndarray],
        *,
        obs: str,
        kind: str = "skill",
        name: Optional[str] = None,
        act: str = "rotor4",
        options: Optional[str] = None,
        every: int = 2,
        activation: str = "tanh",
        squash: str = "none",
        provenance: Optional[Mapping[str, Any]] = None,
        _faults: Sequence[str] = (),
    ) -> "Policy":
        """Writes a policy file of a network's arrays, by the names of policies/README.md 1.1, and loads it.

        "layers.0.weight" [hidden, inputs], "layers.0.bias", ...; "head.weight" [outputs, hidden], "head.bias";
        "log_std" [4] of rotor4; "input.mean" and "input.std", or "input.weight" and "input.bias" (layer norm);
        "layers.0.norm.weight" and ".bias". kind: "skill", "strategy" or "flat"; obs: the layout it sees; act:
        "rotor4", or the heads of a strategy over the table `options`; every: acts each so many steps of 0.01 s.
        Raises UsageError with everything that is wrong at once, and writes nothing then.
        """
        import json

        keep, tensors = [], []
        for key, value in arrays.items():
            array = np.asarray(value)
            if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
                raise UsageError(f"{key}: saw {array.dtype} of shape {array.shape}, wanted float32 of one or two axes")
            array = np.ascontiguousarray(array, dtype=np.float32)
            keep.append(array)
            dim = (c.c_int * 2)(*array.shape)
            data = array.ctypes.data_as(c.POINTER(c.c_float))
            tensors.append(_library.Tensor(str(key).encode(), data, array.ndim, dim))
        hidden: List[int] = []
        while f"layers.{len(hidden)}.weight" in arrays and len(hidden) < 8:
            hidden.append(np.shape(arrays[f"layers.{len(hidden)}.weight"])[0])
        first, head = arrays.get("layers.0.weight"), arrays.get("head.weight")
        text = lambda word: None if word is None else _library.path_bytes(word)  # noqa: E731
        default = os.path.splitext(os.path.basename(os.fspath(path)))[0]
        spec = _library.PolicySpec(
            size=c.sizeof(_library.PolicySpec),
            kind=text(kind),
            name=text(default if name is None else name),
            obs=text(obs),
            act=text(act),
            options=text(options),
            provenance=json.dumps(dict(provenance or {})).encode(),
            every=_library.integer("every", every, 0, 2**31 - 1),
            inputs=np.shape(first)[-1] if np.ndim(first) == 2 else 0,
            outputs=np.shape(head)[0] if np.ndim(head) == 2 else 0,
            layers=len(hidden),
            hidden=(c.c_int * 8)(*hidden),
            input_norm=b"fixed" if "input.mean" in arrays else b"layernorm" if "input.weight" in arrays else b"none",
            activation=text(activation),
            hidden_norm=b"layernorm" if "layers.0.norm.weight" in arrays else b"none",
            squash=text(squash),
            tensor=(_library.Tensor * len(tensors))(*tensors),
            tensors=len(tensors),
        )
        try:
            _library.call(LIB.hcsp_policy_save, None if _faults else _library.path_bytes(path), c.byref(spec))
        except UsageError as why:
            raise UsageError("; ".join([*_faults, str(why)])) from None
        if _faults:
            raise UsageError("; ".join(_faults))
        return Policy(path)

    @staticmethod
    def from_torch(
        path: Union[str, "os.PathLike[str]"],
        module,
        *,
        log_std=None,
        mean=None,
        std=None,
        **words,
    ) -> "Policy":
        """Writes a policy file of a torch.nn.Sequential and loads it.

        module: [LayerNorm], then Linear, Tanh or ELU, [LayerNorm] for each hidden layer, Linear, [Tanh]; nested
        ones are fine. log_std [4] of rotor4; mean and std [inputs]: the observation is normalised by them first.
        words: as for save. Raises UsageError with everything that is wrong at once.
        """
        arrays, found, faults = _torch_arrays(module)
        for key, value in (("log_std", log_std), ("input.mean", mean), ("input.std", std)):
            if value is not None:
                arrays[key] = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        return Policy.save(path, arrays, **{**found, **words}, _faults=faults)

    def __repr__(self) -> str:
        return f"hcsp.Policy({self.name!r}: {self.kind}, {self.obs} -> {self.act_kind})"

    def __del__(self, close=LIB.hcsp_policy_close):
        if self._handle:
            close(self._handle)


def _leaves(module) -> List[Any]:
    children = list(module.children())
    return [leaf for child in children for leaf in _leaves(child)] if children else [module]


def _torch_arrays(module):
    """Arrays by the names of policy files, words of the architecture, and what cannot be written."""
    arrays: Dict[str, np.ndarray] = {}
    words: Dict[str, str] = {}
    faults: List[str] = []
    leaves = [leaf for leaf in _leaves(module) if type(leaf).__name__ not in ("Identity", "Dropout", "Flatten")]
    linears = [leaf for leaf in leaves if type(leaf).__name__ == "Linear"]
    layer, seen = -1, None

    def put(name, leaf):
        for part in ("weight", "bias"):
            value = getattr(leaf, part, None)
            if value is None:
                n = leaf.out_features if hasattr(leaf, "out_features") else leaf.normalized_shape[0]
                arrays[f"{name}.{part}"] = np.ones(n) if part == "weight" else np.zeros(n)
            else:
                arrays[f"{name}.{part}"] = value.detach().cpu().numpy()

    for leaf in leaves:
        kind = type(leaf).__name__
        at_head = bool(linears) and leaf is linears[-1]
        past_head = "head.weight" in arrays
        if kind == "Linear":
            layer += 1
            put("head" if at_head else f"layers.{layer}", leaf)
        elif kind in ("Tanh", "ELU") and past_head:
            words["squash"] = "tanh"
            if kind == "ELU":
                faults.append("squash: saw ELU behind the last Linear, wanted Tanh or nothing")
        elif kind in ("Tanh", "ELU") and layer >= 0:
            word = kind.lower()
            if words.setdefault("activation", word) != word:
                faults.append(f"activation: saw {word} behind layer {layer}, wanted {words['activation']} everywhere")
            if kind == "ELU" and leaf.alpha != 1:
                faults.append(f"activation: saw ELU with alpha {leaf.alpha}, wanted 1")
        elif kind == "LayerNorm" and (layer < 0 or seen in ("Tanh", "ELU")) and not past_head:
            put("input" if layer < 0 else f"layers.{layer}.norm", leaf)
            if leaf.eps != 1e-5:
                faults.append(f"LayerNorm: saw eps {leaf.eps}, wanted 1e-05")
        else:
            faults.append(f"{kind}: saw it behind {seen or 'nothing'}, wanted Linear, Tanh or ELU, LayerNorm in this order")
        seen = kind
    if len(linears) < 2:
        faults.append(f"module: saw {len(linears)} Linear, wanted 2 or more")
    return arrays, words, faults
