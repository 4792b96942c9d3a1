// SPDX-License-Identifier: Apache-2.0
// Text from outside (a process, a file), made safe for one line of a terminal, JSON and XML.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// The text with every byte that is a control character or no valid UTF-8 (RFC 3629) replaced by
// '?'.
std::string printable(std::string_view text);

}  // namespace assay
