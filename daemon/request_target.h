#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace revisitd::daemon {

struct RequestTarget {
  std::string authority;  // of the absolute form ("http://host/path"), else ""
  std::string
      path;  // decoded, without "." and ".." segments, begins with '/'; "*" stands for itself
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, at most 128
};

// Takes the target of a request line apart. Nothing when it is malformed: broken percent escapes,
// control bytes or text that is not UTF-8 after decoding, a path that climbs above the root,
// another form than those of RFC 9112.
std::optional<RequestTarget> parse_request_target(std::string_view target);

// "%41" becomes 'A'; '+' becomes a blank when `form`. Nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text, bool form);

}  // namespace revisitd::daemon
