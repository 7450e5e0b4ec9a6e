"""hcsp.VectorEnv as a VecEnv of Stable-Baselines3."""

import numpy as np

from hcsp._env import VectorEnv


def sb3_env(env: VectorEnv):
    """env for Stable-Baselines3: a VecMonitor, so that it reports rewards of episodes.

    What is over begins again in the same step, as Stable-Baselines3 has it; arrays are copied, since it keeps
    them. `.envs` is env. Raises ImportError where stable_baselines3 is not installed.
    """
    from stable_baselines3.common.vec_env import VecEnv, VecMonitor

    class Adapter(VecEnv):
        def __init__(self, envs):
            self.envs, self._actions = envs, None
            super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)

        def reset(self):
            seeds = [seed for seed in self._seeds if seed is not None]
            obs, _ = self.envs.reset(seed=seeds[0] if seeds else None)
            self._reset_seeds()
            return obs.copy()

        def step_async(self, actions):
            self._actions = actions

        def step_wait(self):
            obs, reward, terminated, truncated, info = self.envs.step(self._actions)
            over = terminated | truncated
            infos = [{} for _ in range(self.num_envs)]
            for i in np.nonzero(over)[0]:
                infos[i] = {"terminal_observation": info["final_obs"][i].copy(), "TimeLimit.truncated": bool(truncated[i])}
            return obs.copy(), reward.copy(), over, infos

        def close(self):
            self.envs.close()

        def get_attr(self, attr_name, indices=None):
            return [getattr(self.envs, attr_name)] * len(list(self._get_indices(indices)))

        def set_attr(self, attr_name, value, indices=None):
            raise AttributeError(f"{attr_name}: environments of one VectorEnv have no attributes of their own to set")

        def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
            raise AttributeError(f"{method_name}: environments of one VectorEnv have no methods of their own")

        def env_is_wrapped(self, wrapper_class, indices=None):
            return [False] * len(list(self._get_indices(indices)))

    return VecMonitor(Adapter(env))
