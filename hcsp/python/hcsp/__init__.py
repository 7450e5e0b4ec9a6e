"""3v3 drone volleyball: teams, matches and policies of hcsp.

>>> import hcsp
>>> hcsp.play("stage3", "stage2", rallies=20)      # points between two teams
>>> env = hcsp.vector_env("serve", num_envs=1024)  # Gymnasium's VectorEnv, where it is installed
>>> hcsp.teams()                                   # names of those that ship
>>> hcsp.Policy("set.safetensors").act(obs)        # rotor commands [n, 4] of observations [n, 43]

Everything runs in C without the interpreter's lock; arrays are numpy's, float32.
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
