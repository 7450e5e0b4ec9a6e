"""Environments: many episodes of a skill side by side, as Gymnasium's VectorEnv where it is installed."""

import ctypes as c
from typing import Any, Dict, Optional, Tuple

import numpy as np

from hcsp import _library
from hcsp._library import LIB

try:
    import gymnasium
    from gymnasium.vector.utils import batch_space

    _Base = gymnasium.vector.VectorEnv
    _METADATA = {"autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP, "render_modes": []}
except (ImportError, AttributeError):
    gymnasium, _Base, _METADATA = None, object, {}

_floats = c.POINTER(c.c_float)


class VectorEnv(_Base):
    """num_envs episodes of one skill side by side; made by hcsp.vector_env.

    reset() -> obs, info; step(actions [num_envs, 4]) -> obs, reward, terminated, truncated, info.
    obs float32 [num_envs, inputs] in the layout env.obs_layout (sim/README.md 6), actions float32
    rotor commands: a asks for the thrust (a + 1) / 2 of what the rotor can, clipped to 0..1.
    What is over begins again in the same step (Gymnasium's AutoresetMode.SAME_STEP): obs is then the
    next episode's first; info["final_obs"] holds what would have been seen of truncated episodes.
    Arrays are views of the library's own and change with the next step; copy what is to stay.
    Raises UsageError for actions of another shape and for a closed environment.
    """

    metadata = _METADATA

    def __init__(self, skill: str, num_envs: int, seed: int, threads: int, config: Dict[str, Any]):
        self._handle = None
        self.skill, self.num_envs, self._threads, self._config = skill, num_envs, threads, config
        self._create(seed)
        info = LIB.hcsp_env_info(self._handle).contents
        self.obs_layout: str = info.obs.decode()
        self.step_seconds: float = info.seconds
        self.inputs, self.outputs = info.inputs, info.outputs
        if gymnasium:
            low, high = np.full(self.inputs, -np.inf, np.float32), np.full(self.inputs, np.inf, np.float32)
            self.single_observation_space = gymnasium.spaces.Box(low, high, dtype=np.float32)
            self.single_action_space = gymnasium.spaces.Box(-1.0, 1.0, (self.outputs,), np.float32)
            self.observation_space = batch_space(self.single_observation_space, num_envs)
            self.action_space = batch_space(self.single_action_space, num_envs)

    def _create(self, seed: int) -> None:
        words = [f"{key}={value}".encode() for key, value in self._config.items()]
        array = (c.c_char_p * len(words))(*words)
        options = _library.EnvOptions(
            size=c.sizeof(_library.EnvOptions),
            num_envs=_library.integer("num_envs", self.num_envs, 1, 65536),
            threads=_library.integer("threads", self._threads, 0, 256),
            seed=_library.integer("seed", seed, 0, 2**63 - 1),
            config=array,
            configs=len(words),
        )
        made = _library.handle(LIB.hcsp_env_create, _library.path_bytes(self.skill), c.byref(options))
        self.close()
        self._handle = made
        arrays = LIB.hcsp_env_arrays(made).contents
        inputs = LIB.hcsp_env_info(made).contents.inputs
        n = self.num_envs
        view = np.ctypeslib.as_array
        self._obs, self._final = view(arrays.obs, (n, inputs)), view(arrays.final_obs, (n, inputs))
        self._reward = view(arrays.reward, (n,))
        self._terminated = view(arrays.terminated, (n,)).view(np.bool_)
        self._truncated = view(arrays.truncated, (n,)).view(np.bool_)
        self._fresh = False

    def _open(self):
        if not self._handle:
            raise _library.UsageError(f"{self.skill}: the environment is closed")
        return self._handle

    def reset(self, *, seed: Optional[int] = None, options: Optional[dict] = None) -> Tuple[np.ndarray, dict]:
        """Begins new episodes; with a seed, those that a new environment of that seed begins."""
        handle = self._open()
        if seed is not None:
            self._create(seed)
            handle = self._handle
        _library.call(LIB.hcsp_env_reset, handle)
        self._fresh = True
        return self._obs, {}

    def step(self, actions: np.ndarray):
        handle = self._open()
        if not self._fresh:
            raise _library.UsageError(f"{self.skill}: step before the first reset")
        actions = np.ascontiguousarray(actions, dtype=np.float32)
        if actions.shape != (self.num_envs, self.outputs):
            raise _library.UsageError(
                f"{self.skill}: saw actions of shape {actions.shape}, wanted ({self.num_envs}, {self.outputs})"
            )
        _library.call(LIB.hcsp_env_step, handle, actions.ctypes.data_as(_floats))
        info = {}
        if self._truncated.any():
            info = {"final_obs": self._final, "_final_obs": self._truncated}
        return self._obs, self._reward, self._terminated, self._truncated, info

    def save(self) -> bytes:
        """Everything it holds; load of it goes on with the same bits."""
        handle = self._open()
        state = c.create_string_buffer(LIB.hcsp_env_state_size(handle))
        _library.call(LIB.hcsp_env_save, handle, state)
        return state.raw

    def load(self, state: bytes) -> np.ndarray:
        """Takes up a state of the same skill, configuration, seed and num_envs; returns what it sees."""
        _library.call(LIB.hcsp_env_load, self._open(), state, len(state))
        self._fresh = True
        return self._obs

    def close(self, **kwargs) -> None:
        """Frees it; arrays that it gave are then of no use. Closing twice is fine."""
        handle, self._handle = self._handle, None
        if handle:
            # views must not outlive what they show
            for name in ("_obs", "_final", "_reward", "_terminated", "_truncated"):
                setattr(self, name, None)
            LIB.hcsp_env_close(handle)

    def __repr__(self) -> str:
        return f"hcsp.VectorEnv({self.skill!r}, num_envs={self.num_envs})"

    def __del__(self):
        self.close()


def vector_env(skill: str, num_envs: int = 1, *, seed: int = 1, threads: int = 0, **config) -> VectorEnv:
    """num_envs episodes of a skill of configs/skills side by side ("hover", "serve", "keep_up", ...).

    Episode k of environment i depends on (seed, i, k) and the actions alone. threads: 0 for every
    core; nothing depends on it. config: keys over the skill's file (hcsp train skill NAME
    --help-config lists them), e.g. time_max=6.
    """
    return VectorEnv(skill, num_envs, seed, threads, config)
