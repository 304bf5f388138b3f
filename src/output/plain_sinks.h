// SPDX-License-Identifier: Apache-2.0
// The formats that are a word or two a line, for programs that read no more: docs/formats/hostonly.md, pairs.md,
// unicornscan.md, none.md.
//
//   kHostOnly (-oH)     192.0.2.10                                          the address of each record
//   kPairs              192.0.2.10:80, [2001:db8::1]:443                    what httpx, nuclei and their like take
//   kUnicornscan (-oU)  TCP open<TAB>            http[   80]<TAB><TAB>from 192.0.2.10  ttl 55 <blank>
//   kNone               nothing
//
// None of them has room for banners; kHostOnly and kPairs name their target all the same. Constants: any thread.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kHostOnly;
extern const LineFormat kPairs;
extern const LineFormat kUnicornscan;
extern const LineFormat kNone;

}  // namespace portolan::output
