"""Reads a match log with h5py, as a user would: prints a line per rally, checks shapes and names.

Usage: read_match.py SHARD.h5          exit code 77: h5py is not installed
"""
import sys

try:
    import h5py
except ImportError:
    print("SKIP: h5py is not installed")
    sys.exit(77)


def explains_itself(name, item):
    if isinstance(item, h5py.Dataset):
        for attribute in ["description", "units"] + [f"axis{i}" for i in range(item.ndim)]:
            assert attribute in item.attrs, f"{name} has no {attribute}"
        for axis in range(1, item.ndim):
            assert name == "states/state" or len(item.attrs[f"axis{axis}"]) == item.shape[axis], name


def main(path):
    with h5py.File(path, "r") as file:
        assert file.attrs["schema"] == "hcsp-match" and file.attrs["schema_version"] == 2
        print(f"{file.attrs['near']} against {file.attrs['far']}, dt {file.attrs['dt']} s")
        file.visititems(explains_itself)
        steps, rallies, events = file["steps"], file["rallies"], file["events"]
        rows = rallies["steps"][:].sum() + len(rallies["steps"])
        assert steps["ball_pos"].shape == (rows, 3) and steps["action"].shape == (rows, 6, 4)
        assert steps["drone_quat"].dtype == "float32" and file["states/state"].dtype == "float64"
        assert list(steps["drone_quat"].attrs["axis2"]) == ["w", "x", "y", "z"]
        kinds, reasons = events["kind"].attrs["names"], rallies["reason"].attrs["names"]
        winners = rallies["winner"].attrs["names"]
        assert all(isinstance(name, str) for name in steps["skill"].attrs["names"])
        for i, number in enumerate(rallies["rally"]):
            first, n = rallies["first_step"][i], rallies["steps"][i]
            assert steps["time"][first] == 0 and set(steps["rally"][first:first + n + 1]) == {number}
            own = events["rally"][:] == number
            told = [f"{step}:{kinds[kind]}" for step, kind in
                    zip(events["step"][own], events["kind"][own])]
            print(f"rally {number}: {winners[rallies['winner'][i]]} wins by "
                  f"{reasons[rallies['reason'][i]]} after {n} steps; {' '.join(told[-3:])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
