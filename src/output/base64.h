// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, section 4: the usual alphabet, with padding). Pure: any thread.
#pragma once

#include <string>

#include "base/bytes.h"

namespace portolan::output {

void append_base64(std::string& out, base::Bytes bytes);

}  // namespace portolan::output
