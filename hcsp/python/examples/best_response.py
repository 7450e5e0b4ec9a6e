#!/usr/bin/env python3
"""A best response at the level of options: PPO whose choices are masked, against a team that does not learn.

    python best_response.py --opponent stage2 --timesteps 60000
"""
import argparse
import time

import numpy as np
import torch
from torch import nn

import hcsp


class Chooser(nn.Module):
    """Logits of all heads side by side, and the value, of what a team sees."""

    def __init__(self, inputs, heads):
        super().__init__()
        self.heads = heads
        self.actor = nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, sum(heads)))
        self.critic = nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
        nn.init.zeros_(self.actor[-1].weight)  # begins as uniform over what is legal

    def distributions(self, obs, legal):
        logits = self.actor(obs).masked_fill(~legal, -1e9)
        return [torch.distributions.Categorical(logits=part) for part in logits.split(self.heads, -1)]


def play(net, args, rallies, seed):
    """What the network wins against the opponent, drawing from its distribution."""
    rng = np.random.default_rng(seed)

    def function(obs, mask):
        with torch.no_grad():
            return hcsp.choose(net.actor(torch.from_numpy(np.ascontiguousarray(obs))).numpy(), mask, net.heads, rng)

    return hcsp.play(function, args.opponent, rallies, seed=seed, skills=args.team)


def learn(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    env = hcsp.vector_env("strategy", args.num_envs, opponent=args.opponent, seed=args.seed, team=args.team, physics="flight")
    net = Chooser(env.inputs, env.heads)
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
    obs, info = env.reset()
    for update in range(args.timesteps // (args.num_steps * args.num_envs)):
        obs_, legal_, act_, logp_, value_, rew_, gamma_ = ([] for _ in range(7))
        for _ in range(args.num_steps):
            with torch.no_grad():
                seen, legal = torch.tensor(obs), torch.tensor(info["action_mask"]).bool()
                draws = net.distributions(seen, legal)
                action = torch.stack([d.sample() for d in draws], -1)
                logp_.append(sum(d.log_prob(a) for d, a in zip(draws, action.unbind(-1))))
                value_.append(net.critic(seen).squeeze(-1))
            obs, reward, terminated, truncated, info = env.step(action.numpy())
            obs_.append(seen), legal_.append(legal), act_.append(action), rew_.append(torch.tensor(reward))
            # steps are of uneven length: what comes later counts less by the seconds until then
            on = torch.from_numpy(~(terminated | truncated)).float()
            gamma_.append(on * torch.exp(-torch.tensor(info["seconds"]) / 20))
        with torch.no_grad():
            last, after, advantage = 0, net.critic(torch.tensor(obs)).squeeze(-1), [None] * args.num_steps
            for t in reversed(range(args.num_steps)):
                last = rew_[t] + gamma_[t] * after - value_[t] + gamma_[t] * 0.95 * last
                advantage[t], after = last, value_[t]
        o, m, a, old, adv, value = (torch.cat(x) for x in (obs_, legal_, act_, logp_, advantage, value_))
        target, adv = adv + value, (adv - adv.mean()) / (adv.std() + 1e-8)
        for _ in range(4):
            for rows in torch.randperm(len(o)).split(1024):
                draws = net.distributions(o[rows], m[rows])
                logp = sum(d.log_prob(x) for d, x in zip(draws, a[rows].unbind(-1)))
                entropy = sum(d.entropy() for d in draws).mean()
                ratio = (logp - old[rows]).exp()
                surrogate = torch.min(ratio * adv[rows], ratio.clamp(0.8, 1.2) * adv[rows]).mean()
                loss = 0.5 * (net.critic(o[rows]).squeeze(-1) - target[rows]).square().mean() - surrogate - 0.02 * entropy
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 0.5)
                optimizer.step()
        ends = torch.cat(rew_)
        won, lost = int((ends > 0).sum()), int((ends < 0).sum())
        print(f"{(update + 1) * len(o):8d} decisions  {time.process_time():5.0f} CPU s  {won} : {lost}", flush=True)
    return net


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in dict(timesteps=60_000, num_envs=256, num_steps=16, seed=1, rallies=400).items():
        p.add_argument(f"--{name}", type=int, default=value)
    p.add_argument("--lr", type=float, default=7e-4)
    p.add_argument("--opponent", default="stage2")
    p.add_argument("--team", default="stage2", help="whose skills and options the response has")
    args = p.parse_args()
    net = learn(args)
    result = play(net, args, args.rallies, args.seed + 1000)
    print(f"wins {100 * result.near_win_rate:.1f} % ({100 * result.low:.1f} to {100 * result.high:.1f}) "
          f"of {result.rallies} rallies against {args.opponent}")


if __name__ == "__main__":
    main()
