#!/usr/bin/env python3
"""Environments from Python: the bits of a program in C, masks and ends that keep their word, what Gymnasium and
PettingZoo demand (where they are installed), functions as opponents and teams, and a sentence for every misuse.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_python_env.py HCSP
Exit code 77: numpy is not installed
"""
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import unittest
import warnings

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)

import hcsp

os.environ.pop("LD_PRELOAD", None)  # a sanitizer's: programs that are started here have their own
HOME = pathlib.Path(hcsp.home())
SOURCES = pathlib.Path(__file__).resolve().parent.parent


def first_legal(mask, heads):
    """The first legal option of each head."""
    return hcsp.choose(np.zeros(mask.shape), mask, heads)


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
                self.assertTrue(np.array_equal(info["_final_obs"], truncated | terminated))
                # what would have come next is near what was, the next episode's start is elsewhere
                was = np.abs(info["final_obs"][rows] - before[rows]).max(1)
                jump = np.abs(obs[rows] - before[rows]).max(1)
                self.assertTrue((was < jump).all())
                self.assertFalse(terminated[rows].any())
        self.assertGreaterEqual(ended, 3)  # a start may crash

    def test_arrays_are_the_librarys_own(self):
        env = hcsp.vector_env("hover", 3)
        obs, _ = env.reset()
        self.assertTrue(np.shares_memory(env.step(np.zeros((3, 4)))[0], obs))
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
            with self.assertRaisesRegex(hcsp.UsageError, "wanted float32 of shape .2, 4"):
                env.step(np.zeros(shape))
        for wrong in ([["a"] * 4] * 2, np.zeros((2, 4), complex), np.zeros((2, 4), bool), [[1] * 4, [1] * 3], None):
            with self.assertRaises(ValueError):
                env.step(wrong)
        with self.assertRaisesRegex(TypeError, "wanted the bytes"):
            env.load("text")
        with self.assertRaisesRegex(hcsp.UsageError, "reset_mask"):
            env.reset(options={"reset_mask": np.ones(2, bool)})
        with self.assertRaisesRegex(hcsp.UsageError, "load: saw a state of 3 bytes"):
            env.load(b"abc")
        with self.assertRaisesRegex(hcsp.BadInput, "\\w"):
            env.load(env.save()[:8] + b"\xff" * (len(env.save()) - 8))
        seen = env.reset()[0]
        env.close()
        env.close()
        self.assertTrue(np.isfinite(seen).all())  # arrays keep what they show
        for call in (env.reset, env.save, lambda: env.step(np.zeros((2, 4)))):
            with self.assertRaisesRegex(hcsp.UsageError, "closed"):
                call()
        for arguments, words in [(("juggle", 2), "juggle"), (("hover", 0), "num_envs"), (("../hover", 1), "hover"), (("h" * 99, 1), "name"), (("3v3", 1), "6 agents"), (("strategy", 1), "2 agents")]:
            with self.assertRaisesRegex(hcsp.UsageError, words):
                hcsp.vector_env(*arguments)
        with self.assertRaisesRegex(hcsp.UsageError, "no_such_key"):
            hcsp.vector_env("hover", 1, no_such_key=1)


