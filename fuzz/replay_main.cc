// SPDX-License-Identifier: Apache-2.0
// Plays inputs to a fuzz target without a fuzzer, so that any compiler's sanitizers can watch: the files and folders
// named, each as it is and then with a fixed row of mutations (the same every time). For every test run; to search
// for new inputs is libFuzzer's work (./test fuzz).
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Input = std::vector<uint8_t>;

constexpr int kMutations = 20;  // of each input

Input read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Cuts, doubles, overwrites or flips, one to four times.
Input mutated(Input input, portolan::base::SplitMix64& random) {
  for (uint64_t times = 1 + random.next() % 4; times > 0; --times) {
    const size_t at = input.empty() ? 0 : random.next() % input.size();
    const auto place = input.begin() + static_cast<ptrdiff_t>(at);
    switch (random.next() % 5) {
      case 0:
        input.erase(place, input.end());
        break;
      case 1:
        input.insert(place, static_cast<uint8_t>(random.next()));
        break;
      case 2:
        input.insert(input.end(), input.begin(), input.begin() + static_cast<ptrdiff_t>(at));
        break;
      case 3:
        if (!input.empty()) *place = random.next() % 2 == 0 ? 0xff : 0x00;
        break;
      default:
        if (!input.empty()) *place = static_cast<uint8_t>(*place ^ 1u << random.next() % 8);
        break;
    }
  }
  return input;
}

void play(const Input& input) { LLVMFuzzerTestOneInput(input.data(), input.size()); }

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;  // a target without regressions has no folder of them
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  portolan::base::SplitMix64 random(1);
  play({});
  for (const auto& path : paths) {
    const Input input = read(path);
    play(input);
    for (int i = 0; i < kMutations; ++i) play(mutated(input, random));
  }
  std::printf("%zu inputs, %zu plays\n", paths.size(), 1 + paths.size() * (1 + kMutations));
  return paths.empty() ? 1 : 0;
}
