// SPDX-License-Identifier: Apache-2.0
// The packet log and the diagnostics of any frames: no bound broken, and whole lines of printable text.
//
// The input is a sequence of: one byte of what to do, one of length, and as many bytes of a frame.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "output/frame_layers.h"
#include "output/packet_log.h"

using portolan::base::Bytes;
using portolan::output::FrameLayers;
using portolan::output::PacketLines;
using portolan::output::PacketLogForm;
using portolan::wire::LinkType;

namespace {

void expect_whole_lines(const std::string& text) {
  if (!text.empty() && text.back() != '\n') std::abort();
  for (const char c : text) {
    if (c != '\n' && c != '\t' && (c < ' ' || c > '~')) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes rest(data, size);
  if (rest.empty()) return 0;
  const LinkType link = (rest[0] & 1) != 0 ? LinkType::kEthernet : LinkType::kRawIp;
  PacketLines lines((rest[0] & 2) != 0 ? PacketLogForm::kConsole : PacketLogForm::kLogfmt, link);
  std::string text;
  rest = rest.subspan(1);
  while (rest.size() >= 2) {
    const uint8_t what = rest[0];
    const size_t length = std::min<size_t>(rest[1], rest.size() - 2);
    const Bytes frame = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    if ((what & 3) == 3) {
      lines.ignored(text, static_cast<portolan::result::FrameStop>(what / 4 % 3), what);
    } else {
      const auto fate = static_cast<portolan::result::FrameFate>(what & 1);
      lines.frame(text, {fate, what, frame, static_cast<uint32_t>(length)});
      expect_whole_lines(FrameLayers::read(frame, link).to_string() + "\n");
    }
  }
  lines.finish(text);
  expect_whole_lines(text);
  return 0;
}
