#!/usr/bin/env python3
"""The Python package over libhcsp.so: points as `hcsp play` counts them, networks as numpy computes
them from the file, and a sentence for every wrong argument.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_python.py HCSP
Exit code 77: numpy is not installed
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import threading
import unittest

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)

import hcsp

HOME = pathlib.Path(hcsp.home())


def tensors(path):
    """The arrays of a safetensors file, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    meta = header.pop("__metadata__")
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*t["data_offsets"])], np.float32).reshape(t["shape"])
        for name, t in header.items()
    }, meta


def norm(x, weight, bias):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-5) * weight + bias


def forward(path, obs):
    """The network of a policy file in float64 (policies/README.md 1.1)."""
    t, meta = tensors(path)
    return forward_arrays(t, json.loads(meta["arch"]), obs)


def forward_arrays(t, arch, obs):
    x = obs.astype(np.float64)
    if arch["input_norm"] == "layernorm":
        x = norm(x, t["input.weight"], t["input.bias"])
    elif arch["input_norm"] == "fixed":
        x = (x - t["input.mean"]) / t["input.std"]
    for i in range(len(arch["hidden"])):
        x = x @ t[f"layers.{i}.weight"].T.astype(np.float64) + t[f"layers.{i}.bias"]
        x = np.tanh(x) if arch["activation"] == "tanh" else np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        if arch["hidden_norm"] == "layernorm":
            x = norm(x, t[f"layers.{i}.norm.weight"], t[f"layers.{i}.norm.bias"])
    x = x @ t["head.weight"].T.astype(np.float64) + t["head.bias"]
    return {"none": x, "tanh": np.tanh(x), "clip": np.clip(x, -1, 1)}[arch["squash"]]


class Play(unittest.TestCase):
    def test_points_are_those_of_the_program(self):
        seen = hcsp.play("stage3", "stage1_plus", rallies=6, seed=3, threads=1)
        command = [PROGRAM, "play", "-n", "stage3", "-f", "stage1_plus", "-N", "6", "-s", "3", "--json"]
        wanted = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self.assertEqual(seen.rallies, 6)
        self.assertEqual([seen.near_wins, seen.far_wins, seen.draws], [wanted["near"], wanted["far"], wanted["draws"]])
        self.assertAlmostEqual(seen.near_win_rate, wanted["near_win_rate"], 6)
        self.assertAlmostEqual(seen.touches, wanted["hits_mean"], 6)
        self.assertEqual(seen, hcsp.play("stage3", "stage1_plus", rallies=6, seed=3, threads=2))
        self.assertTrue(0 <= seen.low <= seen.near_win_rate <= seen.high <= 1)

    def test_teams(self):
        names = hcsp.teams()
        self.assertEqual(names, sorted(p.stem for p in (HOME / "policies/teams").glob("*.yaml")))
        self.assertEqual(hcsp.Team(HOME / "policies/teams/stage2.yaml").name, "stage2")

    def test_a_log_is_written(self):
        shutil.rmtree("python-log", ignore_errors=True)
        hcsp.play("classical", "classical", rallies=1, log="python-log")
        self.assertTrue(list(pathlib.Path("python-log").glob("*.h5")))
        with self.assertRaisesRegex(hcsp.Error, "python-log"):
            hcsp.play("classical", "classical", rallies=1, log="python-log")

    def test_several_threads(self):
        results = [None] * 4

        def run(i):
            results[i] = hcsp.play("stage1", "classical", rallies=2, threads=1)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(results)), 1)
        self.assertIsNotNone(results[0])

    def test_misuse(self):
        for arguments, kind, words in [
            (("nobody", "stage2"), hcsp.UsageError, "nobody"),
            (("stage3", 5), TypeError, "int"),
            (("stage3", "a\0b"), hcsp.UsageError, "character 0"),
            (("stage3", "stage2", 0), hcsp.UsageError, "rallies: saw 0"),
            (("stage3", "stage2", 1.5), TypeError, "rallies: saw 1.5"),
            (("stage3", "stage2", True), TypeError, "rallies: saw True"),
            (("stage3", "stage2", 10**30), hcsp.UsageError, "rallies"),
        ]:
            with self.assertRaisesRegex(kind, words):
                hcsp.play(*arguments)
        for options in [{"seed": -1}, {"threads": 1000}, {"rules": "tennis"}]:
            with self.assertRaises(hcsp.UsageError):
                hcsp.play("stage3", "stage2", 1, **options)
        with self.assertRaises(hcsp.BadInput):
            hcsp.Team(HOME / "policies/README.yaml")


