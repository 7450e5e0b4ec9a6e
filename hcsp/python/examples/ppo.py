#!/usr/bin/env python3
"""PPO in one file, the way of CleanRL: learns to hover on the processor, and writes a policy file that teams can use.

    python ppo.py --out hover.safetensors                      # about 4 CPU minutes
    hcsp eval skill goto --policy hover.safetensors
"""
import argparse
import time

import numpy as np
import torch
from torch import nn

import hcsp


def network(inputs, outputs, gain):
    sizes, layers = [inputs, 64, 64], []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.Tanh()]
    layers.append(nn.Linear(64, outputs))
    for layer in layers[::2]:
        nn.init.orthogonal_(layer.weight, 2**0.5)
        nn.init.zeros_(layer.bias)
    nn.init.orthogonal_(layers[-1].weight, gain)
    return nn.Sequential(*layers)


def log_prob(mean, log_std, action):
    return (-0.5 * ((action - mean) / log_std.exp()) ** 2 - log_std - 0.919).sum(-1)


def measure(actor, seed, episodes=400):
    """Crash rate and final error [m] of the mean command, from 2.5 m around and 60 degrees tilted."""
    env = hcsp.vector_env("hover", episodes, seed=seed, start_wide=0, start_near=0, start_hopeless=0, downwash_share=0)
    obs, _ = env.reset()
    crashed, error = np.zeros(episodes, bool), np.full(episodes, np.nan)
    open_ones = np.ones(episodes, bool)  # the first episode of each environment counts
    while open_ones.any():
        with torch.no_grad():
            obs, _, terminated, truncated, info = env.step(actor(torch.from_numpy(obs)).numpy())
        if "final_obs" in info:  # columns 18 to 20: half of the way to the point
            way = 2 * np.linalg.norm(info["final_obs"][:, 18:21], axis=1)
            error = np.where(open_ones & truncated, way, error)
            crashed |= open_ones & terminated
            open_ones &= ~info["_final_obs"]
    return crashed.mean(), np.nanmean(error)


def learn(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    env = hcsp.vector_env("hover", args.num_envs, seed=args.seed, threads=1, start_hopeless=0)
    actor, critic = network(env.inputs, 4, 0.01), network(env.inputs, 1, 1)
    log_std = nn.Parameter(torch.full((4,), -1.0))
    parameters = [*actor.parameters(), log_std, *critic.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=args.lr, eps=1e-7)
    shape = (args.num_steps, args.num_envs)
    obs_, act_ = torch.zeros(shape + (env.inputs,)), torch.zeros(shape + (4,))
    logp_, rew_, over_, value_ = (torch.zeros(shape) for _ in range(4))
    batch = args.num_steps * args.num_envs
    obs = torch.from_numpy(env.reset()[0])  # shows what the library writes, without a copy
    start, updates = time.process_time(), args.timesteps // batch
    for update in range(updates):
        left = 1 - update / updates
        optimizer.param_groups[0]["lr"] = args.lr * min(1, max(left, 0.02) / 0.7)
        with torch.no_grad():
            for t in range(args.num_steps):
                obs_[t], mean = obs, actor(obs)
                act_[t] = mean + log_std.exp() * torch.randn_like(mean)
                logp_[t], value_[t] = log_prob(mean, log_std, act_[t]), critic(obs).squeeze(-1)
                _, reward, terminated, truncated, info = env.step(act_[t].numpy())
                rew_[t] = torch.from_numpy(reward)
                over_[t] = torch.from_numpy(terminated | truncated)
                if truncated.any():  # only the time ran out: what would have come is worth something
                    after = critic(torch.from_numpy(info["final_obs"][truncated])).squeeze(-1)
                    rew_[t, torch.from_numpy(truncated)] += args.gamma * after
            advantage, last, after = torch.zeros(shape), 0, critic(obs).squeeze(-1)
            for t in reversed(range(args.num_steps)):
                on = 1 - over_[t]
                last = rew_[t] + args.gamma * on * after - value_[t] + args.gamma * args.gae_lambda * on * last
                advantage[t], after = last, value_[t]
        flat = [x.reshape(batch, -1).squeeze(-1) for x in (obs_, act_, logp_, advantage, advantage + value_)]
        for epoch in range(args.epochs):
            for rows in torch.randperm(batch).split(args.minibatch):
                o, a, old, adv, target = (x[rows] for x in flat)
                mean = actor(o)
                ratio = (log_prob(mean, log_std, a) - old).exp()
                adv = (adv - adv.mean()) / (adv.std() + 1e-8)
                surrogate = torch.min(ratio * adv, ratio.clamp(0.8, 1.2) * adv).mean()
                bound = 0.1 * (mean.abs() - 1.05).clamp(min=0).square().sum(-1).mean()
                loss = bound - surrogate + 0.5 * (critic(o).squeeze(-1) - target).square().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
            if (0.5 * (ratio.detach().log() ** 2).mean()) > args.target_kl:
                break
        if update % 20 == 0 or update == updates - 1:
            seconds = time.process_time() - start
            print(f"{(update + 1) * batch:9d} steps  {seconds:5.0f} CPU s  reward a step {rew_.mean():.4f}", flush=True)
    env.close()
    return actor, log_std.detach().clamp(max=-2.3)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in dict(timesteps=11_500_000, num_envs=1024, num_steps=32, epochs=4, minibatch=4096, seed=1).items():
        p.add_argument(f"--{name}", type=int, default=value)
    for name, value in dict(lr=1e-3, gamma=0.99, gae_lambda=0.95, target_kl=0.03).items():
        p.add_argument(f"--{name}", type=float, default=value)
    p.add_argument("--out", default="hover.safetensors")
    args = p.parse_args()
    actor, log_std = learn(args)
    policy = hcsp.Policy.from_torch(args.out, actor, obs="hover27", log_std=log_std, provenance={"made by": "ppo.py"})
    crash, error = measure(policy_module(policy), seed=args.seed + 1000)
    print(f"{args.out}: crashes {100 * crash:.1f} %, error {error:.3f} m, {time.process_time():.0f} CPU s")


def policy_module(policy):
    """The file's network as the loop above calls one."""
    return lambda obs: torch.from_numpy(policy(obs.numpy()))


if __name__ == "__main__":
    main()
