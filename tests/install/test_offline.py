"""The archive of ``make bundle`` installs and serves on a machine that has no network at all."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
#: a process in a network namespace of its own: no interface but its own loopback
ALONE = ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--net")
SERVE = """
set -eu
ip link set lo up
bin=$1/current/bin
if $bin/python -c 'import socket; socket.create_connection(("192.0.2.1", 80), 2)' 2>/dev/null; then exit 9; fi
$bin/karvon --version
$bin/karvon init --config karvon.toml >/dev/null
$bin/karvon serve --config karvon.toml >serve.log 2>&1 &
server=$!
trap 'kill $server; wait $server || true' EXIT
for page in /healthz /sign-in /static/any/vendor/htmx.js; do
    $bin/python - "$page" <<'ASK'
import sys, time, urllib.error, urllib.request
deadline = time.monotonic() + 60
while True:
    try:
        answer = urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1], timeout=5)
        print(sys.argv[1], answer.status, len(answer.read()) > 0)
        break
    except urllib.error.HTTPError:
        raise
    except OSError:
        if time.monotonic() > deadline:
            raise
        time.sleep(0.2)
ASK
done
$bin/karvon label 095212340001001002 --sender "Hope Kitchen" --format png -o label.png
$bin/karvon read-barcodes label.png
"""


def run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run with nothing of this machine's environment that could reach a package index."""
    bare = {"PATH": os.environ["PATH"], "HOME": str(where), "LANG": "C.UTF-8", "PYTHON": sys.executable}
    return subprocess.run(
        command, cwd=where, env=bare, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    made = subprocess.run(
        ["sh", str(HOUSE / ".ci" / "make-bundle"), str(folder)],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert made.returncode == 0, made.stderr
    archive = Path(made.stdout.split()[-1])
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "carried", filter="data")
    archive.unlink()
    (one,) = (folder / "carried").iterdir()
    return one


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_installs_and_serves_with_the_network_cut(unpacked: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "opt"
    done = run([*ALONE, "sh", str(unpacked / "install"), str(prefix)], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "serve.sh").write_text(SERVE, encoding="utf-8")
    served = run([*ALONE, "sh", "serve.sh", str(prefix)], tmp_path)
    log = (tmp_path / "serve.log").read_text(encoding="utf-8") if (tmp_path / "serve.log").exists() else ""
    assert served.returncode == 0, served.stdout + served.stderr + log
    for page in ("/healthz", "/sign-in", "/static/any/vendor/htmx.js"):
        assert f"{page} 200 True" in served.stdout
    assert "095212340001001002" in served.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_can_be_installed_again_over_itself_and_a_changed_file_is_refused(
    unpacked: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "opt"
    for _ in range(2):
        done = run([*ALONE, "sh", str(unpacked / "install"), str(prefix)], tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    with next((unpacked / "wheels").glob("karvon-*.whl")).open("ab") as wheel:
        wheel.write(b"\0")
    refused = run([*ALONE, "sh", str(unpacked / "install"), str(tmp_path / "other")], tmp_path)
    assert refused.returncode == 2
    assert "Copy the archive again" in refused.stderr
    assert not (tmp_path / "other").exists()
