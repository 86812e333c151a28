#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py RDPATH BUILD: the HTML report in a real browser. Its pictures stay in BUILD/browser.

The modules are where ./dev test installs them, beside the folders of the presets."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def main():
    rdpath, build = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    modules = build.parent / "browser" / "node_modules"
    node = shutil.which("node")
    if not node:
        skip("no node here")
    if not any(map(shutil.which, BROWSERS)):
        skip("no chromium here")
    if not (modules / "playwright-core").is_dir():
        skip(f"no node modules in {modules.parent.name}/ of the build folder: ./dev test puts them")
    env = dict(os.environ, RDPATH=str(rdpath), PCAPS=str(HERE.parents[1] / "pcaps"),
               ARTEFACTS=str(build / "browser"), BROWSER_MODULES=str(modules.parent))
    tests = sorted(map(str, HERE.glob("test_*.mjs")))
    sys.exit(subprocess.run([node, "--test", "--test-reporter=spec", *tests], env=env,
                            check=False).returncode)


main()
