"""Environments: skills, the match at the level of rotors, and at the level of options."""

import ctypes as c
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from hcsp import _library
from hcsp._library import LIB, UsageError

try:
    import gymnasium
    from gymnasium.vector.utils import batch_space

    _Base, _Single = gymnasium.vector.VectorEnv, gymnasium.Env
    _METADATA = {"autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP, "render_modes": []}
except (ImportError, AttributeError):
    gymnasium, _Base, _Single, _METADATA = None, object, object, {}

_pointer = c.POINTER(c.c_float)
#: A team by name or path, a rule ("random"), a function of what it sees, or None for the caller himself.
Opponent = Union[str, Callable[..., np.ndarray], None]

_ROLES = ["passer", "setter", "attacker"]


class Core:
    """What all environments here share: the library's arrays, and what acts in an opponent's place.

    Public attributes: kind, num_envs, agents (how many, per environment), inputs, outputs;
    obs_layout (sim/README.md 6); step_seconds (0: steps are of uneven length, see seconds);
    head_names, option_names (lists per head; empty for commands).
    """

    def __init__(self, kind, num_envs, seed, threads, opponent, config):
        self._memory = None
        self.kind, self.num_envs, self._threads, self._config = kind, num_envs, threads, config
        self._function = opponent if callable(opponent) else None
        self._opponent = None if callable(opponent) else getattr(opponent, "which", opponent)
        self._make(seed)
        handle, info = self._memory.handle, LIB.hcsp_env_info(self._memory.handle).contents
        self.obs_layout: str = info.obs.decode()
        self.step_seconds: float = info.seconds
        text = lambda f, *i: f(handle, *i).decode()  # noqa: E731
        self.head_names: List[str] = [text(LIB.hcsp_env_head_name, h) for h in range(info.heads)]
        self.option_names: List[List[str]] = [
            [text(LIB.hcsp_env_option_name, h, i) for i in range(LIB.hcsp_env_options(handle, h))]
            for h in range(info.heads)
        ]

    def _make(self, seed):
        words = [f"{key}={value}".encode() for key, value in self._config.items()]
        options = _library.EnvOptions(
            size=c.sizeof(_library.EnvOptions),
            num_envs=_library.integer("num_envs", self.num_envs, 1, 65536),
            threads=_library.integer("threads", self._threads, 0, 256),
            seed=_library.integer("seed", seed, 0, 2**63 - 1),
            config=(c.c_char_p * len(words))(*words),
            configs=len(words),
            opponent=None if self._opponent is None else _library.path_bytes(self._opponent),
        )
        kind = _library.path_bytes(self.kind)
        made = _library.handle(LIB.hcsp_env_create, kind, c.byref(options))
        self._memory = memory = _library.Memory(made, LIB.hcsp_env_close, self.kind)
        info, at = LIB.hcsp_env_info(made).contents, LIB.hcsp_env_arrays(made).contents
        n, all_agents = info.num_envs, info.agents
        if self._function and all_agents == 1:
            raise UsageError(f"opponent: saw a function, wanted none for the skill {self.kind}")
        self.agents = all_agents // 2 if self._function else all_agents
        self.inputs, self.outputs = info.inputs, info.outputs
        rows = (n, all_agents)
        show = lambda name, *shape: memory.view(getattr(at, name), rows + shape)  # noqa: E731
        flags = lambda name, *shape: memory.view(getattr(at, name), rows + shape, np.bool_)  # noqa: E731
        self._all = {
            "obs": show("obs", info.inputs),
            "final_obs": show("final_obs", info.inputs),
            "reward": show("reward"),
            "seconds": show("seconds"),
            "terminated": flags("terminated"),
            "truncated": flags("truncated"),
            "masked": flags("mask"),
            "legal": memory.view(at.legal, rows + (info.options,), np.int8) if info.options else None,
        }
        own = slice(0, self.agents)
        self.arrays = {k: None if a is None else a[:, own] for k, a in self._all.items()}
        self._actions = np.zeros(rows + (info.outputs,), np.float32)
        self._fresh = False

    def open(self):
        if not self._memory:
            raise UsageError(f"{self.kind}: the environment is closed")
        return self._memory

    def reset(self, seed):
        memory = self.open()
        if seed is not None:
            with memory:
                self._make(seed)
            memory = self._memory
        with memory as handle:
            _library.call(LIB.hcsp_env_reset, handle)
        self._fresh = True

    def _ask(self, acts):
        others = slice(self.agents, None)
        seen = self._all["obs"][:, others]
        if self._all["legal"] is None:
            acts[:, others] = _library.floats("opponent", self._function(seen), acts[:, others].shape)
        else:
            legal = self._all["legal"][:, self.agents]
            acts[:, self.agents] = _library.floats(
                "opponent", self._function(seen[:, 0], legal), acts[:, self.agents].shape
            )

    def step(self, actions, shape):
        with self.open() as handle:
            if not self._fresh:
                raise UsageError(f"{self.kind}: step before the first reset")
            acts = _library.floats(f"{self.kind}: actions", actions, shape)
            if self._function:
                self._actions[:, : self.agents] = acts.reshape(self.num_envs, self.agents, self.outputs)
                self._ask(self._actions)
                acts = self._actions
            _library.call(LIB.hcsp_env_step, handle, acts.ctypes.data_as(_pointer))

    def save(self) -> bytes:
        with self.open() as handle:
            state = c.create_string_buffer(LIB.hcsp_env_state_size(handle))
            _library.call(LIB.hcsp_env_save, handle, state)
        return state.raw

    def load(self, state: bytes) -> None:
        if not isinstance(state, bytes):
            raise TypeError(f"load: saw {type(state).__name__}, wanted the bytes that save gave")
        with self.open() as handle:
            _library.call(LIB.hcsp_env_load, handle, state, len(state))
        self._fresh = True

    def close(self):
        # the memory goes with the last array that shows it
        self._memory = self._all = self.arrays = None

    def single_spaces(self):
        box = gymnasium.spaces.Box
        obs = box(-np.inf, np.inf, (self.inputs,), np.float32)
        if self.head_names:
            return obs, gymnasium.spaces.MultiDiscrete([len(names) for names in self.option_names])
        return obs, box(-1.0, 1.0, (self.outputs,), np.float32)


def choose(logits: np.ndarray, legal: np.ndarray, heads: List[int], rng: Optional[np.random.Generator] = None):
    """Options [..., heads] of logits [..., options], of which only the legal ones count.

    heads: how many options each head has. The largest legal logit, or with rng a draw from their softmax.
    """
    if not logits.shape[-1] == legal.shape[-1] == sum(heads):
        raise UsageError(f"choose: saw {logits.shape[-1]} logits and {legal.shape[-1]} flags, wanted {sum(heads)} options")
    out, first = np.empty(logits.shape[:-1] + (len(heads),), np.int64), 0
    for head, n in enumerate(heads):
        of_head = np.where(legal[..., first : first + n] != 0, logits[..., first : first + n], -np.inf)
        if rng is not None:  # Gumbel's trick
            of_head = of_head + rng.gumbel(size=of_head.shape)
        out[..., head] = of_head.argmax(-1)
        first += n
    return out


class _Shared:
    """Methods that are the same for one and for several agents."""

    _core: Core

    @property
    def heads(self) -> List[int]:
        """Options of each head of an action; empty where actions are commands."""
        return [len(names) for names in self._core.option_names]

    def save(self) -> bytes:
        """Everything it holds; load of it goes on with the same bits."""
        return self._core.save()

    def close(self, **kwargs) -> None:
        """Ends its use; closing twice is fine. Arrays that it gave stay readable."""
        self._core.close()

    def __getattr__(self, name):
        if name in ("kind", "obs_layout", "step_seconds", "head_names", "option_names", "inputs", "outputs"):
            return getattr(self._core, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"hcsp.{type(self).__name__}({self._core.kind!r}, num_envs={self._core.num_envs})"


class VectorEnv(_Shared, _Base):
    """num_envs episodes side by side, one agent each; made by hcsp.vector_env.

    reset() -> obs, info; step(actions) -> obs, reward, terminated, truncated, info, arrays of num_envs rows.
    obs: float32 [num_envs, inputs] in the layout env.obs_layout (sim/README.md 6).
    actions, skills: float32 [num_envs, 4], rotor commands: a asks for the thrust (a + 1) / 2 of what the rotor
    can, clipped to 0..1. actions, "strategy": integers [num_envs, heads], an option of each head that is legal
    by info["action_mask"], int8 [num_envs, options of all heads side by side]; info["seconds"] is how long the
    step took.
    What is over begins again in the same step (Gymnasium's AutoresetMode.SAME_STEP): obs is then the next
    episode's first; info["final_obs"] holds what would have been seen of episodes that are over.
    Arrays are views of the library's own and change with the next step; copy what is to stay.
    Attributes: kind, num_envs; inputs and outputs, the widths of obs and actions; obs_layout ("strike43");
    step_seconds (0: uneven, see info["seconds"]); heads, head_names and option_names, lists that are empty where
    actions are commands.
    Raises UsageError for actions of another shape or type, options that are not legal, a closed environment,
    and for use from two threads at once or after a fork.
    """

    metadata = _METADATA

    def __init__(self, kind, num_envs, seed, threads, opponent, config):
        self._core = core = Core(kind, num_envs, seed, threads, opponent, config)
        self.num_envs = num_envs
        if core.agents != 1:
            raise UsageError(
                f"{kind}: has {core.agents} agents, wanted one; name an opponent or use multi_agent_env"
            )
        self._shape = (num_envs, core.outputs)
        if gymnasium:
            self.single_observation_space, self.single_action_space = core.single_spaces()
            self.observation_space = batch_space(self.single_observation_space, num_envs)
            self.action_space = batch_space(self.single_action_space, num_envs)

    def _info(self) -> Dict[str, Any]:
        at = self._core.arrays
        if at["legal"] is None:
            return {}
        return {"action_mask": at["legal"][:, 0], "seconds": at["seconds"][:, 0]}

    def reset(self, *, seed: Optional[int] = None, options: Optional[dict] = None) -> Tuple[np.ndarray, dict]:
        """Begins new episodes; with a seed, those that a new environment of that seed begins."""
        if options and "reset_mask" in options:
            raise UsageError("options: saw reset_mask; what is over begins again by itself here")
        self._core.reset(seed)
        return self._core.arrays["obs"][:, 0], self._info()

    def step(self, actions: np.ndarray):
        """One step of every environment; see the class."""
        self._core.step(actions, self._shape)
        at, info = self._core.arrays, self._info()
        terminated, truncated = at["terminated"][:, 0], at["truncated"][:, 0]
        over = terminated | truncated
        if over.any():
            info.update(final_obs=at["final_obs"][:, 0], _final_obs=over)
        return at["obs"][:, 0], at["reward"][:, 0], terminated, truncated, info

    def load(self, state: bytes) -> np.ndarray:
        """Takes up a state of the same kind, configuration, opponent, seed and num_envs; returns obs."""
        self._core.load(state)
        return self._core.arrays["obs"][:, 0]


class MultiAgentEnv(_Shared):
    """num_envs matches side by side with several agents each; made by hcsp.multi_agent_env.

    reset() -> obs, info; step(actions) -> obs, reward, terminated, truncated, info, arrays [num_envs, agents, ...].
    "3v3": obs float32 [num_envs, agents, 57], actions float32 rotor commands [num_envs, agents, 4], each held
    for 0.02 s. "strategy": obs float32 [num_envs, 2, inputs], actions integers [num_envs, 2, heads] that are
    legal by info["action_mask"], int8 [num_envs, 2, options]; info["seconds"] says how long the step took.
    agent_names says who the agents are, num_agents how many. The rest is as for VectorEnv.
    """

    def __init__(self, kind, num_envs, seed, threads, opponent, config):
        self._core = core = Core(kind, num_envs, seed, threads, opponent, config)
        self.num_envs, self.num_agents = num_envs, core.agents
        self.agent_names = _names(core)
        self._shape = (num_envs, core.agents, core.outputs)
        if gymnasium:
            self.single_observation_space, self.single_action_space = core.single_spaces()

    def _info(self) -> Dict[str, Any]:
        at = self._core.arrays
        return {} if at["legal"] is None else {"action_mask": at["legal"], "seconds": at["seconds"]}

    def reset(self, *, seed: Optional[int] = None) -> Tuple[np.ndarray, dict]:
        """Begins new rallies; with a seed, those that a new environment of that seed begins."""
        self._core.reset(seed)
        return self._core.arrays["obs"], self._info()

    def step(self, actions: np.ndarray):
        """One step of every match; see the class."""
        self._core.step(actions, self._shape)
        at, info = self._core.arrays, self._info()
        over = at["terminated"] | at["truncated"]
        if over.any():
            info.update(final_obs=at["final_obs"], _final_obs=over)
        return at["obs"], at["reward"], at["terminated"], at["truncated"], info

    def load(self, state: bytes) -> np.ndarray:
        """As VectorEnv.load."""
        self._core.load(state)
        return self._core.arrays["obs"]


def _names(core: Core) -> List[str]:
    one = ["team"] if core.head_names else _ROLES if core.agents >= 3 else ["drone"]
    if core.agents == len(one):
        return list(one)
    return [side if core.head_names else f"{side}_{name}" for side in ("near", "far") for name in one]


class Env(_Shared, _Single):
    """One episode of a skill after another, as Gymnasium's Env; made by hcsp.env.

    As VectorEnv with one row, without it: obs float32 [inputs], action float32 [4], arrays are copies. Nothing
    begins again by itself: after the end of an episode comes a reset.
    """

    metadata = {"render_modes": []}
    render_mode = None

    def __init__(self, kind, seed, opponent, config):
        self._core = core = Core(kind, 1, seed, 1, opponent, config)
        if core.agents != 1:
            raise UsageError(f"{kind}: has {core.agents} agents, wanted one; name an opponent")
        self._over = True
        if gymnasium:
            self.observation_space, self.action_space = core.single_spaces()

    def _info(self) -> Dict[str, Any]:
        at = self._core.arrays
        if at["legal"] is None:
            return {}
        return {"action_mask": at["legal"][0, 0].copy(), "seconds": float(at["seconds"][0, 0])}

    def reset(self, *, seed: Optional[int] = None, options: Optional[dict] = None):
        """Begins an episode; with a seed, the one that a new environment of that seed begins."""
        if gymnasium:
            super().reset(seed=seed)
        self._core.reset(seed)
        self._over = False
        return self._core.arrays["obs"][0, 0].copy(), self._info()

    def step(self, action):
        """One step; see the class."""
        self._core.open()
        if self._over:
            raise UsageError(f"{self._core.kind}: step after the end of an episode, wanted a reset")
        action = np.asarray(action)
        self._core.step(action.reshape((1,) + action.shape), (1, self._core.outputs))
        at = self._core.arrays
        terminated, truncated = bool(at["terminated"][0, 0]), bool(at["truncated"][0, 0])
        self._over = terminated or truncated
        obs = at["final_obs" if self._over else "obs"][0, 0].copy()
        return obs, float(at["reward"][0, 0]), terminated, truncated, self._info()


def env(kind: str, *, opponent: Opponent = None, seed: int = 1, **config) -> Env:
    """One episode after another of a skill, or of "strategy" against an opponent, as Gymnasium's Env."""
    return Env(kind, seed, opponent, config)


def vector_env(
    kind: str, num_envs: int = 1, *, opponent: Opponent = None, seed: int = 1, threads: int = 0, **config
) -> VectorEnv:
    """num_envs episodes side by side of a skill of configs/skills ("hover", "serve", "keep_up", ...), or of
    "strategy" against an opponent.

    Episode k of environment i depends on (seed, i, k) and the actions alone. threads: 0 for every core; nothing
    depends on it. config: keys over the file of configs/skills or configs/strategy (hcsp train skill NAME
    --help-config lists them), e.g. time_max=6, or team="stage2" whose skills and options the caller has.
    opponent of "strategy": a shipped team, a .yaml file or a run folder; "random", "bot_plus" or another rule
    with the caller's skills; or a function f(obs [num_envs, inputs], action_mask [num_envs, options]) -> options
    [num_envs, heads], called once a step for all matches.
    """
    return VectorEnv(kind, num_envs, seed, threads, opponent, config)


def multi_agent_env(
    kind: str = "3v3", num_envs: int = 1, *, opponent: Opponent = None, seed: int = 1, threads: int = 0, **config
) -> MultiAgentEnv:
    """num_envs matches side by side, all agents at once: "3v3" (rotor commands of six drones) or "strategy"
    (both teams' options).

    opponent: None for the caller himself; else the agents are those of one team. A function is
    f(obs [num_envs, 3, 57]) -> commands [num_envs, 3, 4] in "3v3", e.g. a flat hcsp.Policy, and as for
    vector_env in "strategy". config: keys over configs/flat or configs/strategy, e.g. hit_reward=1. The rest as
    for vector_env.
    """
    return MultiAgentEnv(kind, num_envs, seed, threads, opponent, config)
