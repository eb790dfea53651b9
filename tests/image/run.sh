#!/usr/bin/env bash
# Builds the image on a base made here, runs it as an operator would and checks it: `tests/image/run.sh PYTHON`.
# Installs Debian's podman, runc and debootstrap where they are missing; needs root.
set -euo pipefail
python=${1:?the Python that has the development packages}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build/image-test
base=localhost/anomaly-container-base
image=localhost/anomaly-container:test

if ! command -v podman >/dev/null || ! command -v runc >/dev/null || ! command -v debootstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap podman runc
fi

# Images and containers of this test stay in its own folder. Limits are set low because a machine may not let
# anyone raise them; containers share its network, and the server listens on the loopback device alone.
mkdir -p "$work"
cat >"$work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$work/storage"
runroot = "$work/run"
CONF
cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
CONF
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf

# The base: the running Debian with Python and a compiler, from the mirror that apt is set up with.
if ! podman image exists "$base"; then
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Origin: Debian' 'Component: main' 'Created-By: Packages' | head -n 1)
  rm -rf "$work/base"
  debootstrap --variant=minbase --include=python3,python3-venv,python3-dev,gcc,libc6-dev "$suite" "$work/base" "$mirror" >"$work/debootstrap.log"
  rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
  tar -C "$work/base" -c . | podman import --quiet - "$base"
  rm -rf "$work/base"
fi

# The wheels come through this machine's pip, however it is set up; inside the build pip finds them in a folder
# and still compares every hash with the lock.
wheel_python=$(podman run --rm "$base" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rm -rf "$work/wheels"
"$python" -m pip download -qq --disable-pip-version-check --only-binary :all: --python-version "$wheel_python" \
  --require-hashes --requirement "$root/requirements.lock" --dest "$work/wheels"
"$python" -m pip download -qq --disable-pip-version-check --only-binary :all: --python-version "$wheel_python" \
  --require-hashes --requirement "$root/requirements-build.lock" --dest "$work/wheels"
printf '[global]\nno-index = true\nfind-links = /wheels\n' >"$work/pip.conf"

podman build --quiet --format docker --build-arg BASE_IMAGE="$base" --build-arg REVISION=test --tag "$image" \
  --volume "$work/wheels:/wheels:ro" --volume "$work/pip.conf:/etc/pip.conf:ro" "$root"
IMAGE=$image BASE_IMAGE=$base "$python" -m pytest -p no:cacheprovider "$root/tests/image/checks.py"
