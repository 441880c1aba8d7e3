#pragma once

#include <cstdint>
#include <string_view>

namespace revisitd::collectors {

// A hash for names and series of pages, several times as fast as std::hash on what they look like.
// Not for what outlives the process, and no defence against made-up collisions: who uses it says
// what one would do.
std::uint64_t quick_hash(std::string_view bytes);

}  // namespace revisitd::collectors
