"""One match as PettingZoo's ParallelEnv, where that is installed."""

from typing import Any, Dict, List, Optional

import numpy as np

from hcsp._env import Core, Opponent, _names, gymnasium
from hcsp._library import UsageError

try:
    from pettingzoo import ParallelEnv as _Base
except ImportError:
    _Base = object


class ParallelEnv(_Base):
    """One match, rally after rally; made by hcsp.parallel_env.

    agents: "near_passer" ... "far_attacker", against an opponent "passer", "setter", "attacker"; at the level of
    options "near" and "far". Observations, actions and rewards as for MultiAgentEnv, one agent's each, copied; in
    "strategy" an observation is {"observation", "action_mask"}, the mask a tuple with an int8 array per head.
    A rally ends for all agents at once; then comes a reset.
    """

    render_mode = None

    def __init__(self, kind: str, seed: int, opponent: Opponent, config: Dict[str, Any]):
        self._core = core = Core(kind, 1, seed, 1, opponent, config)
        self.metadata = {"name": f"hcsp_{kind}", "render_modes": [], "is_parallelizable": True}
        self.possible_agents: List[str] = _names(core)
        self.agents: List[str] = []
        self._cuts = np.cumsum([len(names) for names in core.option_names])[:-1]
        if gymnasium:
            spaces = gymnasium.spaces
            obs, act = core.single_spaces()
            if core.head_names:
                masks = spaces.Tuple([spaces.MultiBinary(len(names)) for names in core.option_names])
                obs = spaces.Dict({"observation": obs, "action_mask": masks})
            copies = [type(obs)(obs.spaces) if core.head_names else obs for _ in self.possible_agents]
            self.observation_spaces = dict(zip(self.possible_agents, copies))
            self.action_spaces = {agent: core.single_spaces()[1] for agent in self.possible_agents}

    def observation_space(self, agent: str):
        return self.observation_spaces[agent]

    def action_space(self, agent: str):
        return self.action_spaces[agent]

    def _seen(self, rows) -> Dict[str, Any]:
        at, out = self._core.arrays, {}
        for i, agent in enumerate(self.possible_agents):
            out[agent] = rows[0, i].copy()
            if at["legal"] is not None:
                mask = tuple(np.split(at["legal"][0, i].copy(), self._cuts))
                out[agent] = {"observation": out[agent], "action_mask": mask}
        return out

    def reset(self, seed: Optional[int] = None, options: Optional[dict] = None):
        """Begins a rally; with a seed, the one that a new environment of that seed begins."""
        self._core.reset(seed)
        self.agents = list(self.possible_agents)
        return self._seen(self._core.arrays["obs"]), {agent: {} for agent in self.agents}

    def step(self, actions: Dict[str, np.ndarray]):
        """One step of all agents, each of which needs an action."""
        self._core.open()
        if not self.agents:
            raise UsageError(f"{self._core.kind}: step after the end of a rally, wanted a reset")
        missing = [agent for agent in self.agents if agent not in actions]
        if missing or len(actions) != len(self.agents):
            names = ", ".join(map(str, actions)) or "none"
            raise UsageError(f"actions: saw those of {names}, wanted those of {', '.join(self.agents)}")
        try:
            rows = np.stack([np.asarray(actions[agent]) for agent in self.agents])[None]
        except ValueError:
            raise UsageError("actions: saw arrays of several shapes, wanted one") from None
        self._core.step(rows, (1, len(self.agents), self._core.outputs))
        at, agents = self._core.arrays, self.agents
        row = lambda name: dict(zip(agents, at[name][0].tolist()))  # noqa: E731
        terminated, truncated = row("terminated"), row("truncated")
        over = any(terminated.values()) or any(truncated.values())
        obs = self._seen(at["final_obs" if over else "obs"])
        self.agents = [] if over else agents
        infos = {agent: {"seconds": s} for agent, s in row("seconds").items()}
        return obs, row("reward"), terminated, truncated, infos

    def close(self) -> None:
        """Ends its use; closing twice is fine."""
        self._core.close()

    def __repr__(self) -> str:
        return f"hcsp.ParallelEnv({self._core.kind!r})"


def parallel_env(kind: str = "3v3", *, opponent: Opponent = None, seed: int = 1, **config) -> ParallelEnv:
    """One match as PettingZoo's ParallelEnv: "3v3" (rotor commands of six drones) or "strategy" (options).

    opponent and config as for multi_agent_env.
    """
    return ParallelEnv(kind, seed, opponent, config)
