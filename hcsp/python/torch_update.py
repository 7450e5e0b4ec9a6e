#!/usr/bin/env python3
"""Decisions learnt per CPU second, by turns: an update of PPO by PyTorch, and the same by `hcsp bench train`.

    python3 hcsp/python/torch_update.py build/release/bin/hcsp
Networks 43-64-64-4 and 43-64-64-1 with tanh, 32,768 decisions, 4 epochs of 8 minibatches, clipped loss, gradient
length 1, Adam: what hcsp/cli/bench_train.c measures. One thread. Says "skipped" where there is no PyTorch.
"""
import importlib.util
import json
import statistics
import subprocess
import sys
import time

ROWS, BATCHES, EPOCHS, INPUTS, WIDTH, OUTPUTS, TURNS = 32 * 1024, 8, 4, 43, 64, 4, 3


def network(torch, outputs):
    nn = torch.nn
    return nn.Sequential(nn.Linear(INPUTS, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, outputs))


def policy_loss(torch, mean, log_std, action, old, advantage):
    z = (action - mean) * torch.exp(-log_std)
    log_prob = (-0.5 * z * z - log_std - 0.9189385).sum(1)
    ratio = torch.exp(log_prob - old)
    surrogate = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
    over = (mean.abs() - 1.05).clamp(min=0)
    return -surrogate.mean() + 0.1 * (over * over).sum(1).mean()


class Learner:
    def __init__(self, torch):
        torch.set_num_threads(1)
        torch.manual_seed(1)
        self.torch = torch
        self.actor, self.critic = network(torch, OUTPUTS), network(torch, 1)
        self.log_std = torch.nn.Parameter(torch.full((OUTPUTS,), -1.0))
        self.nets = [[*self.actor.parameters(), self.log_std], [*self.critic.parameters()]]
        self.adams = [torch.optim.Adam(net, lr=1e-4, fused=True) for net in self.nets]
        self.obs, self.action = torch.randn(ROWS, INPUTS), torch.randn(ROWS, OUTPUTS)
        self.advantage, self.wanted, self.old = torch.randn(ROWS), torch.randn(ROWS), torch.full((ROWS,), -4.0)

    def learn(self, rows):
        obs = self.obs[rows]
        loss = policy_loss(self.torch, self.actor(obs), self.log_std, self.action[rows], self.old[rows], self.advantage[rows])
        loss = loss + 0.5 * (self.critic(obs)[:, 0] - self.wanted[rows]).square().mean()
        for adam in self.adams:
            adam.zero_grad(set_to_none=True)
        loss.backward()
        for net, adam in zip(self.nets, self.adams):
            self.torch.nn.utils.clip_grad_norm_(net, 1)
            adam.step()

    def rate(self):
        begin = time.process_time()
        with self.torch.no_grad():
            self.critic(self.obs)  # the values that the advantages need
        for _ in range(EPOCHS):
            for rows in self.torch.randperm(ROWS).chunk(BATCHES):
                self.learn(rows)
        return ROWS / (time.process_time() - begin)


def ours(program):
    said = subprocess.run([program, "bench", "train", "--json"], check=True, capture_output=True, text=True).stdout
    return json.loads(said)["update_decisions_per_s"]


def main():
    if not importlib.util.find_spec("torch"):
        print("skipped: no PyTorch here")
        return
    import torch

    learner = Learner(torch)
    learner.rate()
    pairs = [(statistics.median(learner.rate() for _ in range(3)), ours(sys.argv[1])) for _ in range(TURNS)]
    theirs, own = (statistics.median(column) for column in zip(*pairs))
    shares = ", ".join(f"{b / a:.2f}" for a, b in pairs)
    print(f"PyTorch {torch.__version__} {theirs:.0f}, hcsp {own:.0f} decisions a CPU second of updating: {own / theirs:.2f} times ({shares})")


if __name__ == "__main__":
    main()
