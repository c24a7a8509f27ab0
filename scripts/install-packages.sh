#!/usr/bin/env bash
# Installs the Debian packages that a command needs and that are missing. Groups: build, test, lint, bench, fuzz.
set -euo pipefail

build_packages=(cmake ninja-build g++ libssl-dev nlohmann-json3-dev libboost1.81-dev libsqlite3-dev libcli11-dev
  libexpected-dev libcurl4-openssl-dev libhiredis-dev libtomlplusplus-dev libutf8proc-dev emscripten node-acorn)
test_packages=(catch2 clang clang-format chromium curl libcpp-httplib-dev pkgconf redis-server)
lint_packages=(catch2 clang-format clang-tidy)
bench_packages=(libbenchmark-dev wrk)
# The runtimes of the sanitizers, of libFuzzer and of coverage are in the second.
fuzz_packages=(clang libclang-rt-dev llvm)

wanted=()
for group in "$@"; do
  case "$group" in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    lint) wanted+=("${lint_packages[@]}") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    fuzz) wanted+=("${fuzz_packages[@]}") ;;
    *) echo "install-packages.sh: unknown group '$group'; the groups are build, test, lint, bench and fuzz" >&2; exit 2 ;;
  esac
done

check_node() {
  if ! command -v node > /dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
    echo "Latchkey needs Node.js 20 or newer first on the PATH; found: $(node --version 2> /dev/null || echo none)." >&2
    exit 1
  fi
}
check_node

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo > /dev/null; then
    echo "These Debian packages are missing; install them as root and try again: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
  --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
  cat "$log" >&2
  echo "The packages could not be installed; see above." >&2
  exit 1
fi
# Debian's emscripten brings Debian's own Node.js, which is older and may now stand before the one that was found.
hash -r
check_node
