"""3v3 drone volleyball: teams, matches and policies of hcsp.

>>> import hcsp
>>> hcsp.play("stage2", "classical", rallies=20)   # points between two teams
>>> env = hcsp.vector_env("serve", num_envs=1024)  # Gymnasium's VectorEnv, where it is installed
>>> obs, info = env.reset()                        # float32 [1024, 43], in the layout env.obs_layout
>>> policy = hcsp.Policy(hcsp.home() + "/policies/skills/serve.safetensors")
>>> obs, reward, terminated, truncated, info = env.step(policy(obs))  # rotor commands, float32 [1024, 4]

What there is; help(hcsp.play) and so on say the rest:

  play, eval, exploit     points between two teams; of every pair of several; of the worst opponent that is found
  teams, Team, home       names of the teams that ship; one of them; the folder of policies and configurations
  env, vector_env         a skill, or a team that chooses options, as Gymnasium's Env and VectorEnv
  multi_agent_env         many matches side by side, arrays [num_envs, agents, ...]
  parallel_env, sb3_env   one match as PettingZoo's ParallelEnv; a vector_env for Stable-Baselines3
  choose                  options [n, heads] of logits [n, options], of which only the legal ones count
  Policy                  a policy file: act, save (of arrays), from_torch
  Log, Rally              a match log: numpy arrays, pandas, a Minari dataset
  Error                   base of UsageError (an argument), BadInput (a file), DiskFull

Metres, seconds and radians; x runs from the far to the near end of the court, z up. Arrays are numpy's, float32; an
environment's are views of the library's own and change with the next step. C works without the interpreter's lock,
on every core unless `threads` says otherwise, which changes no result. Ctrl-C stops play, eval and exploit at once.
Pages that are named here, as sim/README.md, lie in the folder hcsp.home(); hcsp/python/TUTORIAL.md is the one to begin
with.
"""

from hcsp._library import BadInput, DiskFull, Error, UsageError
from hcsp._env import Env, MultiAgentEnv, VectorEnv, choose, env, multi_agent_env, vector_env
from hcsp._parallel import ParallelEnv, parallel_env
from hcsp._log import Log, Rally
from hcsp._match import Exploit, PlayResult, Standings, Team, eval, exploit, play, teams
from hcsp._policy import Policy
from hcsp._sb3 import sb3_env
from hcsp import _library

__version__ = _library.LIB.hcsp_version().decode()
__commit__ = _library.LIB.hcsp_commit().decode()
__all__ = [
    "BadInput", "DiskFull", "Env", "Error", "Exploit", "Log", "MultiAgentEnv", "ParallelEnv", "PlayResult", "Policy",
    "Rally", "Standings", "Team", "UsageError", "VectorEnv", "choose", "env", "eval", "exploit", "home",
    "multi_agent_env", "parallel_env", "play", "sb3_env", "teams", "vector_env",
]


def home() -> str:
    """Folder of the assets, configurations and policies that are used."""
    import os

    return os.fsdecode(_library.LIB.hcsp_home())