class Matches(unittest.TestCase):
    def test_six_drones(self):
        env = hcsp.multi_agent_env("3v3", 5, seed=2, threads=1)
        self.assertEqual(env.agent_names[0], "near_passer")
        self.assertEqual(env.agent_names[5], "far_attacker")
        flat = hcsp.Policy(HOME / "policies/flat/sp.safetensors")
        self.assertEqual((env.obs_layout, env.step_seconds), (flat.obs, flat.every * 0.01))
        obs, info = env.reset()
        self.assertEqual((obs.shape, obs.dtype, info), ((5, 6, 57), np.float32, {}))
        other, paid, over = hcsp.multi_agent_env("3v3", 5, seed=2, threads=3), 0, 0
        other.reset()
        for _ in range(400):
            actions = flat(obs)  # before obs shows what is next
            seen, again = env.step(actions), other.step(actions)
            obs, reward, terminated, truncated, info = seen
            for a, b in zip(seen[:4], again[:4]):
                self.assertTrue(np.array_equal(a, b))
            over += terminated[:, 0].sum()
            paid += np.abs(reward).sum()
            # a rally ends for everybody, and what was seen of it is not the next one's start
            self.assertTrue((terminated == terminated[:, :1]).all())
            for match in np.nonzero(terminated[:, 0])[0]:
                self.assertTrue(info["_final_obs"][match].all())
                self.assertFalse(np.array_equal(info["final_obs"][match], obs[match]))
        self.assertGreater(over, 3)
        self.assertGreater(paid, 3)

    def test_opponents_fly_the_other_side(self):
        touched = {}
        for opponent in ("sp", "stage2_court", HOME / "policies/teams/sp.yaml"):
            env = hcsp.multi_agent_env("3v3", 4, opponent=opponent, seed=2)
            obs, _ = env.reset()
            self.assertEqual((obs.shape, env.agent_names), ((4, 3, 57), ["passer", "setter", "attacker"]))
            for _ in range(60):
                obs, *_ = env.step(np.zeros((4, 3, 4)))
            touched[str(opponent)] = obs.copy()
        self.assertFalse(np.array_equal(touched["sp"], touched["stage2_court"]))

    def test_a_function_is_asked_once_a_step(self):
        flat, calls = hcsp.Policy(HOME / "policies/flat/sp.safetensors"), []

        def opponent(obs):
            calls.append(obs.shape)
            return flat(obs)

        env = hcsp.multi_agent_env("3v3", 3, opponent=opponent, seed=4)
        whole = hcsp.multi_agent_env("3v3", 3, seed=4)
        obs, both = env.reset()[0], whole.reset()[0]
        for _ in range(50):
            obs, *_ = env.step(flat(obs))
            both, *_ = whole.step(flat(both))
            self.assertTrue(np.array_equal(obs, both[:, :3]))
        self.assertEqual(calls, [(3, 3, 57)] * 50)
        wrong = hcsp.multi_agent_env("3v3", 3, opponent=lambda obs: np.zeros((3, 4)))
        wrong.reset()
        with self.assertRaisesRegex(hcsp.UsageError, "opponent: saw float64 of shape .3, 4."):
            wrong.step(np.zeros((3, 3, 4)))
        raising = hcsp.multi_agent_env("3v3", 3, opponent=lambda obs: obs.no_such_thing)
        raising.reset()
        with self.assertRaises(AttributeError):
            raising.step(np.zeros((3, 3, 4)))


