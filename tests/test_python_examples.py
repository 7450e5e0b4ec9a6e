#!/usr/bin/env python3
"""The examples and the tutorial run, briefly: they learn, and what they write is a policy that loads. The whole
measurements are in hcsp/python/README.md.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_python_examples.py HCSP
Exit code 77: numpy is not installed
"""
import importlib.util
import pathlib
import re
import subprocess
import sys
import unittest

if not importlib.util.find_spec("numpy"):
    print("SKIP: numpy is not installed")
    sys.exit(77)

PYTHON = pathlib.Path(__file__).resolve().parent.parent / "hcsp/python"


def needs(*packages):
    missing = [name for name in packages if not importlib.util.find_spec(name)]
    return unittest.skipIf(missing, f"{', '.join(missing)}: not installed")


class Examples(unittest.TestCase):
    def run_example(self, name, *arguments):
        command = [sys.executable, PYTHON / "examples" / f"{name}.py", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wins(self, text):
        return float(re.search(r"wins ([\d.]+) %", text)[1])

    def test_tutorial(self):
        blocks = re.findall(r"^```python\n(.*?)^```", (PYTHON / "TUTORIAL.md").read_text(), re.S | re.M)
        self.assertGreater(len(blocks), 7)
        program = "import shutil\nshutil.rmtree('tutorial-log', ignore_errors=True)\n" + "\n".join(blocks)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("faults", done.stdout)

    def test_rules_beat_random(self):
        self.assertGreater(self.wins(self.run_example("rules", "--rallies", 60)), 60)

    @needs("torch")
    def test_ppo(self):
        size = ["--num_envs", 64, "--num_steps", 16, "--minibatch", 512, "--timesteps"]
        text = self.run_example("ppo", *size, 64 * 16 * 21, "--out", "example-ppo.safetensors")
        rewards = [float(x) for x in re.findall(r"reward a step (-?[\d.]+)", text)]
        self.assertEqual(len(rewards), 2)
        self.assertRegex(text, r"example-ppo.safetensors: crashes [\d.]+ %, error ")
        self.assertLessEqual(len((PYTHON / "examples/ppo.py").read_text().splitlines()), 150)

    @needs("torch", "stable_baselines3")
    def test_sb3(self):
        text = self.run_example("sb3", "--timesteps", 4096, "--num_envs", 32, "--out", "example-sb3.safetensors")
        self.assertRegex(text, r"skill, hover27 -> rotor4.: \d+ steps a CPU second, reward an episode -?\d")

    @needs("torch")
    def test_best_response(self):
        text = self.run_example(
            "best_response", "--opponent", "stage1", "--team", "stage1", "--num_envs", 32, "--num_steps", 4, "--timesteps", 256,
            "--rallies", 12,
        )
        self.assertEqual(len(re.findall(r"decisions ", text)), 2)
        self.assertTrue(0 <= self.wins(text) <= 100)

    @needs("torch")
    def test_clone(self):
        text = self.run_example("clone", "--rallies", 6, "--epochs", 12, "--points", 4, "--out", "example-clone")
        errors = [float(x) for x in re.findall(r"squared error ([\d.]+)", text)]
        self.assertLess(errors[-1], errors[0] / 3)
        self.assertRegex(text, r"of 4 rallies, [\d.]+ touches a rally")


if __name__ == "__main__":
    sys.argv.pop(1)
    unittest.main()
