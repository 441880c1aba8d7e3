#include "tests/throw_at_nth.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr std::int64_t kAtRest = -1;
thread_local std::int64_t left = kAtRest;
thread_local bool struck_here = false;

}  // namespace

#ifndef REVISITD_SANITIZED
void* operator new(std::size_t size) {
  if (left >= 0 && left-- == 0) {
    struck_here = true;
    throw std::bad_alloc();
  }
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace revisitd::testing {

ThrowAtNth::ThrowAtNth(std::size_t n) {
  struck_here = false;
  left = static_cast<std::int64_t>(n);
}

ThrowAtNth::~ThrowAtNth() { left = kAtRest; }

bool ThrowAtNth::struck() const { return struck_here; }

}  // namespace revisitd::testing
