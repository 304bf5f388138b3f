// SPDX-License-Identifier: Apache-2.0
#include "portolan/score.h"

#include <algorithm>

namespace portolan::cli {
namespace {

void note(std::vector<ReadResult>& list, uint64_t most, const ReadResult& r) {
  if (list.size() < most) list.push_back(r);
}

}  // namespace

Tallied& Tallied::operator+=(const Tallied& o) {
  truth += o.truth;
  found += o.found;
  invented += o.invented;
  duplicates += o.duplicates;
  return *this;
}

Score score(std::vector<ReadResult>& results, std::vector<ReadResult>& truth, const ScoreLists& lists) {
  std::sort(results.begin(), results.end());
  std::sort(truth.begin(), truth.end());
  truth.erase(std::unique(truth.begin(), truth.end()), truth.end());
  Score s;
  auto t = truth.begin();
  const auto miss = [&] {
    ++s.by_port[t->target.service].truth;
    note(s.missed, lists.missed, *t++);
  };
  for (auto r = results.begin(); r != results.end();) {
    while (t != truth.end() && *t < *r) miss();
    Tallied& port = s.by_port[r->target.service];
    if (t != truth.end() && *t == *r) {
      ++port.truth, ++port.found, ++t;
    } else {
      ++port.invented;
      note(s.invented, lists.invented, *r);
    }
    const auto next = std::find_if(r + 1, results.end(), [&](const ReadResult& other) { return other != *r; });
    port.duplicates += static_cast<uint64_t>(next - r) - 1;
    r = next;
  }
  while (t != truth.end()) miss();
  for (const auto& [service, tallied] : s.by_port) {
    s.by_protocol[service.protocol] += tallied;
    s.total += tallied;
  }
  return s;
}

}  // namespace portolan::cli