class Policies(unittest.TestCase):
    def test_networks_are_those_of_the_file(self):
        rng = np.random.default_rng(1)
        for path in sorted((HOME / "policies").glob("*/s*t*.safetensors"))[:12] + sorted((HOME / "policies/flat").glob("*.safetensors"))[:2]:
            policy = hcsp.Policy(path)
            obs = rng.standard_normal((70, policy.inputs)).astype(np.float32)
            wanted = forward(path, obs)
            self.assertEqual(policy(obs).shape, wanted.shape)
            np.testing.assert_allclose(policy(obs), wanted, atol=2e-4 * (1 + np.abs(wanted).max()))
            # rows do not depend on each other, shapes lead, other types are converted
            self.assertTrue(np.array_equal(policy(obs)[7], policy(obs[7])))
            self.assertEqual(policy(np.zeros((2, 3, policy.inputs))).shape, (2, 3, policy.outputs))
            self.assertEqual(policy(np.zeros((0, policy.inputs))).shape, (0, policy.outputs))

    def test_what_it_is(self):
        policy = hcsp.Policy(HOME / "policies/skills/set.safetensors")
        arrays, meta = tensors(HOME / "policies/skills/set.safetensors")
        self.assertEqual((policy.kind, policy.obs, policy.act_kind), ("skill", meta["obs"], "rotor4"))
        self.assertEqual((policy.inputs, policy.outputs, policy.every), (43, 4, int(meta["every"])))
        np.testing.assert_allclose(policy.std, np.exp(arrays["log_std"]), rtol=1e-6)

    def test_misuse(self):
        with self.assertRaisesRegex(hcsp.BadInput, "README.md"):
            hcsp.Policy(HOME / "policies/README.md")
        with self.assertRaisesRegex(hcsp.Error, "nowhere"):
            hcsp.Policy("nowhere.safetensors")
        policy = hcsp.Policy(HOME / "policies/skills/set.safetensors")
        for shape in [(), (42,), (3, 44), (43, 3)]:
            with self.assertRaisesRegex(hcsp.UsageError, "wanted"):
                policy(np.zeros(shape))
        with self.assertRaises((TypeError, ValueError)):
            policy("forty-three numbers")


