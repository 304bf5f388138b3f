// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/log_on.h"

#include "proto/smb/ntlm.h"

namespace portolan::proto::smb {

uint32_t judge_token(base::Bytes token, Answer& out) {
  const auto ntlm = find_ntlm(token);
  if (!ntlm || ntlm->type == NtlmType::kNegotiate) {
    out.said("challenge");
    return status::kMoreProcessingRequired;
  }
  out.said("logon failure");
  if (ntlm->type != NtlmType::kAuthenticate) return status::kInvalidParameter;
  const auto identity = read_authenticate(ntlm->bytes);
  if (!identity) return status::kInvalidParameter;
  out.fact("smb_user", identity->user.text());
  out.fact("smb_domain", identity->domain.text());
  out.fact("smb_workstation", identity->workstation.text());
  return status::kLogonFailure;
}

}  // namespace portolan::proto::smb
