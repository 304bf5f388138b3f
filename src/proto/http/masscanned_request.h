// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP request as masscanned 0.2.0 reads it: laxer than a server of today (request.h), silent on errors.
//
// Lines end in LF; a CR before it does not matter. A target ends at the next space, whatever stands in it. A name holds
// no line end. What it takes is what it answers, so only Style::kMasscanned needs it. Pure function, any thread.
#pragma once

#include "proto/http/request.h"

namespace portolan::proto::http {

// kMore, kGood or kMalformed; of the request method, target, host, user_agent, authorization and size are set.
Parsed parse_masscanned_request(base::Bytes bytes);

}  // namespace portolan::proto::http
