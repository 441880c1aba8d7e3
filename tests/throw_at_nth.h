#pragma once

#include <cstddef>

namespace revisitd::testing {

// A sanitizer has an operator new of its own, and nothing is thrown.
#ifdef REVISITD_SANITIZED
constexpr bool kAllocationsCanThrow = false;
#else
constexpr bool kAllocationsCanThrow = true;
#endif

// While it lives, the `n`-th allocation of this thread (0 = the next) throws std::bad_alloc, once:
// an exception at whatever point of the code that happens to be. Linking it replaces operator new.
class ThrowAtNth {
 public:
  explicit ThrowAtNth(std::size_t n);
  ~ThrowAtNth();
  ThrowAtNth(const ThrowAtNth&) = delete;
  ThrowAtNth& operator=(const ThrowAtNth&) = delete;

  [[nodiscard]] bool struck() const;
};

// The points to throw at: each of the first hundred, then ever fewer.
constexpr std::size_t next_point(std::size_t n) { return n + 1 + n / 100 * 5; }

}  // namespace revisitd::testing