class Strategies(unittest.TestCase):
    def test_choices(self):
        env = hcsp.vector_env("strategy", 12, opponent="bot_plus", seed=3, team="stage1", threads=2)
        self.assertEqual(env.head_names, ["passer", "setter", "attacker", "serve"])
        self.assertIn("hover", env.option_names[0])
        rng, again = np.random.default_rng(1), hcsp.vector_env("strategy", 12, opponent="bot_plus", seed=3, team="stage1")
        (obs, info), results = env.reset(), []
        again.reset()
        heads = env.heads
        self.assertEqual((env.obs_layout, obs.shape[1], info["action_mask"].shape[1]), ("court128", 128, sum(heads)))
        for _ in range(25):
            mask = info["action_mask"]
            for first, n in zip(np.cumsum([0] + heads), heads):
                self.assertTrue((mask[:, first : first + n].sum(1) > 0).all())
            actions = hcsp.choose(np.zeros(mask.shape), mask, heads, rng)
            obs, reward, terminated, truncated, info = env.step(actions)
            self.assertTrue(np.array_equal(obs, again.step(actions)[0]))
            self.assertTrue(((np.abs(reward) == 1) == terminated).all())
            self.assertTrue((info["seconds"] > 0).all())
            results += list(reward[terminated])
        self.assertGreater(len(results), 10)
        self.assertLess(np.mean(results), 0.2)  # random play does not beat a rule

    def test_both_teams(self):
        env = hcsp.multi_agent_env("strategy", 4, seed=3, team="stage1")
        obs, info = env.reset()
        for _ in range(20):
            obs, reward, *_ = env.step(first_legal(info["action_mask"], env.heads))
            self.assertTrue((reward.sum(1) == 0).all())

    def test_what_is_not_legal_is_refused(self):
        env = hcsp.vector_env("strategy", 3, opponent="random", seed=3, team="stage1")
        _, info = env.reset()
        good = first_legal(info["action_mask"], env.heads)
        before = env.save()
        for row, head, option in [(0, 0, -1), (1, 1, 99), (2, 3, np.nan), (2, 0, int(np.argmin(info["action_mask"][2, :6])))]:
            bad = good.astype(float)
            bad[row, head] = option
            with self.assertRaisesRegex(hcsp.UsageError, f"environment {row}: saw option .* of head '{env.head_names[head]}'"):
                env.step(bad)
        self.assertEqual(env.save(), before)
        env.step(good)

    def test_choose(self):
        logits = np.array([[5.0, 1, 2, 0, 9], [0, 0, 0, 3, 3]])
        legal = np.array([[0, 1, 1, 1, 0], [1, 0, 0, 1, 1]], np.int8)
        self.assertEqual(hcsp.choose(logits, legal, [3, 2]).tolist(), [[2, 0], [0, 0]])
        rng = np.random.default_rng(1)
        drawn = np.array([hcsp.choose(logits, legal, [3, 2], rng) for _ in range(3000)])
        self.assertAlmostEqual((drawn[:, 0, 0] == 2).mean(), 1 / (1 + np.exp(-1)), delta=0.03)
        self.assertAlmostEqual((drawn[:, 1, 1] == 0).mean(), 0.5, delta=0.03)
        self.assertTrue((drawn[:, 0, 1] == 0).all())
        with self.assertRaisesRegex(hcsp.UsageError, "wanted 6 options"):
            hcsp.choose(logits, legal, [3, 3])

    def test_functions_play(self):
        calls, rng = [], np.random.default_rng(2)

        def function(obs, mask):
            calls.append(len(obs))
            return hcsp.choose(np.zeros(mask.shape), mask, [6, 3, 4, 1], rng)

        lost = hcsp.play(function, "bot_plus", 40, skills="stage1")
        self.assertEqual((lost.rallies, lost.near_wins + lost.far_wins + lost.draws), (40, 40))
        self.assertEqual(set(calls), {40})
        self.assertLess(lost.near_win_rate, 0.4)
        self.assertTrue(0 <= lost.low <= lost.near_win_rate <= lost.high < 0.7)
        turned = hcsp.play("bot_plus", function, 40, skills="stage1")
        self.assertGreater(turned.near_win_rate, 0.6)
        self.assertGreater(turned.near_wins, turned.far_wins)
        self.assertGreater(hcsp.play(function, function, 12, skills="stage1").rallies, 11)
        with self.assertRaisesRegex(hcsp.UsageError, "log: saw a folder"):
            hcsp.play(function, "bot", 1, log="folder")


