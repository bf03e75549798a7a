#!/bin/sh
# Builds the guard for both processors and writes it, gzipped, into ../src/isolation/guard-program.ts.
# On Debian: apt-get install gcc gcc-aarch64-linux-gnu linux-libc-dev-arm64-cross gcc-x86-64-linux-gnu
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
build() {
  "$1" -Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident \
    -fno-pic -no-pie -fno-tree-loop-distribute-patterns -Wall -Wextra -Wl,--build-id=none,-z,separate-code,-z,noexecstack -s -o "$folder/guard" ./*.c
  printf '  %s:\n    "' "$2"
  gzip -9n <"$folder/guard" | base64 -w 0
  printf '",\n'
}
{
  echo '// Written by guard/build.sh from guard/*.c.'
  echo
  echo '/** The guard as a static Linux program, gzipped, in base64, by the name that an engine has for the processor. */'
  echo 'export const guardPrograms: Readonly<Record<string, string>> = {'
  build x86_64-linux-gnu-gcc amd64
  build aarch64-linux-gnu-gcc arm64
  echo '};'
} >"$folder/guard-program.ts"
mkdir -p ../src/isolation
cp "$folder/guard-program.ts" ../src/isolation/guard-program.ts
cp "$folder/guard" "${GUARD_ARM64:-/dev/null}"
