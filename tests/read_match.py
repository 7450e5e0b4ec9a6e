"""Reads a match log with h5py, as a user would: prints a line per rally, checks shapes and names.

Usage: read_match.py SHARD.h5          exit code 77: h5py is not installed
"""
import sys

try:
    import h5py
except ImportError:
    print("SKIP: h5py is not installed")
    sys.exit(77)


def main(path):
    with h5py.File(path, "r") as file:
        assert file.attrs["schema"] == "hcsp-match" and file.attrs["schema_version"] == 1
        print(f"{file.attrs['near']} against {file.attrs['far']}, dt {file.attrs['dt']} s")
        for i in range(len(file)):
            rally = file[f"episode_{i}"]
            steps = rally.attrs["steps"]
            assert rally["ball/pos"].shape == (steps + 1, 3)
            assert rally["drones/pos"].shape == (steps + 1, 6, 3)
            assert rally["drones/action"].shape == (steps, 6, 4)
            assert rally["drones/quat"].dtype == "float32" and rally["state"].dtype == "float64"
            assert list(rally["drones/quat"].attrs["columns"]) == ["w", "x", "y", "z"]
            assert rally["ball/vel"].attrs["units"] == "m/s"
            assert len(rally["time"]) == steps + 1 and rally["time"][0] == 0
            kinds = rally["events/kind"].attrs["names"]
            events = [f"{step}:{kinds[kind]}" for step, kind in
                      zip(rally["events/step"], rally["events/kind"])]
            skills = list(rally["drones/skill"].attrs["names"])
            assert all(isinstance(name, str) for name in skills)
            print(f"rally {rally.attrs['rally']}: {rally.attrs['winner']} wins by "
                  f"{rally.attrs['reason']} after {steps} steps; {' '.join(events[-3:])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
