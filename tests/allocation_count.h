#pragma once

#include <cstddef>

namespace revisitd::testing {

// How often this whole program has allocated memory so far. Linking it replaces operator new.
std::size_t allocations();

}  // namespace revisitd::testing
