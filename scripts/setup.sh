#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prepares a Debian 12 or Ubuntu 24.04 machine to build and test Assay. Installs what is missing and
# nothing else: Debian packages, the Python packages in .venv, and NVIDIA's compiler (from PyPI, also in
# .venv) where CUDA 13 is not installed. With nothing missing it returns at once and needs no network.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage="usage: scripts/setup.sh [--with-checks]

  --with-checks   also install what only the checks need (clang, clang-format-14), and fail where
                  Python packages or CUDA headers cannot be had instead of going on without them"

libraries=(libbenchmark-dev libcli11-dev libeigen3-dev libexpected-dev libfmt-dev libgmp-dev
           libgtest-dev libmpfr-dev libssl-dev libtbb-dev libvalijson-dev libzstd-dev
           nlohmann-json3-dev)
check_libraries=(libclang-rt-dev)
with_checks=false

has() { command -v "$1" >/dev/null; }

has_cmake() {
  has cmake || return 1
  local oldest
  oldest=$(printf '%s\n' "3.25" "$(cmake --version | awk 'NR == 1 {print $3}')" | sort -V | head -n 1)
  [[ $oldest == 3.25 ]]
}

has_python() {
  has python3 && python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
    2>/dev/null
}

# Tools count as present wherever they come from; libraries must be Debian packages.
missing_packages() {
  has g++ || echo g++
  has_cmake || echo cmake
  has ninja || echo ninja-build
  has git || echo git
  has_python || printf '%s\n' python3 python3-venv
  local wanted=("${libraries[@]}")
  if $with_checks; then
    has clang++ || echo clang
    has clang-format-14 || echo clang-format-14
    wanted+=("${check_libraries[@]}")
  fi
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort) <(installed_packages "${wanted[@]}" | sort)
}

installed_packages() {
  dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" {print $1}' || true
}

# Without a terminal nobody could type a password.
may_sudo() { has sudo && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }

install_packages() {
  if ! has dpkg-query; then
    say "setup: not a Debian system, so packages are not checked; needed: ${libraries[*]}"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    may_sudo || die "may not install packages; run as root: $command"
    as_root=(sudo)
  fi
  say "setup: installing ${missing[*]}"
  # An unreachable source that is not needed must not stop the install, so its result alone decides.
  "${as_root[@]}" apt-get -qq update >&2 || true
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $command >&2 || die "failed: $command"
}

make_venv() {
  [[ -x $python ]] && "$python" -c '' 2>/dev/null && return
  rm -rf .venv
  python3 -m venv .venv >&2
}

pip_install() {
  make_venv && "$python" -m pip install --quiet --disable-pip-version-check --no-deps --retries 2 \
    --timeout 30 --requirement "$1" >.venv/pip.log 2>&1
}

# install_requirements FILE CONSEQUENCE: CONSEQUENCE is what not having them means.
install_requirements() {
  requirements_installed "$1" && return
  say "setup: installing $1 into .venv"
  if pip_install "$1"; then
    sha256sum "$1" >"$(requirements_stamp "$1")"
    return
  fi
  local problem="$1 could not be installed from PyPI (see .venv/pip.log)"
  $with_checks && die "$problem"
  say "setup: $problem: $2"
}

has_cuda_13() {
  local nvcc
  nvcc=$(command -v nvcc || echo "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc")
  [[ -x $nvcc ]] && "$nvcc" --version | grep -q 'release 13\.'
}

case "${1:-}" in
  --with-checks) with_checks=true ;;
  --help) echo "$usage"; exit ;;
  "") ;;
  *) say "$usage"; exit 2 ;;
esac

install_packages
install_requirements scripts/requirements.txt "Python targets and real weights are left out"
has_cuda_13 ||
  install_requirements scripts/requirements-cuda.txt "tests against NVIDIA's headers are skipped"
