#pragma once

#include <string>
#include <string_view>

namespace revisitd::daemon {

// The whole text as one gzip stream, at a speed fit for answering requests. Throws std::bad_alloc
// only.
std::string gzip_encode(std::string_view text);

}  // namespace revisitd::daemon