class Others(unittest.TestCase):
    """What libraries that people come with demand."""

    def test_check_env(self):
        try:
            from gymnasium.utils.env_checker import check_env
        except ImportError:
            self.skipTest("gymnasium is not installed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of observations without bounds
            for env in (hcsp.env("hover"), hcsp.env("serve"), hcsp.env("strategy", opponent="random", team="stage1")):
                if env._core.kind == "strategy":
                    # samples of a space know no masks: the first legal option stands for all
                    env.step = lambda action, step=env.step, env=env: step(first_legal(env._info()["action_mask"], env.heads))
                check_env(env, skip_render_check=True)

    def test_vector_wrappers(self):
        try:
            import gymnasium
        except ImportError:
            self.skipTest("gymnasium is not installed")
        env = gymnasium.wrappers.vector.RecordEpisodeStatistics(hcsp.vector_env("hover", 5, seed=2))
        self.assertEqual(env.metadata["autoreset_mode"], gymnasium.vector.AutoresetMode.SAME_STEP)
        env.reset(seed=1)
        env.action_space.seed(1)
        rewards, found = np.zeros(5), 0
        for _ in range(150):
            obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
            rewards += reward
            over = terminated | truncated
            if over.any():
                np.testing.assert_allclose(info["episode"]["r"][over], rewards[over], rtol=1e-4)
                found += over.sum()
            rewards[over] = 0
        self.assertGreater(found, 5)

    def test_one_is_a_row_of_many(self):
        env, many = hcsp.env("hover", seed=6), hcsp.vector_env("hover", 1, seed=6)
        obs, rows = env.reset()[0], many.reset()[0]
        over = False
        for _ in range(200):
            self.assertTrue(np.array_equal(obs, rows[0]))
            obs, reward, terminated, truncated, _ = env.step(np.full(4, 0.2))
            rows, *seen, info = many.step(np.full((1, 4), 0.2))
            self.assertEqual((reward, terminated, truncated), tuple(x[0] for x in seen))
            if terminated or truncated:
                self.assertTrue(np.array_equal(obs, info["final_obs"][0]))
                with self.assertRaisesRegex(hcsp.UsageError, "wanted a reset"):
                    env.step(np.zeros(4))
                over = True
                break
        self.assertTrue(over)

    def test_pettingzoo(self):
        try:
            from pettingzoo.test import parallel_api_test, parallel_seed_test
        except ImportError:
            self.skipTest("pettingzoo is not installed")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parallel_api_test(hcsp.parallel_env("3v3"), num_cycles=300)
            parallel_api_test(hcsp.parallel_env("3v3", opponent="sp"), num_cycles=300)
            parallel_api_test(hcsp.parallel_env("strategy", team="stage1"), num_cycles=20)
            parallel_seed_test(lambda: hcsp.parallel_env("3v3"), num_cycles=20)

    def test_parallel(self):
        env, flat = hcsp.parallel_env("3v3", seed=5), hcsp.Policy(HOME / "policies/flat/sp.safetensors")
        rows = hcsp.multi_agent_env("3v3", 1, seed=5)
        with self.assertRaisesRegex(hcsp.UsageError, "wanted a reset"):
            env.step({})
        obs, infos = env.reset()
        seen, _ = rows.reset()
        while env.agents:
            for i, agent in enumerate(env.agents):
                self.assertTrue(np.array_equal(obs[agent], seen[0, i]))
            with self.assertRaisesRegex(hcsp.UsageError, "saw those of near_passer, wanted those of near_passer, near_setter"):
                env.step({"near_passer": np.zeros(4)})
            acts = flat(seen)
            obs, reward, terminated, truncated, infos = env.step(dict(zip(env.agents, acts[0])))
            seen, *_ = rows.step(acts)
        self.assertTrue(all(terminated.values()) or all(truncated.values()))
        self.assertEqual(len(reward), 6)


class Misuse(unittest.TestCase):
    def test_a_function_that_steps_what_asks_it(self):
        env = hcsp.multi_agent_env("3v3", 1, opponent=lambda obs: env.step(np.zeros((1, 3, 4))))
        env.reset()
        with self.assertRaisesRegex(hcsp.UsageError, "in use by another thread"):
            env.step(np.zeros((1, 3, 4)))
        env.save()  # and it is free again

    def test_threads(self):
        env = hcsp.vector_env("hover", 512, threads=1)
        env.reset()
        kinds = []

        def run():
            for _ in range(30):
                try:
                    env.step(np.zeros((512, 4)))
                    kinds.append("stepped")
                except hcsp.UsageError as why:
                    kinds.append(str(why))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(kinds), 120)
        self.assertTrue(set(kinds) <= {"stepped", "hover: is in use by another thread"}, set(kinds))
        self.assertIn("stepped", kinds)

    def test_a_fork(self):
        env = hcsp.vector_env("hover", 2, threads=2)
        env.reset()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                env.step(np.zeros((2, 4)))
            except hcsp.UsageError as why:
                env.close()
                own = hcsp.vector_env("hover", 2, threads=2)  # a new one is fine
                own.reset()
                own.step(np.zeros((2, 4)))
                code = 0 if "forked" in str(why) else 2
            finally:
                os._exit(code)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        env.step(np.zeros((2, 4)))

    def test_arguments(self):
        for call, words in [
            (lambda: hcsp.vector_env("hover", 1, opponent="sp"), "opponent: saw 'sp', wanted none"),
            (lambda: hcsp.vector_env("hover", 1, opponent=len), "opponent: saw a function"),
            (lambda: hcsp.multi_agent_env("3v3", 1, opponent="nobody"), "nobody"),
            (lambda: hcsp.vector_env("strategy", 1, opponent="nobody"), "nobody"),
            (lambda: hcsp.multi_agent_env("3v3", 1, hit=1), "hit"),
            (lambda: hcsp.multi_agent_env("strategy", 1, team="sp"), "flat team"),
            (lambda: hcsp.multi_agent_env("strategy", 1, rules="tennis"), "rules: saw 'tennis'"),
            (lambda: hcsp.multi_agent_env("3v3", 1, rules="tennis"), "rules: saw 'tennis'"),
            (lambda: hcsp.multi_agent_env("3v3", 70000), "num_envs: saw 70000"),
        ]:
            with self.assertRaisesRegex(hcsp.UsageError, words):
                call()
        other = hcsp.multi_agent_env("3v3", 2, hit_reward=3)
        other.reset()
        state = other.save()
        for env in (hcsp.multi_agent_env("3v3", 2), hcsp.multi_agent_env("3v3", 2, hit_reward=3, seed=9)):
            with self.assertRaisesRegex(hcsp.UsageError, "another environment"):
                env.load(state)
        changed = state[:-9] + bytes([state[-9] ^ 1]) + state[-8:]
        with self.assertRaisesRegex(hcsp.BadInput, "that was changed"):
            other.load(changed)
        other.load(state)