class Environments(unittest.TestCase):
    def roll(self, env, steps, seed=None):
        """Rows, rewards and ends of some steps with actions of their own randomness."""
        rng, seen = np.random.default_rng(3), []
        env.reset(seed=seed)
        for _ in range(steps):
            actions = rng.uniform(-1, 1, (env.num_envs, env.outputs)).astype(np.float32)
            seen.append(tuple(x.copy() for x in env.step(actions)[:4]))
        return seen

    def same(self, a, b):
        return all(np.array_equal(x, y) for one, other in zip(a, b) for x, y in zip(one, other))

    def test_same_seed_same_bits(self):
        one = self.roll(hcsp.vector_env("serve", 70, seed=5, threads=1), 40)
        self.assertTrue(self.same(one, self.roll(hcsp.vector_env("serve", 70, seed=5, threads=3), 40)))
        self.assertTrue(self.same(one, self.roll(hcsp.vector_env("serve", 70, seed=9), 40, seed=5)))
        self.assertFalse(self.same(one, self.roll(hcsp.vector_env("serve", 70, seed=6), 40)))

    def test_an_environment_does_not_know_its_neighbours(self):
        many = self.roll(hcsp.vector_env("hover", 8, seed=2), 30)
        env, rng = hcsp.vector_env("hover", 1, seed=2), np.random.default_rng(3)
        env.reset()
        for obs, reward, terminated, truncated in many:
            actions = rng.uniform(-1, 1, (8, 4)).astype(np.float32)
            seen = env.step(actions[:1])
            self.assertTrue(np.array_equal(seen[0][0], obs[0]) and seen[1][0] == reward[0])

    def test_a_state_goes_on(self):
        env = hcsp.vector_env("attack", 9, seed=4)
        self.roll(env, 25)
        state, actions = env.save(), np.full((9, 4), 0.1, np.float32)
        wanted = [env.step(actions)[0].copy() for _ in range(30)]
        with self.assertRaisesRegex(hcsp.UsageError, "a state of another environment"):
            hcsp.vector_env("attack", 9, seed=77).load(state)
        other = hcsp.vector_env("attack", 9, seed=4)
        other.load(state)
        for rows in wanted:
            self.assertTrue(np.array_equal(other.step(actions)[0], rows))

    def test_the_shipped_serve_serves(self):
        env = hcsp.vector_env("serve", 200, seed=3)
        policy = hcsp.Policy(HOME / "policies/skills/serve.safetensors")
        self.assertEqual((env.obs_layout, env.step_seconds), (policy.obs, policy.every * 0.01))
        obs, _ = env.reset()
        learned = idle = 0.0
        for _ in range(150):
            obs, reward, *_ = env.step(policy(obs))
            learned += reward.sum()
        env.reset()
        for _ in range(150):
            idle += env.step(np.full((200, 4), -1, np.float32))[1].sum()
        self.assertGreater(learned, 1000)
        self.assertGreater(learned, idle + 1000)

    def test_time_that_runs_out_is_no_end(self):
        env = hcsp.vector_env("hover", 5, seed=1, time_min=1, time_max=1)
        policy = hcsp.Policy(HOME / "policies/skills/hover.safetensors")
        obs, _ = env.reset()
        ended = 0
        for _ in range(round(1.2 / env.step_seconds)):
            before = obs.copy()
            obs, reward, terminated, truncated, info = env.step(policy(obs))
            if truncated.any():
                ended += int(truncated.sum())
                rows = np.nonzero(truncated)[0]
                self.assertTrue(np.array_equal(info["_final_obs"], truncated))
                # what would have come next is near what was, the next episode's start is elsewhere
                was = np.abs(info["final_obs"][rows] - before[rows]).max(1)
                jump = np.abs(obs[rows] - before[rows]).max(1)
                self.assertTrue((was < jump).all())
                self.assertFalse(terminated[rows].any())
        self.assertGreaterEqual(ended, 3)  # a start may crash

    def test_arrays_are_the_librarys_own(self):
        env = hcsp.vector_env("hover", 3)
        obs, _ = env.reset()
        self.assertIs(env.step(np.zeros((3, 4)))[0].base, obs.base)
        self.assertEqual((obs.dtype, obs.shape), (np.float32, (3, 27)))

    def test_gymnasium(self):
        try:
            import gymnasium
        except ImportError:
            self.skipTest("gymnasium is not installed")
        env = hcsp.vector_env("hover", 6)
        self.assertIsInstance(env, gymnasium.vector.VectorEnv)
        obs, info = env.reset(seed=3)
        self.assertIn(obs, env.observation_space)
        obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
        self.assertIn(obs, env.observation_space)
        self.assertEqual([x.shape for x in (reward, terminated, truncated)], [(6,)] * 3)
        self.assertEqual((terminated.dtype, truncated.dtype), (bool, bool))

    def test_misuse(self):
        env = hcsp.vector_env("hover", 2)
        with self.assertRaisesRegex(hcsp.UsageError, "before the first reset"):
            env.step(np.zeros((2, 4)))
        env.reset()
        for shape in [(4,), (2, 3), (4, 2), (2, 4, 1)]:
            with self.assertRaisesRegex(hcsp.UsageError, "wanted .2, 4"):
                env.step(np.zeros(shape))
        with self.assertRaises((TypeError, ValueError)):
            env.step([["a"] * 4] * 2)
        with self.assertRaisesRegex(hcsp.UsageError, "load: saw a state of 3 bytes"):
            env.load(b"abc")
        with self.assertRaisesRegex(hcsp.BadInput, "\\w"):
            env.load(env.save()[:8] + b"\xff" * (len(env.save()) - 8))
        env.close()
        env.close()
        for call in (env.reset, env.save, lambda: env.step(np.zeros((2, 4)))):
            with self.assertRaisesRegex(hcsp.UsageError, "closed"):
                call()
        for arguments, words in [(("juggle", 2), "juggle"), (("hover", 0), "num_envs"), (("../hover", 1), "hover"), (("h" * 99, 1), "name")]:
            with self.assertRaisesRegex(hcsp.UsageError, words):
                hcsp.vector_env(*arguments)
        with self.assertRaisesRegex(hcsp.UsageError, "no_such_key"):
            hcsp.vector_env("hover", 1, no_such_key=1)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    print(hcsp.__version__, hcsp.__commit__, os.environ.get("HCSP_LIBRARY"))
    unittest.main()
