#!/usr/bin/env python3
"""Stable-Baselines3 learns in the same environment as the trainer.

    python sb3.py --timesteps 200000
"""
import argparse
import time

import hcsp


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--skill", default="hover")
    p.add_argument("--timesteps", type=int, default=200_000)
    p.add_argument("--num_envs", type=int, default=256)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", default="sb3.safetensors")
    args = p.parse_args()

    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(1)
    env = hcsp.sb3_env(hcsp.vector_env(args.skill, args.num_envs, seed=args.seed, threads=1))
    model = PPO("MlpPolicy", env, n_steps=32, batch_size=2048, n_epochs=4, learning_rate=1e-3, gamma=0.99, seed=args.seed,
                policy_kwargs=dict(net_arch=[64, 64], log_std_init=-1.0), device="cpu", verbose=0)
    begin = time.process_time()
    model.learn(args.timesteps)
    seconds = time.process_time() - begin
    policy = model.policy
    actor = torch.nn.Sequential(*policy.mlp_extractor.policy_net, policy.action_net)
    file = hcsp.Policy.from_torch(args.out, actor, obs=env.envs.obs_layout, log_std=policy.log_std.clamp(max=-2.3))
    rewards = [episode["r"] for episode in model.ep_info_buffer]
    print(f"{file}: {model.num_timesteps / seconds:.0f} steps a CPU second, reward an episode {sum(rewards) / max(1, len(rewards)):.2f}")


if __name__ == "__main__":
    main()
