#!/usr/bin/env python3
"""The page of a log in a real browser: ball and drones are where the log has them, by a picture of it
and a projection of our own; no error on its console; a hostile name is text.

Usage: test_replay_page.py HCSP
Exit code 77: h5py, ffmpeg or chromium is not installed
"""
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy as np
except ImportError:
    print("SKIP: h5py is not installed")
    sys.exit(77)
for tool in ("chromium", "ffmpeg"):
    if not shutil.which(tool):
        print(f"SKIP: {tool} is not installed")
        sys.exit(77)

HCSP = sys.argv[1]
WIDTH, HEIGHT = 1000, 700
PIXELS = 3  # of error, at most
# the page's cameras: position and what it looks at, m; 40 degrees of height where it is wide enough
CAMERAS = {"broadcast": ((0, -12, 5.8), (0, 0, 1.3)), "net": ((0, -8, 2.6), (0, 0, 1.8)), "top": ((0, -0.01, 15), (0, 0, 0))}
BAR = (0x16, 0x1B, 0x26)
wrong = 0


def check(right, what):
    global wrong
    if not right:
        print(f"FAILED: {what}")
        wrong += 1


def browse(page, place, *more):
    """Runs the page in the browser; what it printed, and its complaints."""
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--user-data-dir=" + str(pathlib.Path("profile").resolve()), "--virtual-time-budget=3000", "--enable-logging=stderr",
         f"--window-size={WIDTH},{HEIGHT}", *more, f"{pathlib.Path(page).resolve().as_uri()}#{place}"],
        capture_output=True, text=True, timeout=120)
    console = [line for line in done.stderr.split("\n") if "CONSOLE" in line]
    check(not console, f"{page}#{place}: console: {console[:2]}")
    return done.stdout


def picture(page, place):
    browse(page, place, "--screenshot=shot.png")
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", "shot.png", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, WIDTH, 3).astype(int)


def project(point, camera, width, height):
    eye, target = (np.array(v, float) for v in CAMERAS[camera])
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0, 0, 1))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    aspect = width / height
    tangent = math.tan(math.radians(20)) * (1.6 / aspect if aspect < 1.6 else 1)
    d = np.asarray(point, float) - eye
    depth = d @ forward
    return width / 2 * (1 + d @ right / depth / tangent / aspect), height / 2 * (1 - d @ up / depth / tangent)


def yellow_centre(pixels, x, y):
    """Middle of the ball's pixels near a place."""
    r, g, b = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    mask = (r > 150) & (g > 120) & (b < 0.6 * g) & (abs(r - g) < 60)
    ys, xs = np.nonzero(mask)
    near = np.hypot(xs - x, ys - y) < 25
    return (xs[near].mean() + 0.5, ys[near].mean() + 0.5) if near.any() else None


def has_colour(pixels, x, y, near):
    """Whether a team's colour is within the error of a place."""
    x, y = int(x), int(y)
    part = pixels[max(y - PIXELS, 0) : y + PIXELS + 1, max(x - PIXELS, 0) : x + PIXELS + 1].reshape(-1, 3)
    red, blue = part[:, 0] - part[:, 2], part[:, 2] - part[:, 0]
    return bool(((red if near else blue) > 80).any())


shutil.rmtree("page", ignore_errors=True)
subprocess.run([HCSP, "play", "-n", "stage3_court", "-f", "stage2_court", "-N", "3", "-s", "4", "--log", "page"], check=True, capture_output=True)
subprocess.run([HCSP, "export", "page", "--to", "html", "--out", "page.html"], check=True, capture_output=True)
log = h5py.File(next(pathlib.Path("page").glob("*.h5")), "r")
first, steps = log["rallies/first_step"][:], log["rallies/steps"][:]

dom = browse("page.html", "rally=1&t=1&paused", "--dump-dom")
winner = ["stage3_court", "stage2_court"][log["rallies/winner"][1]] if log["rallies/winner"][1] < 2 else "no point"
check(f"rally 1: {winner}, " in dom, f"the list does not say that {winner} won rally 1")
check(f"/ {steps[1] * 0.01:.2f} s" in dom, f"length of rally 1, {steps[1] * 0.01:.2f} s")

seen_balls = 0
for rally, share, camera in ((0, 0.3, "broadcast"), (1, 0.55, "net"), (2, 0.8, "top"), (1, 1.0, "broadcast")):
    step = round(share * steps[rally])
    row = first[rally] + step
    shot = picture("page.html", f"rally={rally}&t={step * 0.01:.2f}&camera={camera}&paused")
    # the picture ends where the bar of controls begins
    width, height = WIDTH, int(np.argmax((shot[:, 2] == BAR).all(-1)))
    check(height > 400, f"the scene is {height} pixels high")
    shot = shot[:height]
    ball = project(log["steps/ball_pos"][row], camera, width, height)
    found = yellow_centre(shot, *ball)
    if found and 0 < ball[0] < width and 0 < ball[1] < height:
        seen_balls += 1
        check(math.dist(found, ball) < PIXELS, f"rally {rally}, step {step}, {camera}: ball at {found}, wanted {ball}")
    for drone in range(6):
        x, y = project(log["steps/drone_pos"][row][drone], camera, width, height)
        # the ball, a bat or a mate may stand in front
        hidden = camera == "top" or any(math.dist((x, y), project(log["steps/drone_pos"][row][i], camera, width, height)) < 40 for i in range(6) if i != drone)
        if not hidden and 0 < x < width and 60 < y < height:
            check(has_colour(shot, x, y, drone < 3), f"rally {rally}, step {step}, {camera}: no drone {drone} at {x:.0f}, {y:.0f}")
check(seen_balls >= 3, f"the ball was seen in {seen_balls} of 4 pictures")

# one rally alone, small; a name from elsewhere is text and nothing else
subprocess.run([HCSP, "export", "page", "--to", "html", "--rally", "2", "--out", "one.html"], check=True, capture_output=True)
text = pathlib.Path("one.html").read_text()
data = json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.S).group(1))
check([r["rally"] for r in data["rallies"]] == [2], "rally 2 alone")
check(len(text) - 2 * len(data["rallies"][0]["data"]) < 1.2e6, f"{len(text)} bytes")
check(len(data["rallies"][0]["data"]) == 4 * math.ceil((steps[2] + 1) * 90 / 3), "rows of rally 2")
shutil.rmtree("hostile", ignore_errors=True)
shutil.copytree(pathlib.Path("page"), "hostile")
shard = next(pathlib.Path("hostile").glob("*.h5"))
with h5py.File(shard, "r+") as file:
    file.attrs["near"] = "</script><!--<script>document.title='broken'</script><b>x"
subprocess.run([HCSP, "export", str(shard), "--to", "html", "--out", "hostile.html"], check=True, capture_output=True)
dom = browse("hostile.html", "paused", "--dump-dom")
check("<title>broken" not in dom and "&lt;/script&gt;" in dom, "a name with markup is not shown as text")

for arguments, code, words in [(["page", "--to", "html", "--rally", "99"], 2, "99"), (["page", "--rally", "1"], 2, "--rally goes with --to html"),
                               (["nowhere", "--to", "html"], 3, "nowhere")]:
    done = subprocess.run([HCSP, "export", *arguments], capture_output=True, text=True)
    check(done.returncode == code and words in done.stderr, f"export {arguments}: {done.returncode}, {done.stderr}")
sys.exit(wrong > 0)
