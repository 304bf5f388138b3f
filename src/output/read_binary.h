// SPDX-License-Identifier: Apache-2.0
// BinaryReader: masscan's binary file, all record types that there ever were. docs/formats/binary.md
//
// Use it through ResultStream (result_reader.h), which recognises the form. One thread.
#pragma once

#include "output/result_reader.h"

namespace portolan::output {

class BinaryReader final : public ResultReader {
 public:
  explicit BinaryReader(BannerNumbers numbers) : numbers_(numbers) {}

  size_t read(std::string_view bytes, bool last, result::Sink& into) override;
  std::string_view form() const override { return "masscan's binary file"; }
  bool has_lines() const override { return false; }

 private:
  bool record(uint32_t type, base::Bytes body, result::Sink& into);
  void frame(base::Bytes body);
  void old_status(BinaryType type, base::Bytes body, result::Sink& into);
  void old_banner(BinaryType type, base::Bytes body, result::Sink& into);
  void status(BinaryType type, base::Bytes body, result::Sink& into);
  void banner(BinaryType type, base::Bytes body, result::Sink& into);
  void give(result::Observation& o, uint8_t protocol, uint8_t flags, result::Sink& into);
  void give(base::Nanos wall, const addr::IpAddress& address, uint8_t protocol, uint16_t port, uint16_t application,
            uint8_t ttl, base::Bytes text, result::Sink& into);

  BannerNumbers numbers_;
};

}  // namespace portolan::output