class Bits(unittest.TestCase):
    """The same seed and actions from C give the same bytes."""

    def test_c(self):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            self.skipTest("no C compiler is installed")
        if "HCSP_SANITIZED" in os.environ:
            self.skipTest("a program in C would have to be linked with the sanitizer")
        library = os.environ["HCSP_LIBRARY"]
        source = SOURCES / "tests/support/api_rollout.c"
        subprocess.run([compiler, "-std=c11", "-I", SOURCES / "hcsp/api", source, library, "-o", "api_rollout"], check=True)
        for kind, opponent, agents, config in [
            ("serve", None, 1, {}),
            ("3v3", None, 6, {}),
            ("3v3", "stage2_court", 3, {}),
            ("strategy", None, 2, {"team": "stage1"}),
            ("strategy", "bot_plus", 1, {"team": "stage1"}),
        ]:
            words = [f"{key}={value}" for key, value in config.items()]
            ran = subprocess.run(
                ["./api_rollout", kind, opponent or "-", *words],
                env={**os.environ, "LD_LIBRARY_PATH": os.path.dirname(library)}, capture_output=True, check=True,
            )
            make = hcsp.vector_env if agents == 1 else hcsp.multi_agent_env
            env = make(kind, 5, opponent=opponent, seed=11, threads=2, **config)
            self.assertEqual(ran.stdout, self.roll(env, agents), (kind, opponent))

    def roll(self, env, agents):
        obs, info = env.reset()
        steps, out, rows = (8 if env.heads else 60), [], 5 * agents
        for t in range(steps):
            if env.heads:
                actions = first_legal(info["action_mask"], env.heads)
            else:
                k = np.arange(rows * env.outputs, dtype=np.int64)
                actions = (((k * 7 + t * 31) % 41 - 20).astype(np.float32) / np.float32(20)).reshape(obs.shape[:-1] + (-1,))
            obs, reward, terminated, truncated, info = env.step(actions)
            out += [obs.tobytes(), reward.tobytes(), terminated.tobytes(), truncated.tobytes()]
        return b"".join(out)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
