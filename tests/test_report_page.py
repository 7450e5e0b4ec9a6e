"""Reports as a browser shows them at the width of a phone: nothing sticks out to the side, no picture is
empty, no section either, no number that is none, no error on the console.

Usage: test_report_page.py FOLDER      every report.html below it
Exit code 77: chromium is not installed
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

WIDTH = 390
# in a frame as wide as a phone: a window is wider
PROBE = """<!doctype html><title>none</title>
<iframe width="%d" height="800" style="border: 0" srcdoc="%s"></iframe>
<script>
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const all = what => [...page.querySelectorAll(what)];
  const ends = (one, next) => !next || (/^H[12]$/.test(next.tagName) && one.tagName >= next.tagName);
  document.title = JSON.stringify({
    wide: page.documentElement.scrollWidth,
    pictures: all("svg, img").map(e => Math.min(e.clientWidth, e.clientHeight)),
    empty: all("h1, h2, h3").filter(e => ends(e, e.nextElementSibling)).map(e => e.textContent),
    text: page.body.innerText,
  });
});
</script>"""

if not shutil.which("chromium"):
    print("SKIP: chromium is not installed")
    sys.exit(77)


def look(page):
    """What is wrong with a page."""
    probed = pathlib.Path("probed.html")
    probed.write_text(PROBE % (WIDTH, html.escape(page.read_text())))
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
         "--user-data-dir=" + str(pathlib.Path("profile").resolve()), "--virtual-time-budget=2000",
         "--window-size=800,900", "--dump-dom", probed.resolve().as_uri()], capture_output=True, text=True, timeout=120)
    console = [line for line in done.stderr.split("\n") if "CONSOLE" in line]
    title = re.search("<title>(.*?)</title>", done.stdout, re.S)
    if not title or not title.group(1).startswith("{"):
        return [f"no page: {done.stderr[-300:]}"]
    seen = json.loads(html.unescape(title.group(1)))
    wrong = [f"console: {console[0]}"] if console else []
    wrong += [f"{seen['wide']} wide"] if seen["wide"] > WIDTH else []
    wrong += ["an empty picture"] if any(size < 20 for size in seen["pictures"]) else []
    wrong += [f"nothing under '{title}'" for title in seen["empty"]]
    wrong += [f"'{word}'" for word in re.findall(r"(?<![\w-])-?(?:nan|inf)(?!\w)", seen["text"], re.I)]
    return wrong


pages = sorted(pathlib.Path(sys.argv[1]).glob("**/report.html"))
failures = [f"{page}: {what}" for page in pages for what in look(page)]
print("\n".join(failures) if failures else f"{len(pages)} reports are well")
sys.exit(bool(failures) or not pages)
