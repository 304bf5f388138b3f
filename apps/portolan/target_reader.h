// SPDX-License-Identifier: Apache-2.0
// TargetReader: the words and files that name targets and exclusions, into a TargetSetBuilder. A part of
// settle_targets(), which see.
//
// Every host name is resolved once, all its addresses are taken, and what they were is remembered. Whatever is not
// understood is a Refusal with its place, in a file the place of the first mistake and those of some more. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "addr/grammar.h"
#include "addr/list_reader.h"
#include "addr/target_set_builder.h"
#include "portolan/scan_options.h"

namespace portolan::cli {

class TargetReader {
 public:
  void read(const Sourced& text, addr::ListPurpose purpose);
  void read_list(const Sourced& path, addr::ListPurpose purpose);

  uint64_t target_count() const { return target_count_; }  // items, not addresses
  addr::TargetSetBuilder& builder() { return builder_; }
  const std::vector<ResolvedName>& resolved() const { return resolved_; }

 private:
  void take(const addr::TargetItem& item, addr::ListPurpose purpose, const options::Where& where);
  void take_name(const addr::HostName& host, addr::ListPurpose purpose, const options::Where& where);
  const std::vector<addr::IpAddress>& addresses_of(const std::string& name, const options::Where& where);

  addr::TargetSetBuilder builder_;
  uint64_t target_count_ = 0;
  std::vector<ResolvedName> resolved_;
};

}  // namespace portolan::cli
