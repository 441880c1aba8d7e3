#pragma once

#include <optional>
#include <string_view>

#include "rules/time.h"

namespace revisitd::collectors {

// How long a Retry-After header asks to wait: whole seconds, or until an HTTP date ("Sun, 06 Nov
// 1994 08:49:37 GMT"). Held within one second and one hour. Nothing for a text that is neither.
std::optional<Duration> parse_retry_after(std::string_view text, TimePoint now);

}  // namespace revisitd::collectors
