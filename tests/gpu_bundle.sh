#!/usr/bin/env bash
# Everything that tests/gpu.sh needs on a machine with a GPU and nothing installed but its driver and CUDA's own
# libraries, as one file:   tests/gpu_bundle.sh FOLDER   (or: cmake --build FOLDER --target gpu-bundle)
# Builds in FOLDER/gpu_bundle for sm_80 and sm_90, with code that later GPUs compile for themselves, and writes
# FOLDER/hcsp-gpu.tar.xz: programs, all libraries but glibc's, configurations, skills, scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(realpath -m "${1:?"wanted a folder to build in"}")
work=$folder/gpu_bundle
root=$work/hcsp-gpu
programs=(hcsp test_cuda_gpu_ops test_cuda_gpu_thinker test_cuda_gpu_resident
  test_cuda_gpu_match)
largest=30000000

cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHCSP_NATIVE=OFF -DHCSP_CUDA=ON \
  "-DHCSP_CUDA_ARCHITECTURES=80;90" | grep 'CUDA:'
cmake --build "$work/build" --target "${programs[@]}"

rm -rf "$root" && mkdir -p "$root/bin" "$root/lib" "$root/tests/support"
for program in "${programs[@]}"; do
  strip -o "$root/bin/$program" "$work/build/bin/$program"
done

# what programs and the libraries that they open late are linked with, but for glibc
blas=$(sed -nE 's/.*KRN_OPENBLAS=\\"([^"\\]+)\\".*/\1/p' "$work/build/build.ninja" | head -n 1)
cp -L "$blas" "$root/lib/libopenblas.so.0"
ldd "$work"/build/bin/{hcsp,test_cuda_gpu_ops} "$blas" | sed -nE 's/.*=> (\/[^ ]+).*/\1/p' | sort -u |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libmvec|ld-linux-x86-64)\.so' |
  while read -r library; do cp -L "$library" "$root/lib/"; done
strip --strip-unneeded "$root"/lib/* 2>/dev/null || true

cp -r configs assets "$root/"
mkdir "$root/policies" && cp -r policies/{skills,teams,flat} "$root/policies/" # nobody there plays by a strategy
cp tests/gpu.sh "$root/tests/" && cp tests/support/script.sh "$root/tests/support/"
{ git describe --always --dirty 2>/dev/null || echo unknown; } >"$root/COMMIT"

tar -C "$work" -cf - hcsp-gpu | xz -T2 -6e >"$folder/hcsp-gpu.tar.xz"
size=$(stat -c %s "$folder/hcsp-gpu.tar.xz")
echo "$folder/hcsp-gpu.tar.xz: $size bytes"
[ "$size" -le $largest ] || { echo "that is more than $largest bytes" && exit 1; }
