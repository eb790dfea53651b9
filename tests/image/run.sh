#!/usr/bin/env bash
# Builds the image on a base made here, runs it as an operator would and checks it: `tests/image/run.sh PYTHON`.
# Installs Debian's buildah, podman, runc and debootstrap where they are missing; needs root.
set -euo pipefail
python=${1:?the Python that has the development packages}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build/image-test
base=localhost/anomaly-container-run-base
build_base=localhost/anomaly-container-build-base
image=localhost/anomaly-container:test

if ! command -v buildah >/dev/null || ! command -v podman >/dev/null || ! command -v runc >/dev/null || ! command -v debootstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah debootstrap podman runc
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

# Two bases, of the running Debian and from the mirror that apt is set up with: one with Python, as the image is to
# have it, and one that has a compiler too.
make_base() {
  local name=$1 packages=$2
  podman image exists "$name" && return
  local suite mirror
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Origin: Debian' 'Component: main' 'Created-By: Packages' | head -n 1)
  rm -rf "$work/base"
  debootstrap --variant=minbase --include="$packages" "$suite" "$work/base" "$mirror" >"$work/debootstrap.log"
  rm -rf "$work"/base/var/cache/apt/archives/*.deb "$work"/base/var/lib/apt/lists/*
  tar -C "$work/base" -c . | podman import --quiet - "$name"
  rm -rf "$work/base"
}
make_base "$base" python3,python3-venv
make_base "$build_base" python3,python3-venv,python3-dev,gcc,libc6-dev

# The wheels come through this machine's pip, however it is set up; inside the build pip finds them in a folder
# and still compares every hash with the lock.
wheel_python=$(podman run --rm "$base" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rm -rf "$work/wheels"
"$python" -m pip download -qq --disable-pip-version-check --only-binary :all: --python-version "$wheel_python" \
  --require-hashes --requirement "$root/requirements.lock" --dest "$work/wheels"
"$python" -m pip download -qq --disable-pip-version-check --only-binary :all: --python-version "$wheel_python" \
  --require-hashes --requirement "$root/requirements-build.lock" --dest "$work/wheels"
printf '[global]\nno-index = true\nfind-links = /wheels\n' >"$work/pip.conf"

# Built in a store of its own: chroot and plain copies of layers need nothing of the kernel that a container on a
# shared machine may lack. Podman, which runs the image, gets it from there by a file.
builder() { STORAGE_DRIVER=vfs buildah --root "$work/build-storage" --runroot "$work/build-run" "$@"; }
for name in "$base" "$build_base"; do
  builder inspect --type image "$name" >/dev/null 2>&1 && continue
  rm -f "$work/base.tar"
  podman save --quiet --format docker-archive --output "$work/base.tar" "$name"
  builder pull --quiet "docker-archive:$work/base.tar"
  rm "$work/base.tar"
done
rm -f "$work/image.tar"
builder bud --quiet --isolation chroot --format docker --build-arg BASE_IMAGE="$base" --build-arg BUILD_IMAGE="$build_base" \
  --build-arg REVISION=test --tag "$image" --volume "$work/wheels:/wheels:ro" --volume "$work/pip.conf:/etc/pip.conf:ro" "$root"
builder push --quiet "$image" "docker-archive:$work/image.tar:$image"
podman load --quiet --input "$work/image.tar"
rm "$work/image.tar"
IMAGE=$image BASE_IMAGE=$base "$python" -m pytest -p no:cacheprovider "$root/tests/image/checks.py"
